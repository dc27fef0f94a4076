#pragma once

#include <string>
#include <string_view>

namespace sluice::fetch {

struct DecodedText {
  std::string utf8;      // Valid UTF-8 without a byte order mark.
  std::string encoding;  // Its WHATWG name in lower case; "utf-32be" and "utf-32le" beside those.
};

// An XML or text document in UTF-8. Its encoding is told, in this order, by a byte order mark, by
// how its first characters stand (UTF-16 and UTF-32 without a mark), by `http_charset` (of the
// Content-Type header; may be empty), by the XML declaration, by being valid UTF-8, by its letters.
// Labels mean what the WHATWG Encoding standard says: iso-8859-1 is windows-1252. A header that
// claims a Latin encoding for what is valid UTF-8 beyond ASCII is not believed. Ill-formed bytes in
// UTF-8 are read as windows-1252 (and `encoding` says so), elsewhere as U+FFFD.  Any bytes decode;
// the result is at most three times as long.
DecodedText DecodeXml(std::string_view bytes, std::string_view http_charset);

// The WHATWG name, in lower case, of an encoding label; empty where the standard knows none.
std::string EncodingOfLabel(std::string_view label);

// The value of the charset parameter of a Content-Type header, or empty.
std::string_view CharsetOfContentType(std::string_view content_type);

// The code point as UTF-8, at the end of `out`; U+FFFD for what is no scalar value.
void AppendUtf8(char32_t code_point, std::string& out);

}  // namespace sluice::fetch
