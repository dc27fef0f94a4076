#include "services/feed/articles.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/url/url.h"

namespace sluice::feed {
namespace {

constexpr size_t kPageItems = 100;
constexpr size_t kPageBytes = 4 << 20;

// Only what a browser may follow.
bool IsWeb(const std::string& url) {
  return url.starts_with("https://") || url.starts_with("http://");
}

std::string HostOf(const std::string& url) {
  auto parsed = url::Url::Parse(url);
  return parsed.ok() ? std::string(parsed->host()) : "";
}

Article ToArticle(const data::v1::FeedItem& item, const std::string& cursor,
                  size_t excerpt_bytes_max) {
  const data::v1::Document& document = item.document();
  Article article;
  article.id = item.article_id();
  const std::string& url = item.envelope().url();
  article.url = IsWeb(url) ? url : "";
  article.title = Excerpt(document.title(), 1000);
  article.excerpt = Excerpt(document.text(), excerpt_bytes_max);
  article.authors.assign(document.authors().begin(), document.authors().end());
  article.site = document.site().empty() ? HostOf(url) : document.site();
  article.language = document.language();
  if (article.title.empty()) article.title = article.site.empty() ? "Untitled" : article.site;
  if (!item.matches().empty()) {
    article.topic = item.matches(0).topic();
    article.score = item.matches(0).score();
    for (const data::v1::Facet& facet : item.matches(0).facets()) {
      article.tags.insert(article.tags.end(), facet.values().begin(), facet.values().end());
    }
    for (int i = 1; i < item.matches_size(); ++i) article.tags.push_back(item.matches(i).topic());
  }
  article.updated = item.revision() > 1;
  article.published =
      document.has_published() ? base::FromProto(document.published()) : absl::InfinitePast();
  article.event_time = base::FromProto(item.published_at());
  article.cursor = cursor;
  return article;
}

// Chooses among items that come from the newest on, and keeps their order.
class Selection {
 public:
  explicit Selection(const ArticleOptions& options) : options_(options) {}

  void Take(const data::v1::FeedItem& item, const std::string& cursor) {
    const std::string& cluster = item.cluster_id().empty() ? item.article_id() : item.cluster_id();
    const bool retracted = item.event() == data::v1::FEED_EVENT_RETRACTED;
    if (retracted) thinned_.insert(cluster);
    if (!seen_.insert(item.article_id()).second || retracted) return;
    const bool copy = item.event() == data::v1::FEED_EVENT_COPIED;
    if (options_.copies) {
      chosen_.emplace_back(ToArticle(item, cursor, options_.excerpt_bytes_max));
      ++articles_;
      return;
    }
    if (copy && !thinned_.contains(cluster)) return;
    const auto [shown, is_first] = shown_.try_emplace(cluster, Shown{chosen_.size(), copy});
    if (!is_first) {
      if (copy || !shown->second.stands_in) return;
      // What was retracted was another copy: this article stands.
      chosen_[shown->second.place].reset();
      --stand_ins_;
      shown->second = {chosen_.size(), false};
    } else if (copy) {
      ++stand_ins_;
    }
    if (is_first) ++articles_;
    chosen_.emplace_back(ToArticle(item, cursor, options_.excerpt_bytes_max));
  }

  // Whether older items can change nothing any more.
  bool complete() const { return articles_ >= options_.articles_max && stand_ins_ == 0; }

  std::vector<Article> Finish() && {
    std::vector<Article> articles;
    for (std::optional<Article>& article : chosen_) {
      if (articles.size() == options_.articles_max) break;
      if (article.has_value()) articles.push_back(*std::move(article));
    }
    return articles;
  }

 private:
  struct Shown {
    size_t place;    // In chosen_.
    bool stands_in;  // A copy, until an article of its cluster turns up that was never one.
  };

  const ArticleOptions& options_;
  std::vector<std::optional<Article>> chosen_;
  size_t articles_ = 0;                            // That are in it.
  size_t stand_ins_ = 0;                           // Of these.
  absl::flat_hash_set<std::string> seen_;          // Articles.
  absl::flat_hash_set<std::string> thinned_;       // Clusters that lost an article later on.
  absl::flat_hash_map<std::string, Shown> shown_;  // By cluster.
};

}  // namespace

std::string Excerpt(std::string_view text, size_t bytes_max) {
  std::string line;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (space && (line.empty() || line.back() == ' ')) continue;
    line += space ? ' ' : c;
    if (line.size() > bytes_max) break;
  }
  while (!line.empty() && line.back() == ' ' && line.size() <= bytes_max) line.pop_back();
  if (line.size() <= bytes_max) return line;
  line.resize(bytes_max);
  // Back to the end of a word, or in scripts without spaces to the end of a character.
  if (const size_t space = line.rfind(' '); space != std::string::npos && space > bytes_max / 2) {
    line.resize(space);
  } else {
    while (!line.empty() && (line.back() & 0xc0) == 0x80) line.pop_back();
    if (!line.empty() && (line.back() & 0x80) != 0) line.pop_back();
  }
  return line + "…";
}

absl::StatusOr<std::vector<Article>> NewestArticles(FeedStore& store, const Filter& filter,
                                                    const ArticleOptions& options) {
  Selection selection(options);
  std::string token;
  for (size_t pages = 0; pages < options.pages_max; ++pages) {
    auto page = store.List(filter, kPageItems, kPageBytes, token);
    if (!page.ok()) return page.status();
    for (const ItemPtr& encoded : page->items) {
      data::v1::FeedItem item;
      const std::string_view bytes = encoded->item_bytes();
      item.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
      selection.Take(item, encoded->cursor);
      if (selection.complete()) return std::move(selection).Finish();
    }
    token = page->next_token;
    if (token.empty()) break;
  }
  return std::move(selection).Finish();
}

}  // namespace sluice::feed
