#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "services/feed/articles.h"

namespace sluice::feed {

// The list of articles as Atom, JSON Feed and HTML. Pure; all that comes from pages is escaped.
struct Channel {
  std::string title = "Sluice";
  std::string
      public_url;      // Such as https://news.example:7071, without a final slash; empty: unknown.
  absl::Time updated;  // Of a feed without articles.
};

// Atom 1.0, RFC 4287.
std::string RenderAtom(const Channel& channel, const std::vector<Article>& articles);
// JSON Feed 1.1, with an extension object `_sluice` in each item.
std::string RenderJsonFeed(const Channel& channel, const std::vector<Article>& articles);
// The page that people look at; kLiveScript keeps it up to date from /feed.json.
std::string RenderLivePage(const Channel& channel, const std::vector<Article>& articles);
extern const std::string_view kLiveScript;
extern const std::string_view kLiveStyle;

// For text and attribute values of XML and HTML: the five characters, and nothing that XML 1.0
// forbids.
std::string EscapeMarkup(std::string_view text);

}  // namespace sluice::feed
