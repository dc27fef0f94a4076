#include "services/deboilerplate/markup_reader.h"

#include <lexbor/html/tokenizer/state.h>

#include <bit>
#include <cstddef>
#include <cstring>

#include "services/deboilerplate/byte_scan.h"
#include "services/deboilerplate/element_attributes.h"

namespace sluice::deboilerplate {
namespace {

enum ByteClass : uint8_t { kInName, kBlank, kEndsName, kOdd };

constexpr std::array<ByteClass, 256> MakeClasses() {
  std::array<ByteClass, 256> classes = {};
  for (int c = 0; c < 0x20; ++c) classes[c] = kOdd;
  for (const char c : {' ', '\t', '\n', '\f', '\r'}) classes[static_cast<uint8_t>(c)] = kBlank;
  for (const char c : {'/', '>', '='}) classes[static_cast<uint8_t>(c)] = kEndsName;
  return classes;
}
constexpr auto kClasses = MakeClasses();

bool IsLetter(lxb_char_t c) { return static_cast<lxb_char_t>((c | 0x20) - 'a') < 26; }

const lxb_char_t* SkipBlanks(const lxb_char_t* at, const lxb_char_t* end) {
  while (at < end && kClasses[*at] == kBlank) ++at;
  return at;
}

const lxb_char_t* Find(const lxb_char_t* at, const lxb_char_t* end, char wanted) {
  return static_cast<const lxb_char_t*>(std::memchr(at, wanted, static_cast<size_t>(end - at)));
}

std::string_view View(const lxb_char_t* begin, const lxb_char_t* end) {
  return {reinterpret_cast<const char*>(begin), static_cast<size_t>(end - begin)};
}

struct Name {
  std::string_view text;
  uint64_t key = 0;
  const lxb_char_t* end = nullptr;  // A blank or the end of a name; nullptr: not an ordinary name.
  bool cut = false;                 // The page ends in it.
};

// Of the name from `begin` to `stop`.
uint64_t KeyAt(const lxb_char_t* begin, const lxb_char_t* stop, const lxb_char_t* end) {
  if constexpr (std::endian::native == std::endian::little) {
    if (end - begin >= static_cast<std::ptrdiff_t>(kKeyBytes)) {
      uint64_t bytes = 0;
      std::memcpy(&bytes, begin, sizeof(bytes));
      const auto length = static_cast<size_t>(stop - begin);
      const uint64_t in_name =
          length < kKeyBytes ? (uint64_t{1} << (8 * length)) - 1 : ~uint64_t{0};
      return (bytes | 0x2020202020202020) & in_name;
    }
  }
  return KeyOf(View(begin, stop));
}

Name ReadName(const lxb_char_t* at, const lxb_char_t* end) {
  Name name;
  const lxb_char_t* const begin = at;
#if defined(__SSE2__)
  if (end - at >= 16) {
    const __m128i bytes = LoadBytes(at);
    const uint32_t stops = BitsUpTo<' '>(bytes) | BitsOf<'/', '>', '='>(bytes) | 0x10000;
    at += __builtin_ctz(stops);
  }
#endif
  while (at < end && kClasses[*at] == kInName) ++at;
  name.cut = at == end;
  if (at == end || at == begin || kClasses[*at] == kOdd) return name;
  name.text = View(begin, at);
  name.key = KeyAt(begin, at, end);
  name.end = at;
  return name;
}

bool IsPlainValue(std::string_view value) {
  const auto* begin = reinterpret_cast<const lxb_char_t*>(value.data());
  const lxb_char_t* const end = begin + value.size();
  return FindAnyOf<'&', '\r', '\0'>(begin, end) == end;
}

// Where a text ends that needs no rewriting; nullptr: it does, or does not end at a tag.
const lxb_char_t* FindTextEnd(const lxb_char_t* at, const lxb_char_t* end) {
  at = FindAnyOf<'<', '&', '\r', '\0'>(at, end);
  if (end - at < 3 || *at != '<') return nullptr;
  const bool tag =
      IsLetter(at[1]) || at[1] == '!' || at[1] == '?' || (at[1] == '/' && IsLetter(at[2]));
  return tag ? at : nullptr;
}

// Behind the comment that begins at `at`; nullptr: it is no comment, or not an ordinary one.
const lxb_char_t* SkipComment(const lxb_char_t* at, const lxb_char_t* end) {
  if (!View(at, end).starts_with("<!--")) return nullptr;
  const lxb_char_t* const begin = at + 4;
  if (View(begin, end).starts_with(">") || View(begin, end).starts_with("->")) return nullptr;
  for (at = Find(begin, end, '>'); at != nullptr; at = Find(at + 1, end, '>')) {
    const std::string_view text = View(begin, at);
    if (text.ends_with("--") || text.ends_with("--!")) return at + 1;
  }
  return nullptr;
}

// Hands the tokenizer's token on; false: the page cannot be read further.
bool Emit(lxb_html_tokenizer_t& tokenizer, const MarkupReader::Host& host) {
  tokenizer.token = host.take(&tokenizer, tokenizer.token, host.context);
  if (tokenizer.token == nullptr) {
    if (tokenizer.status == LXB_STATUS_OK) tokenizer.status = LXB_STATUS_ERROR;
    return false;
  }
  lxb_html_token_clean(tokenizer.token);
  return true;
}

}  // namespace

bool SaysNothing(lxb_tag_id_t tag, Attribute attribute, std::string_view value) {
  if (tag == LXB_TAG_IMG || tag == LXB_TAG_BR || tag == LXB_TAG_HR) return true;
  switch (attribute) {
    case Attribute::kNone:
      return true;
    case Attribute::kStyle:
      return value.find("none") == std::string_view::npos &&
             value.find("hidden") == std::string_view::npos;
    case Attribute::kAriaHidden:
      return value != "true";
    case Attribute::kHref:
      return tag != LXB_TAG_A && tag != LXB_TAG_LINK;
    case Attribute::kRel:
      return tag != LXB_TAG_LINK && !HasWord(value, "author");
    case Attribute::kName:
      return tag != LXB_TAG_META;
    case Attribute::kLang:
      return tag != LXB_TAG_HTML;
    case Attribute::kType:
      return tag != LXB_TAG_INPUT && tag != LXB_TAG_SCRIPT;
    case Attribute::kShadowRoot:
      return tag != LXB_TAG_TEMPLATE;
    default:
      return false;
  }
}

bool MarkupReader::IsPlain(const lxb_char_t* begin, const lxb_char_t* end) {
  return FindAnyOf<'\r', '\0'>(begin, end) == end;
}

bool MarkupReader::EmitText(lxb_html_tokenizer_t& tokenizer, const Host& host,
                            const lxb_char_t* begin, const lxb_char_t* end) {
  lxb_html_token_t& token = *tokenizer.token;
  token.tag_id = LXB_TAG__TEXT;
  token.begin = token.text_start = begin;
  token.end = token.text_end = end;
  return Emit(tokenizer, host);
}

const lxb_char_t* MarkupReader::Read(lxb_html_tokenizer_t& tokenizer, const Host& host,
                                     const lxb_char_t* data, const lxb_char_t* end) {
  if (tokenizer.is_eof) return lxb_html_tokenizer_state_data_before(&tokenizer, data, end);
  while (data < end) {
    if (*data != '<') {
      const lxb_char_t* stop = FindTextEnd(data, end);
      if (stop == nullptr) return lxb_html_tokenizer_state_data_before(&tokenizer, data, end);
      if (!EmitText(tokenizer, host, data, stop)) return end;
      data = stop;
    }
    if (const lxb_char_t* behind = SkipComment(data, end); behind != nullptr) {
      data = behind;
      continue;
    }
    const lxb_char_t* behind = ReadTag(data, end, *tokenizer.token);
    if (behind == nullptr) {
      lxb_html_token_clean(tokenizer.token);
      // A tag in which the page ends is none (HTML, "eof-in-tag").
      if (cut_) return end;
      return lxb_html_tokenizer_state_data_before(&tokenizer, data, end);
    }
    // Where lexbor's own states are at this point; who takes the token may choose another.
    tokenizer.state = lxb_html_tokenizer_state_data_before;
    if (!Emit(tokenizer, host)) return end;
    data = behind;
    if (tokenizer.state != lxb_html_tokenizer_state_data_before) return data;
    tokenizer.state = host.state;
  }
  return data;
}

const lxb_char_t* MarkupReader::ReadTag(const lxb_char_t* at, const lxb_char_t* end,
                                        lxb_html_token_t& token) {
  cut_ = false;
  if (end - at < 3) return nullptr;
  token.begin = at++;
  if (*at == '/') {
    token.type |= LXB_HTML_TOKEN_TYPE_CLOSE;
    ++at;
  }
  if (!IsLetter(*at)) return nullptr;
  const Name name = ReadName(at, end);
  cut_ = name.cut;
  if (name.end == nullptr || *name.end == '=') return nullptr;
  token.tag_id = tags_.Find(name.key, name.text);
  if (token.tag_id == LXB_TAG__UNDEF) return nullptr;
  attributes_count_ = 0;
  at = name.end;
  while (at != nullptr) {
    at = SkipBlanks(at, end);
    cut_ = at == end;
    if (cut_) return nullptr;
    if (*at == '>') {
      token.end = at;
      return at + 1;
    }
    if (*at != '/') {
      at = ReadAttribute(at, end, token);
      continue;
    }
    ++at;
    if (at < end && *at == '>') token.type |= LXB_HTML_TOKEN_TYPE_CLOSE_SELF;
  }
  return nullptr;
}

const lxb_char_t* MarkupReader::ReadAttribute(const lxb_char_t* at, const lxb_char_t* end,
                                              lxb_html_token_t& token) {
  const Name name = ReadName(at, end);
  cut_ = name.cut;
  if (name.end == nullptr) return nullptr;
  const Attribute attribute = AttributeNames::Find(name.key, name.text);
  std::string_view value;
  at = SkipBlanks(name.end, end);
  if (at < end && *at == '=') {
    at = SkipBlanks(at + 1, end);
    cut_ = at == end;
    if (cut_ || *at == '>') return nullptr;
    const lxb_char_t* begin = at;
    if (*at == '"' || *at == '\'') {
      at = Find(++begin, end, static_cast<char>(*at));
      cut_ = at == nullptr;
      if (cut_) return nullptr;
      value = View(begin, at++);
    } else {
      while (at < end && kClasses[*at] != kBlank && *at != '>') ++at;
      value = View(begin, at);
    }
  }
  if (SaysNothing(token.tag_id, attribute, value)) return at;
  return AddAttribute(attribute, value, token) ? at : nullptr;
}

bool MarkupReader::AddAttribute(Attribute attribute, std::string_view value,
                                lxb_html_token_t& token) {
  if (attributes_count_ == kAttributesMax) return false;
  // Of a link it matters only whether it goes anywhere.
  const bool as_is = attribute == Attribute::kHref && token.tag_id != LXB_TAG_LINK;
  if (!as_is && !IsPlainValue(value)) return false;
  lxb_html_token_attr_t& out = attributes_[attributes_count_++];
  out = {};
  out.name = &AttributeNames::Get().entry(attribute);
  if (value.data() != nullptr) {
    // Lexbor does not write to it.
    out.value = reinterpret_cast<lxb_char_t*>(const_cast<char*>(value.data()));
    out.value_size = value.size();
    out.value_begin = out.value;
    out.value_end = out.value + value.size();
  }
  out.prev = token.attr_last;
  (token.attr_last == nullptr ? token.attr_first : token.attr_last->next) = &out;
  token.attr_last = &out;
  return true;
}

}  // namespace sluice::deboilerplate
