#include "services/fetch/feed.h"

#include <fmt/format.h>

#include "services/fetch/feed_json.h"
#include "services/fetch/feed_xml.h"
#include "services/fetch/xml_encoding.h"

namespace sluice::fetch {

absl::StatusOr<Feed> ParseFeed(const FeedDocument& document, const FeedLimits& limits) {
  if (document.body.size() > limits.bytes_max) {
    return absl::InvalidArgumentError(
        fmt::format("feed of {} bytes is larger than {}", document.body.size(), limits.bytes_max));
  }
  const DecodedText text = DecodeXml(document.body, CharsetOfContentType(document.content_type));
  const size_t begin = text.utf8.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) {
    return absl::InvalidArgumentError("no feed: the document is empty");
  }
  absl::StatusOr<Feed> feed = text.utf8[begin] == '{' ? ParseJsonFeed(text.utf8, document, limits)
                                                      : ParseXmlFeed(text.utf8, document, limits);
  if (feed.ok()) feed->encoding = text.encoding;
  return feed;
}

}  // namespace sluice::fetch
