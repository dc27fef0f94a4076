#pragma once

#include <lexbor/html/html.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace sluice::deboilerplate {

// A name's first eight bytes as a number, letters in lower case. Two names of at most eight
// letters, digits and hyphens are one name, but for case, if their keys are equal.
constexpr size_t kKeyBytes = sizeof(uint64_t);

constexpr uint64_t KeyOf(std::string_view name) {
  uint64_t key = 0;
  for (size_t i = 0; i < name.size() && i < kKeyBytes; ++i)
    key |= static_cast<uint64_t>(static_cast<uint8_t>(name[i]) | 0x20) << (8 * i);
  return key;
}

// HTML's tags by name, as lexbor numbers them. Any thread.
class TagNames {
 public:
  TagNames();

  // `key` is that of `name`, whose bytes are above the blank. LXB_TAG__UNDEF: not known.
  lxb_tag_id_t Find(uint64_t key, std::string_view name) const;

 private:
  struct Slot {
    uint64_t key = 0;
    lxb_tag_id_t tag = LXB_TAG__UNDEF;
  };
  static constexpr int kSlotBits = 9;

  std::array<Slot, 1 << kSlotBits> slots_;
};

// The attributes that the walk reads.
enum class Attribute : uint8_t {
  kClass,
  kId,
  kStyle,
  kHref,
  kContent,
  kType,
  kRel,
  kRole,
  kName,
  kLang,
  kHidden,
  kItemprop,
  kProperty,
  kDatetime,
  kDataType,
  kAriaHidden,
  kDataTestid,
  kDataComponent,
  kShadowRoot,  // shadowrootmode
  kNone,        // Any other.
};

// Attributes by name, as entries of lexbor's table of names. Lexbor numbers names that are not its
// own anew in each document; here they have one number in all. Any thread.
class AttributeNames {
 public:
  static const AttributeNames& Get();

  // `key` is that of `name`. kNone: nobody reads it.
  static Attribute Find(uint64_t key, std::string_view name);

  // What stands for the attribute in lexbor's tokens.
  const lxb_dom_attr_data_t& entry(Attribute attribute) const {
    return *entries_[static_cast<size_t>(attribute)];
  }
  // Of a number in the tree, which came there by an entry.
  Attribute WithNumber(lxb_dom_attr_id_t number) const {
    if (number < LXB_DOM_ATTR__LAST_ENTRY) return known_[number];
    const auto at = (number - reinterpret_cast<uintptr_t>(own_.data())) / sizeof(own_[0]);
    return at < own_.size() ? static_cast<Attribute>(at) : Attribute::kNone;
  }

 private:
  static constexpr size_t kCount = static_cast<size_t>(Attribute::kNone);

  AttributeNames();

  std::array<const lxb_dom_attr_data_t*, kCount> entries_;
  std::array<Attribute, LXB_DOM_ATTR__LAST_ENTRY> known_;
  std::array<lxb_dom_attr_data_t, kCount> own_ = {};  // Their addresses are the numbers.
};

}  // namespace sluice::deboilerplate
