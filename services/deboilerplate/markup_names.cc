#include "services/deboilerplate/markup_names.h"

#include <lexbor/tag/tag.h>

namespace sluice::deboilerplate {
namespace {

struct Known {
  Attribute attribute;
  lxb_dom_attr_id_t number;
};
constexpr Known kKnown[] = {
    {Attribute::kClass, LXB_DOM_ATTR_CLASS}, {Attribute::kId, LXB_DOM_ATTR_ID},
    {Attribute::kStyle, LXB_DOM_ATTR_STYLE}, {Attribute::kHref, LXB_DOM_ATTR_HREF},
    {Attribute::kType, LXB_DOM_ATTR_TYPE},   {Attribute::kContent, LXB_DOM_ATTR_CONTENT},
};

bool EqualsLower(std::string_view name, std::string_view lower) {
  if (name.size() != lower.size()) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    if (static_cast<char>(name[i] | 0x20) != lower[i]) return false;
  }
  return true;
}

std::string_view NameOf(lxb_tag_id_t tag) {
  size_t length = 0;
  const lxb_char_t* name = lxb_tag_name_by_id(tag, &length);
  return name == nullptr ? std::string_view()
                         : std::string_view(reinterpret_cast<const char*>(name), length);
}

// Of keys spread over the slots.
size_t SlotOf(uint64_t key, int slot_bits) {
  return static_cast<size_t>((key * 0x9E3779B97F4A7C15ULL) >> (64 - slot_bits));
}

}  // namespace

TagNames::TagNames() {
  for (lxb_tag_id_t tag = LXB_TAG__BEGIN; tag < LXB_TAG__LAST_ENTRY; ++tag) {
    const std::string_view name = NameOf(tag);
    // Names of pseudo-tags begin with a sign.
    if (name.empty() || name[0] < 'a' || name[0] > 'z') continue;
    const uint64_t key = KeyOf(name);
    size_t slot = SlotOf(key, kSlotBits);
    while (slots_[slot].key != 0) slot = (slot + 1) % slots_.size();
    slots_[slot] = {key, tag};
  }
}

lxb_tag_id_t TagNames::Find(uint64_t key, std::string_view name) const {
  for (size_t slot = SlotOf(key, kSlotBits); slots_[slot].key != 0;
       slot = (slot + 1) % slots_.size()) {
    if (slots_[slot].key == key &&
        (name.size() <= kKeyBytes || EqualsLower(name, NameOf(slots_[slot].tag))))
      return slots_[slot].tag;
  }
  return LXB_TAG__UNDEF;
}

const AttributeNames& AttributeNames::Get() {
  static const auto* const kNames = new AttributeNames;
  return *kNames;
}

AttributeNames::AttributeNames() {
  known_.fill(Attribute::kNone);
  for (size_t i = 0; i < own_.size(); ++i) {
    own_[i].attr_id = reinterpret_cast<lxb_dom_attr_id_t>(&own_[i]);
    entries_[i] = &own_[i];
  }
  for (const Known& known : kKnown) {
    known_[known.number] = known.attribute;
    entries_[static_cast<size_t>(known.attribute)] = lxb_dom_attr_data_by_id(nullptr, known.number);
  }
}

Attribute AttributeNames::Find(uint64_t key, std::string_view name) {
  const auto if_equal = [name](Attribute attribute, std::string_view whole) {
    return EqualsLower(name, whole) ? attribute : Attribute::kNone;
  };
  switch (key) {
    case KeyOf("id"):
      return Attribute::kId;
    case KeyOf("rel"):
      return Attribute::kRel;
    case KeyOf("href"):
      return Attribute::kHref;
    case KeyOf("type"):
      return Attribute::kType;
    case KeyOf("role"):
      return Attribute::kRole;
    case KeyOf("name"):
      return Attribute::kName;
    case KeyOf("lang"):
      return Attribute::kLang;
    case KeyOf("class"):
      return Attribute::kClass;
    case KeyOf("style"):
      return Attribute::kStyle;
    case KeyOf("hidden"):
      return Attribute::kHidden;
    case KeyOf("content"):
      return Attribute::kContent;
    // As long as the key or longer.
    case KeyOf("itemprop"):
      return if_equal(Attribute::kItemprop, "itemprop");
    case KeyOf("property"):
      return if_equal(Attribute::kProperty, "property");
    case KeyOf("datetime"):
      return if_equal(Attribute::kDatetime, "datetime");
    case KeyOf("data-type"):
      return if_equal(Attribute::kDataType, "data-type");
    case KeyOf("aria-hidden"):
      return if_equal(Attribute::kAriaHidden, "aria-hidden");
    case KeyOf("data-testid"):
      return if_equal(Attribute::kDataTestid, "data-testid");
    case KeyOf("data-component"):
      return if_equal(Attribute::kDataComponent, "data-component");
    case KeyOf("shadowrootmode"):
      return if_equal(Attribute::kShadowRoot, "shadowrootmode");
    default:
      return Attribute::kNone;
  }
}

}  // namespace sluice::deboilerplate
