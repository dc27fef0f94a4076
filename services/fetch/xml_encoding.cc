#include "services/fetch/xml_encoding.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <lexbor/encoding/encoding.h>
#include <unicode/ucsdet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "pipeline/base/strings.h"
#include "pipeline/base/utf8.h"

namespace sluice::fetch {
namespace {

using base::ToAbsl;

constexpr lxb_codepoint_t kReplacement = 0xFFFD;
constexpr size_t kDeclarationBytesMax = 1024;
constexpr size_t kGuessBytesMax = 64 << 10;  // Looked at for a guess.
constexpr int32_t kGuessConfidenceMin = 50;  // Of 100. Below it Latin is as likely.

const lxb_encoding_data_t* FindEncoding(std::string_view label) {
  if (label.empty()) return nullptr;
  return lxb_encoding_data_by_pre_name(reinterpret_cast<const lxb_char_t*>(label.data()),
                                       label.size());
}

std::string NameOf(const lxb_encoding_data_t* encoding) {
  std::string name(reinterpret_cast<const char*>(encoding->name));
  absl::AsciiStrToLower(&name);
  return name;
}

std::string Decode(std::string_view bytes, const lxb_encoding_data_t* encoding) {
  std::array<lxb_codepoint_t, 4096> points;
  lxb_encoding_decode_t decode{};
  lxb_encoding_decode_init(&decode, encoding, points.data(), points.size());
  lxb_encoding_decode_replace_set(&decode, &kReplacement, 1);
  std::string utf8;
  utf8.reserve(bytes.size() + bytes.size() / 8);
  const auto* at = reinterpret_cast<const lxb_char_t*>(bytes.data());
  const lxb_char_t* const end = at + bytes.size();
  const auto flush = [&] {
    for (size_t i = 0; i < lxb_encoding_decode_buf_used(&decode); ++i) AppendUtf8(points[i], utf8);
    lxb_encoding_decode_buf_used_set(&decode, 0);
  };
  lxb_status_t status = LXB_STATUS_OK;
  do {
    status = encoding->decode(&decode, &at, end);
    flush();
  } while (status == LXB_STATUS_SMALL_BUFFER);
  lxb_encoding_decode_finish(&decode);
  flush();
  return utf8;
}

std::string DecodeUtf32(std::string_view bytes, bool big_endian) {
  std::string utf8;
  for (size_t i = 0; i + 4 <= bytes.size(); i += 4) {
    char32_t point = 0;
    for (size_t j = 0; j < 4; ++j) {
      point = point << 8 | static_cast<uint8_t>(bytes[i + (big_endian ? j : 3 - j)]);
    }
    AppendUtf8(point, utf8);
  }
  return utf8;
}

// UTF-8 with strays of windows-1252 between, as pages put together from two sources have them.
std::string DecodeMixed(std::string_view bytes, const lxb_encoding_data_t* windows1252) {
  std::string utf8;
  while (!bytes.empty()) {
    const size_t bad = base::ValidUtf8Prefix(bytes);
    utf8.append(bytes.substr(0, bad));
    if (bad < bytes.size()) utf8 += Decode(bytes.substr(bad, 1), windows1252);
    bytes.remove_prefix(std::min(bad + 1, bytes.size()));
  }
  return utf8;
}

// The encoding that the letters speak for where nothing tells it; null where they speak for none or
// for a Latin one.
const lxb_encoding_data_t* Guess(std::string_view bytes) {
  bytes = bytes.substr(0, kGuessBytesMax);
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UCharsetDetector, decltype(&ucsdet_close)> detector(ucsdet_open(&error),
                                                                            &ucsdet_close);
  ucsdet_setText(detector.get(), bytes.data(), static_cast<int32_t>(bytes.size()), &error);
  ucsdet_enableInputFilter(detector.get(), 1);  // Tags have no say.
  const UCharsetMatch* match = ucsdet_detect(detector.get(), &error);
  if (U_FAILURE(error) || match == nullptr) return nullptr;
  if (ucsdet_getConfidence(match, &error) < kGuessConfidenceMin) return nullptr;
  const char* name = ucsdet_getName(match, &error);
  if (U_FAILURE(error) || name == nullptr) return nullptr;
  const lxb_encoding_data_t* encoding = FindEncoding(name);
  if (encoding == nullptr) return nullptr;
  switch (encoding->encoding) {
    case LXB_ENCODING_WINDOWS_1252:
      return nullptr;
    case LXB_ENCODING_ISO_8859_8:  // What is called so on the web is this.
      return lxb_encoding_data(LXB_ENCODING_WINDOWS_1255);
    case LXB_ENCODING_GB18030:  // The same decoder under the name that pages use.
      return lxb_encoding_data(LXB_ENCODING_GBK);
    default:
      return encoding;
  }
}

struct Signature {
  std::string_view bytes;
  std::string_view encoding;
  size_t skip;  // A byte order mark is no text.
};

constexpr std::string_view operator""_bytes(const char* text, size_t size) { return {text, size}; }

// Longer ones first where one begins another.
constexpr auto kSignatures = std::to_array<Signature>({
    {"\x00\x00\xFE\xFF"_bytes, "utf-32be", 4},
    {"\xFF\xFE\x00\x00"_bytes, "utf-32le", 4},
    {"\xEF\xBB\xBF"_bytes, "utf-8", 3},
    {"\xFE\xFF"_bytes, "utf-16be", 2},
    {"\xFF\xFE"_bytes, "utf-16le", 2},
    {"\x00\x00\x00<"_bytes, "utf-32be", 0},
    {"<\x00\x00\x00"_bytes, "utf-32le", 0},
    {"\x00<\x00"_bytes, "utf-16be", 0},
    {"<\x00"_bytes, "utf-16le", 0},
});

// The label in <?xml encoding="..."?>, or empty.
std::string_view DeclaredLabel(std::string_view bytes) {
  bytes = bytes.substr(0, kDeclarationBytesMax);
  const size_t begin = bytes.find("<?xml");
  if (begin == std::string_view::npos) return {};
  std::string_view declaration = bytes.substr(begin);
  declaration = declaration.substr(0, declaration.find("?>"));
  const size_t name = declaration.find("encoding");
  if (name == std::string_view::npos) return {};
  const size_t quote = declaration.find_first_of("\"'", name);
  if (quote == std::string_view::npos) return {};
  const size_t end = declaration.find(declaration[quote], quote + 1);
  return end == std::string_view::npos ? std::string_view{}
                                       : declaration.substr(quote + 1, end - quote - 1);
}

DecodedText As(std::string_view bytes, const lxb_encoding_data_t* encoding) {
  if (encoding->encoding != LXB_ENCODING_UTF_8) return {Decode(bytes, encoding), NameOf(encoding)};
  if (base::IsValidUtf8(bytes)) return {std::string(bytes), "utf-8"};
  const lxb_encoding_data_t* windows1252 = lxb_encoding_data(LXB_ENCODING_WINDOWS_1252);
  return {DecodeMixed(bytes, windows1252), NameOf(windows1252)};
}

std::optional<DecodedText> BySignature(std::string_view bytes) {
  for (const Signature& signature : kSignatures) {
    if (!bytes.starts_with(signature.bytes)) continue;
    bytes.remove_prefix(signature.skip);
    if (signature.encoding.starts_with("utf-32")) {
      return DecodedText{DecodeUtf32(bytes, signature.encoding == "utf-32be"),
                         std::string(signature.encoding)};
    }
    return As(bytes, FindEncoding(signature.encoding));
  }
  return std::nullopt;
}

}  // namespace

DecodedText DecodeXml(std::string_view bytes, std::string_view http_charset) {
  if (auto decoded = BySignature(bytes)) return *std::move(decoded);
  const lxb_encoding_data_t* utf8 = lxb_encoding_data(LXB_ENCODING_UTF_8);
  const lxb_encoding_data_t* by_header = FindEncoding(http_charset);
  const lxb_encoding_data_t* declared = FindEncoding(DeclaredLabel(bytes));
  // What could be read so far was ASCII, whatever it says of itself.
  if (declared != nullptr && (declared->encoding == LXB_ENCODING_UTF_16LE ||
                              declared->encoding == LXB_ENCODING_UTF_16BE)) {
    declared = utf8;
  }
  if (by_header != nullptr && by_header->encoding == LXB_ENCODING_WINDOWS_1252 &&
      (declared == nullptr || declared == utf8)) {
    const bool beyond_ascii = std::ranges::any_of(bytes, [](char c) { return (c & 0x80) != 0; });
    if (beyond_ascii && base::IsValidUtf8(bytes)) by_header = utf8;
  }
  if (by_header != nullptr) return As(bytes, by_header);
  if (declared != nullptr) return As(bytes, declared);
  const lxb_encoding_data_t* guessed = base::IsValidUtf8(bytes) ? nullptr : Guess(bytes);
  return As(bytes, guessed != nullptr ? guessed : utf8);
}

std::string EncodingOfLabel(std::string_view label) {
  if (absl::StartsWithIgnoreCase(ToAbsl(label), "utf-32")) {
    std::string lower(label);
    absl::AsciiStrToLower(&lower);
    return lower;
  }
  const lxb_encoding_data_t* encoding = FindEncoding(label);
  return encoding == nullptr ? "" : NameOf(encoding);
}

std::string_view CharsetOfContentType(std::string_view content_type) {
  constexpr std::string_view kName = "charset";
  while (!content_type.empty()) {
    const size_t semicolon = content_type.find(';');
    if (semicolon == std::string_view::npos) return {};
    content_type.remove_prefix(semicolon + 1);
    const std::string_view parameter = base::ToStd(
        absl::StripAsciiWhitespace(ToAbsl(content_type.substr(0, content_type.find(';')))));
    if (!absl::StartsWithIgnoreCase(ToAbsl(parameter), ToAbsl(kName))) continue;
    std::string_view value =
        base::ToStd(absl::StripLeadingAsciiWhitespace(ToAbsl(parameter.substr(kName.size()))));
    if (!value.starts_with('=')) continue;
    value = base::ToStd(absl::StripAsciiWhitespace(ToAbsl(value.substr(1))));
    const size_t begin = value.find_first_not_of("\"'");
    if (begin == std::string_view::npos) return {};
    return value.substr(begin, value.find_last_not_of("\"'") - begin + 1);
  }
  return {};
}

void AppendUtf8(char32_t point, std::string& out) {
  if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) point = kReplacement;
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((point >> shift) & 0x3F)); };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | point >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | point >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace sluice::fetch
