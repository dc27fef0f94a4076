#include "services/feed/articles.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "absl/container/flat_hash_map.h"
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
    const bool alone = options_.copies || item.cluster_id().empty();
    Cluster& cluster = clusters_[alone ? item.article_id() : item.cluster_id()];
    const bool retracted = item.event() == data::v1::FEED_EVENT_RETRACTED;
    if (retracted) cluster.thinned = true;
    const auto [place, is_newest] = places_.try_emplace(item.article_id(), candidates_.size());
    if (is_newest) {
      const Role role = retracted ? Role::kLeftOut : RoleOf(item, cluster);
      Candidate& candidate = candidates_.emplace_back(role, &cluster);
      if (role != Role::kLeftOut) {
        candidate.article = ToArticle(item, cursor, options_.excerpt_bytes_max);
      }
      Count(candidate, 1);
    } else if (Candidate& known = candidates_[place->second]; known.role == Role::kUnknown) {
      Count(known, -1);
      known.role = RoleOf(item, cluster);
      Count(known, 1);
    }
  }

  // Whether older items can change nothing any more.
  bool complete() const { return settled_ >= options_.articles_max && open_ == 0; }

  std::vector<Article> Finish() && {
    std::vector<Article> articles;
    for (Candidate& candidate : candidates_) {
      if (articles.size() == options_.articles_max) break;
      Cluster& cluster = *candidate.cluster;
      const bool waits = candidate.role == Role::kStandsIn || candidate.role == Role::kUnknown;
      if (candidate.role != Role::kStands && !(waits && cluster.standing == 0)) continue;
      if (!std::exchange(cluster.shown, true)) articles.push_back(std::move(candidate.article));
    }
    return articles;
  }

 private:
  enum class Role {
    kStands,    // It was never a copy.
    kStandsIn,  // A copy under which an article was retracted: shown where none stands.
    kUnknown,   // An update of one or the other: an older event tells. As if it stood in.
    kLeftOut,
  };
  struct Cluster {
    bool thinned = false;  // It lost an article later on.
    int standing = 0;      // Of its articles; of them one is shown.
    int waiting = 0;       // That are shown where none stands.
    bool shown = false;
  };
  struct Candidate {
    Role role;
    Cluster* cluster;      // In clusters_.
    Article article = {};  // As of its newest event.
  };

  Role RoleOf(const data::v1::FeedItem& item, const Cluster& cluster) const {
    const bool first = item.article_id() == item.cluster_id();
    if (!options_.copies && item.event() == data::v1::FEED_EVENT_COPIED) {
      return cluster.thinned ? Role::kStandsIn : Role::kLeftOut;
    }
    if (!options_.copies && item.event() == data::v1::FEED_EVENT_UPDATED && !first) {
      return Role::kUnknown;
    }
    return Role::kStands;
  }

  void Count(const Candidate& candidate, int difference) {
    Cluster& cluster = *candidate.cluster;
    settled_ -= cluster.standing > 0 ? 1 : 0;
    open_ -= cluster.standing == 0 && cluster.waiting > 0 ? 1 : 0;
    if (candidate.role == Role::kStands) {
      cluster.standing += difference;
    } else if (candidate.role != Role::kLeftOut) {
      cluster.waiting += difference;
    }
    settled_ += cluster.standing > 0 ? 1 : 0;
    open_ += cluster.standing == 0 && cluster.waiting > 0 ? 1 : 0;
  }

  const ArticleOptions& options_;
  std::vector<Candidate> candidates_;
  absl::flat_hash_map<std::string, size_t> places_;    // Of articles, in candidates_.
  std::unordered_map<std::string, Cluster> clusters_;  // Its values stay where they are.
  size_t settled_ = 0;                                 // Clusters of which an article stands.
  size_t open_ = 0;                                    // Clusters of which some only wait.
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
