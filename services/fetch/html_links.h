#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::fetch {

// Where an HTML document leads.
struct HtmlLinks {
  std::vector<std::string> hrefs;  // Of a and area elements, in the document's order, as written
                                   // but for character references.
  std::string base;           // Of the first base element that has a URL: what all are relative to.
  std::string next;           // The page that follows this one (rel=next), or empty.
  size_t nofollow = 0;        // Links left out, for their rel asks crawlers not to follow them.
  bool nofollow_all = false;  // The document asks so for all of its links.
  bool truncated = false;     // There were more than links_max.
};

struct HtmlLinkLimits {
  size_t links_max = 10'000;
  size_t href_bytes_max = 8 << 10;  // Longer ones are left out.
};

// Reads any bytes as HTML, in the encoding that a byte order mark, `content_type` (the response's
// header; may be empty) or a meta element tells. Linear in time; of memory it takes the links and
// thrice the document. Any thread.
HtmlLinks ParseHtmlLinks(std::string_view html, std::string_view content_type,
                         const HtmlLinkLimits& limits);

}  // namespace sluice::fetch
