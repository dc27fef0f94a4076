#include "services/fetch/content_type.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "pipeline/base/strings.h"

namespace sluice::fetch {
namespace {

constexpr size_t kCharsetBytesMax = 64;

std::string_view Strip(std::string_view text) {
  return base::ToStd(absl::StripAsciiWhitespace(base::ToAbsl(text)));
}

// Cuts `text` at the first `separator` and returns what was before it.
std::string_view Cut(std::string_view& text, char separator) {
  const size_t at = text.find(separator);
  const std::string_view head = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return head;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < '\x7f' &&
           std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
  });
}

}  // namespace

ContentType ParseContentType(std::string_view header) {
  ContentType parsed;
  std::string_view rest = header;
  std::string_view media_type = Strip(Cut(rest, ';'));
  std::string_view subtype = media_type;
  const std::string_view type = Cut(subtype, '/');
  if (IsToken(type) && IsToken(subtype))
    parsed.media_type = absl::AsciiStrToLower(base::ToAbsl(media_type));
  while (!rest.empty() && parsed.charset.empty()) {
    std::string_view value = Cut(rest, ';');
    const std::string name = absl::AsciiStrToLower(base::ToAbsl(Strip(Cut(value, '='))));
    if (name != "charset") continue;
    value = Strip(value);
    if (value.starts_with('"') || value.starts_with('\'')) value.remove_prefix(1);
    if (value.ends_with('"') || value.ends_with('\'')) value.remove_suffix(1);
    if (value.size() <= kCharsetBytesMax && IsToken(value)) parsed.charset = value;
  }
  return parsed;
}

bool IsPage(std::string_view media_type) {
  return media_type.empty() || media_type == "text/html" || media_type == "application/xhtml+xml" ||
         media_type == "text/plain";
}

}  // namespace sluice::fetch
