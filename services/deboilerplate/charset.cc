#include "services/deboilerplate/charset.h"

#include <lexbor/encoding/encoding.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace sluice::deboilerplate {
namespace {

// Where the meta prescan looks, as in the WHATWG encoding sniffing algorithm, but generous.
constexpr size_t kPrescanBytes = 4096;

const lxb_char_t* Bytes(std::string_view text) {
  return reinterpret_cast<const lxb_char_t*>(text.data());
}

// Length of the well-formed sequence at `at`, 0 where there is none.
size_t SequenceBytes(const uint8_t* at, const uint8_t* end) {
  const uint8_t first = *at;
  auto tail = [&](int i) { return at + i < end && (at[i] & 0xC0) == 0x80; };
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!tail(1) || !tail(2)) return 0;
    if (first == 0xE0 && at[1] < 0xA0) return 0;
    if (first == 0xED && at[1] > 0x9F) return 0;
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if (first == 0xF0 && at[1] < 0x90) return 0;
    if (first == 0xF4 && at[1] > 0x8F) return 0;
    return 4;
  }
  return 0;
}

// The first byte beyond ASCII, or `end`.
const uint8_t* SkipAscii(const uint8_t* at, const uint8_t* end) {
  constexpr uint64_t kHighBits = 0x8080808080808080ULL;
  while (end - at >= 64) {
    // Here the page's bytes come from memory for the first time: asking for them early takes a
    // hundredth off the whole stage.
    __builtin_prefetch(at + 1024);
    std::array<uint64_t, 8> words;
    std::memcpy(words.data(), at, sizeof(words));
    uint64_t all = 0;
    for (const uint64_t word : words) all |= word;
    if ((all & kHighBits) != 0) break;
    at += sizeof(words);
  }
  while (end - at >= 8) {
    uint64_t word = 0;
    std::memcpy(&word, at, sizeof(word));
    if ((word & kHighBits) != 0) break;
    at += sizeof(word);
  }
  while (at < end && *at < 0x80) ++at;
  return at;
}

// First byte that does not belong to a well-formed sequence, or `end`.
const uint8_t* SkipUtf8(const uint8_t* at, const uint8_t* end) {
  while ((at = SkipAscii(at, end)) < end) {
    // Such characters seldom come alone.
    while (at < end && *at >= 0x80) {
      const size_t bytes = SequenceBytes(at, end);
      if (bytes == 0) return at;
      at += bytes;
    }
  }
  return at;
}

// The value after "charset=" (or "encoding=", for XHTML) in the first bytes of the page.
std::string_view PrescanMeta(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, kPrescanBytes);
  for (size_t at = 0; (at = head.find('=', at)) != std::string_view::npos; ++at) {
    size_t name_end = at;
    while (name_end > 0 && head[name_end - 1] == ' ') --name_end;
    auto ends_with = [&](std::string_view name) {
      if (name_end < name.size()) return false;
      for (size_t i = 0; i < name.size(); ++i) {
        if ((head[name_end - name.size() + i] | 0x20) != name[i]) return false;
      }
      return true;
    };
    if (!ends_with("charset") && !ends_with("encoding")) continue;
    size_t begin = at + 1;
    while (begin < head.size() && (head[begin] == ' ' || head[begin] == '"' || head[begin] == '\''))
      ++begin;
    size_t end = begin;
    while (end < head.size() && head[end] > ' ' && std::strchr("\"'/>;?", head[end]) == nullptr)
      ++end;
    if (end > begin) return head.substr(begin, end - begin);
  }
  return {};
}

// UTF-16 in a meta element cannot be true, for it was read as ASCII.
const lxb_encoding_data_t* FindEncoding(std::string_view name) {
  return name.empty() ? nullptr : lxb_encoding_data_by_pre_name(Bytes(name), name.size());
}

void AppendUtf8(lxb_codepoint_t cp, std::string& out) {
  if (cp < 0x80) {
    out.push_back(static_cast<char>(cp));
  } else if (cp < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (cp >> 6)));
    out.push_back(static_cast<char>(0x80 | (cp & 0x3F)));
  } else if (cp < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (cp >> 12)));
    out.push_back(static_cast<char>(0x80 | ((cp >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (cp & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | (cp >> 18)));
    out.push_back(static_cast<char>(0x80 | ((cp >> 12) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | ((cp >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (cp & 0x3F)));
  }
}

void RepairUtf8(std::string_view bytes, std::string& out) {
  const auto* at = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto* end = at + bytes.size();
  while (at < end) {
    const uint8_t* stop = SkipUtf8(at, end);
    out.append(reinterpret_cast<const char*>(at), static_cast<size_t>(stop - at));
    if (stop == end) break;
    out.append("\uFFFD");
    at = stop + 1;
  }
}

void Convert(std::string_view bytes, const lxb_encoding_data_t& encoding, std::string& out) {
  constexpr lxb_codepoint_t kReplacement = 0xFFFD;
  std::array<lxb_codepoint_t, 4096> buffer;
  lxb_encoding_decode_t decode;
  lxb_encoding_decode_init(&decode, &encoding, buffer.data(), buffer.size());
  lxb_encoding_decode_replace_set(&decode, &kReplacement, 1);
  const lxb_char_t* at = Bytes(bytes);
  const lxb_char_t* end = at + bytes.size();
  out.reserve(bytes.size() + bytes.size() / 2);
  auto drain = [&] {
    for (size_t i = 0; i < lxb_encoding_decode_buf_used(&decode); ++i) {
      const lxb_codepoint_t cp = buffer[i];
      AppendUtf8(cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF) ? kReplacement : cp, out);
    }
    lxb_encoding_decode_buf_used_set(&decode, 0);
  };
  while (at < end) {
    const lxb_char_t* before = at;
    const lxb_status_t status = encoding.decode(&decode, &at, end);
    const bool stuck = at == before && lxb_encoding_decode_buf_used(&decode) == 0;
    drain();
    if (status != LXB_STATUS_SMALL_BUFFER || stuck) break;
  }
  lxb_encoding_decode_finish(&decode);
  drain();
}

void Use(std::string_view bytes, const lxb_encoding_data_t& encoding, Decoded& decoded) {
  decoded.charset = reinterpret_cast<const char*>(encoding.name);
  if (encoding.encoding == LXB_ENCODING_UTF_8) {
    RepairUtf8(bytes, decoded.storage);
  } else {
    Convert(bytes, encoding, decoded.storage);
  }
  decoded.text = decoded.storage;
}

// How much of a text is beyond repair as UTF-8: a few bad bytes in an otherwise good page do not
// change its charset.
bool MostlyUtf8(std::string_view bytes) {
  const auto* at = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto* end = at + bytes.size();
  size_t bad = 0;
  size_t good = 0;
  while (at < end) {
    if (*at < 0x80) {
      ++at;
      continue;
    }
    const size_t length = SequenceBytes(at, end);
    good += length > 1 ? 1 : 0;
    bad += length == 0 ? 1 : 0;
    at += length == 0 ? 1 : length;
  }
  return good > 20 * bad;
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  const auto* end = reinterpret_cast<const uint8_t*>(bytes.data()) + bytes.size();
  return SkipUtf8(reinterpret_cast<const uint8_t*>(bytes.data()), end) == end;
}

void DecodeToUtf8(std::string_view bytes, std::string_view hint, Decoded& decoded) {
  decoded.storage.clear();
  if (bytes.starts_with("\xEF\xBB\xBF")) {
    hint = "utf-8";
    bytes.remove_prefix(3);
  } else if (bytes.starts_with("\xFF\xFE")) {
    return Use(bytes.substr(2), *lxb_encoding_data(LXB_ENCODING_UTF_16LE), decoded);
  } else if (bytes.starts_with("\xFE\xFF")) {
    return Use(bytes.substr(2), *lxb_encoding_data(LXB_ENCODING_UTF_16BE), decoded);
  }
  const lxb_encoding_data_t* told = FindEncoding(hint);
  const bool told_utf8 = told != nullptr && told->encoding == LXB_ENCODING_UTF_8;
  const bool told_usable =
      told != nullptr && !told_utf8 && told->encoding != LXB_ENCODING_REPLACEMENT;
  if (told_usable) return Use(bytes, *told, decoded);
  if (IsUtf8(bytes)) {
    decoded.text = bytes;
    decoded.charset = "utf-8";
    return;
  }
  const lxb_encoding_data_t* meta = FindEncoding(PrescanMeta(bytes));
  const bool meta_usable = meta != nullptr && meta->encoding != LXB_ENCODING_UTF_8 &&
                           meta->encoding != LXB_ENCODING_UTF_16LE &&
                           meta->encoding != LXB_ENCODING_UTF_16BE &&
                           meta->encoding != LXB_ENCODING_REPLACEMENT;
  if (MostlyUtf8(bytes)) return Use(bytes, *lxb_encoding_data(LXB_ENCODING_UTF_8), decoded);
  if (meta_usable) return Use(bytes, *meta, decoded);
  Use(bytes, *lxb_encoding_data(LXB_ENCODING_WINDOWS_1252), decoded);
}

}  // namespace sluice::deboilerplate
