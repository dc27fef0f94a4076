// The links of an HTML page.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pipeline/base/utf8.h"
#include "services/fetch/html_links.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const sluice::fetch::HtmlLinkLimits limits{.links_max = 100, .href_bytes_max = 200};
  const auto links = sluice::fetch::ParseHtmlLinks(input, "", limits);
  if (links.hrefs.size() + links.nofollow > limits.links_max) std::abort();
  for (const std::string& href : links.hrefs) {
    if (href.empty() || !sluice::base::IsValidUtf8(href)) std::abort();
  }
  return 0;
}
