#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace sluice::fetch {

// What a feed says of one page. Texts are plain UTF-8 without markup, white space folded.
struct FeedEntry {
  std::string
      link;  // Absolute where a base is known; not checked: give it to NormalizedUrl. May be empty.
  std::string title;
  std::string id;  // guid, atom:id, rdf:about. May be empty.
  std::optional<absl::Time> published;
  std::optional<absl::Time> updated;
  std::string language;  // Of LanguageOf; the feed's where the entry has none.
  bool has_summary = false;
  bool has_content = false;  // The whole text is said to be there.
};

enum class FeedFormat { kRss, kRdf, kAtom, kCdf, kJson };

struct Feed {
  FeedFormat format = FeedFormat::kRss;
  std::string title;
  std::string link;      // The site's page.
  std::string encoding;  // WHATWG name of what the bytes were read in.
  std::string language;
  // How long the publisher says a copy is good (ttl, sy:updatePeriod). The caller bounds it.
  std::optional<absl::Duration> update_interval;
  std::vector<FeedEntry> entries;  // In the document's order.
  bool truncated = false;  // The document was cut off, or there were more entries than the limit.
};

// A feed document and what the HTTP response said of it; all but the body may be empty.
struct FeedDocument {
  std::string_view body = {};  // Content encodings already undone.
  std::string_view url = {};   // Final one, after redirects.
  std::string_view content_type = {};
  std::string_view content_location = {};
  std::string_view content_language = {};
};

struct FeedLimits {
  size_t bytes_max = 16 << 20;
  size_t entries_max = 10'000;        // Later ones are left out.
  size_t field_bytes_max = 64 << 10;  // What is read of a title, link, id or date.
};

// Reads RSS 0.9x, 1.0 (RDF) and 2.0, Atom 0.3 and 1.0, CDF and JSON Feed 1.x, whatever the media
// type claims, in any encoding and also where the XML is ill formed. Nothing outside of the bytes
// is read or fetched. An entry that the end of the document cuts off is left out.  Any thread.
// kInvalidArgument: no feed, or over bytes_max; the message says what it is instead.
absl::StatusOr<Feed> ParseFeed(const FeedDocument& document, const FeedLimits& limits);

}  // namespace sluice::fetch
