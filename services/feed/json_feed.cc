#include <nlohmann/json.hpp>

#include "pipeline/base/strings.h"
#include "services/feed/renderings.h"

namespace sluice::feed {
namespace {

using Json = nlohmann::ordered_json;

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ", time, absl::UTCTimeZone());
}

Json ItemOf(const Article& article) {
  Json item = {{"id", article.id}};
  if (!article.url.empty()) item["url"] = article.url;
  item["title"] = article.title;
  item["content_text"] = article.excerpt;
  if (article.published != absl::InfinitePast()) {
    item["date_published"] = Rfc3339(article.published);
  }
  item["date_modified"] = Rfc3339(article.event_time);
  if (!article.authors.empty()) {
    Json authors = Json::array();
    for (const std::string& author : article.authors) authors.push_back({{"name", author}});
    item["authors"] = std::move(authors);
  }
  if (!article.language.empty()) item["language"] = article.language;
  if (!article.tags.empty()) item["tags"] = article.tags;
  item["_sluice"] = {{"cursor", article.cursor},
                     {"site", article.site},
                     {"topic", article.topic},
                     {"score", article.score},
                     {"updated", article.updated}};
  return item;
}

}  // namespace

std::string RenderJsonFeed(const Channel& channel, const std::vector<Article>& articles) {
  Json feed = {{"version", "https://jsonfeed.org/version/1.1"}, {"title", channel.title}};
  if (!channel.public_url.empty()) {
    feed["home_page_url"] = channel.public_url + "/";
    feed["feed_url"] = channel.public_url + "/feed.json";
  }
  feed["items"] = Json::array();
  for (const Article& article : articles) feed["items"].push_back(ItemOf(article));
  return feed.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sluice::feed
