#include "services/deboilerplate/charset.h"

#include <lexbor/encoding/encoding.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "pipeline/base/utf8.h"

namespace sluice::deboilerplate {
namespace {

// Where the meta prescan looks, as in the WHATWG encoding sniffing algorithm, but generous.
constexpr size_t kPrescanBytes = 4096;

const lxb_char_t* Bytes(std::string_view text) {
  return reinterpret_cast<const lxb_char_t*>(text.data());
}

const lxb_encoding_data_t* FindEncoding(std::string_view name) {
  return name.empty() ? nullptr : lxb_encoding_data_by_pre_name(Bytes(name), name.size());
}

// Of a page that is not UTF-8: neither it nor UTF-16, which was read as ASCII, can be true.
bool IsBelievable(const lxb_encoding_data_t* encoding) {
  return encoding != nullptr && encoding->encoding != LXB_ENCODING_UTF_8 &&
         encoding->encoding != LXB_ENCODING_UTF_16LE &&
         encoding->encoding != LXB_ENCODING_UTF_16BE &&
         encoding->encoding != LXB_ENCODING_REPLACEMENT;
}

// What stands after the first "charset=" (or "encoding=", for XHTML) in the first bytes of the page
// that can be true: scripts may have one of their own. nullptr: none does.
const lxb_encoding_data_t* PrescanMeta(std::string_view bytes) {
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
    const lxb_encoding_data_t* encoding = FindEncoding(head.substr(begin, end - begin));
    if (IsBelievable(encoding)) return encoding;
  }
  return nullptr;
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
    decoded.storage = base::ToValidUtf8(bytes);
  } else {
    Convert(bytes, encoding, decoded.storage);
  }
  decoded.text = decoded.storage;
}

// How much of a text is beyond repair as UTF-8: a few bad bytes in an otherwise good page do not
// change its charset.
bool MostlyUtf8(std::string_view bytes) {
  size_t bad = 0;
  size_t good = 0;
  while (true) {
    const std::string_view valid = bytes.substr(0, base::ValidUtf8Prefix(bytes));
    good += static_cast<size_t>(
        std::ranges::count_if(valid, [](char byte) { return static_cast<uint8_t>(byte) >= 0xC0; }));
    if (valid.size() == bytes.size()) return good > 20 * bad;
    ++bad;
    bytes.remove_prefix(valid.size() + 1);
  }
}

}  // namespace

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
  // Servers and libraries say Latin-1 where nobody has told them.
  const bool told_latin = told_usable && told->encoding == LXB_ENCODING_WINDOWS_1252;
  if (told_usable && !told_latin) return Use(bytes, *told, decoded);
  if (base::IsValidUtf8(bytes)) {
    decoded.text = bytes;
    decoded.charset = "utf-8";
    return;
  }
  if (MostlyUtf8(bytes)) return Use(bytes, *lxb_encoding_data(LXB_ENCODING_UTF_8), decoded);
  if (const lxb_encoding_data_t* meta = PrescanMeta(bytes); meta != nullptr)
    return Use(bytes, *meta, decoded);
  Use(bytes, *lxb_encoding_data(LXB_ENCODING_WINDOWS_1252), decoded);
}

}  // namespace sluice::deboilerplate
