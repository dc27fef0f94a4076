#pragma once

#include <string>
#include <string_view>

namespace sluice::fetch {

// A Content-Type header, taken apart. (RFC 9110 §8.3, leniently)
struct ContentType {
  std::string media_type;  // Lower case, without parameters. Empty: none, or malformed.
  std::string charset;     // As written, without quotes. Empty: none.
};

ContentType ParseContentType(std::string_view header);

// Whether a page of this media type is passed on: HTML, XHTML and plain text, and what doesn't say,
// which is sniffed later.
bool IsPage(std::string_view media_type);

}  // namespace sluice::fetch
