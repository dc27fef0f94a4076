#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace sluice::cli {

struct WebPageOptions {
  bool private_addresses = false;  // Else only addresses of the public internet are asked.
  size_t bytes_max = 8 << 20;      // Of the page; what follows is left out.
  int redirects_max = 5;
};

struct WebPage {
  std::string body;          // Inflated.
  std::string url;           // That answered, after redirects.
  std::string charset;       // As the header says; may be empty.
  std::string content_type;  // Media type; may be empty.
};

// Whether an argument is an address of the web rather than a file.
bool IsWebAddress(std::string_view argument);

// The page at `place`: an address, as below, a file, or - for the standard input; files may be
// gzip, and have no URL, charset or content type. Errors: also those of codec::ReadPackedFile.
absl::StatusOr<WebPage> ReadPage(const std::string& place, const WebPageOptions& options);

// Gets one page with the crawler's own client and its guards. No robots.txt is asked: a person
// looks at one page. Blocks. Messages say what to do.
//   kInvalidArgument: not an address, or what is there is no page.
//   kPermissionDenied: a private address, without `private_addresses`.
//   kUnavailable: no answer, or not a whole one.  kNotFound: a status that is not 200 to 299.
absl::StatusOr<WebPage> FetchWebPage(std::string_view url, const WebPageOptions& options);

}  // namespace sluice::cli
