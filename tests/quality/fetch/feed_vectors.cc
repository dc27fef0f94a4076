#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "pipeline/codec/inflate.h"
#include "services/fetch/feed.h"
#include "services/fetch/feed_date.h"
#include "services/fetch/html_text.h"
#include "services/fetch/sitemap.h"
#include "services/fetch/xml_encoding.h"
#include "tests/quality/fetch/vectors.h"

namespace sluice::quality {
namespace {

using fetch::Feed;
using fetch::FeedEntry;
using fetch::Sitemap;
using nlohmann::json;

constexpr size_t kListedMax = 300;  // Of a real document's entries.

// The bytes of the row's document, inflated where they are gzip.
absl::StatusOr<std::string> Document(const std::filesystem::path& folder, const json& row) {
  const std::string bytes = ReadFile(folder / row["file"].get<std::string>());
  if (!codec::IsGzip(bytes)) return bytes;
  return codec::Inflate(bytes, codec::ContentCoding::kGzip, {});
}

absl::StatusOr<Feed> Parse(const std::string& body, const json& row) {
  const json headers = row.value("headers", json::object());
  const std::string url = row.value("document_url", "");
  const std::string type = headers.value("content-type", "");
  const std::string location = headers.value("content-location", "");
  const std::string language = headers.value("content-language", "");
  return fetch::ParseFeed({.body = body,
                           .url = url,
                           .content_type = type,
                           .content_location = location,
                           .content_language = language},
                          {});
}

json Date(const std::optional<absl::Time>& date) {
  if (!date) return nullptr;
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%SZ", *date, absl::UTCTimeZone());
}

// Titles are compared as text: the markup that some expectations keep goes, white space is folded.
bool SameTitle(const json& expected, const std::string& got) {
  const std::string title = expected.value("title", "");
  if (expected.contains("title_type")) return fetch::TextOfMarkup(title) == got;
  // An untyped title may have been left in markup too.
  return fetch::FoldWhiteSpace(title) == got ||
         (fetch::LooksLikeMarkup(title) && fetch::TextOfMarkup(title) == got);
}

std::string Difference(const json& expected, const FeedEntry& entry) {
  if (expected.contains("link") && expected["link"] != entry.link) return "link " + entry.link;
  if (expected.contains("title") && !SameTitle(expected, entry.title))
    return "title " + entry.title;
  if (expected.contains("id") && expected["id"] != entry.id) return "id " + entry.id;
  if (expected.contains("published") && expected["published"] != Date(entry.published)) {
    return "published " + Date(entry.published).dump();
  }
  if (expected.contains("updated") && expected["updated"] != Date(entry.updated)) {
    return "updated " + Date(entry.updated).dump();
  }
  // Where an entry has only its whole text, the reader that made the expectations gives that as the
  // summary too.
  const bool has_summary = entry.has_summary || entry.has_content;
  if (expected.contains("has_summary") && expected["has_summary"] != has_summary) {
    return "has_summary";
  }
  if (expected.contains("has_content") && expected["has_content"] != entry.has_content) {
    return "has_content";
  }
  return "";
}

// The same by the labels of the Encoding standard; "utf-16" and "utf-32" say nothing of the byte
// order.
bool SameEncoding(std::string label, std::string_view got) {
  std::ranges::replace(label, '_', '-');
  const std::string expected = fetch::EncodingOfLabel(label);
  const bool either_order = label == "utf-16" || label == "utf-32";
  return expected == got || (either_order && got.starts_with(label));
}

// What differs between the feed and what is expected of it; empty: nothing.
std::string Difference(const json& expect, const absl::StatusOr<Feed>& feed) {
  if (!feed.ok()) return std::string(feed.status().message());
  if (expect.contains("encoding") && !SameEncoding(expect["encoding"], feed->encoding)) {
    return "encoding " + feed->encoding;
  }
  const json about = expect.value("feed", json::object());
  if (about.contains("title") && !SameTitle(about, feed->title)) return "feed title " + feed->title;
  if (about.contains("link") && about["link"] != feed->link) return "feed link " + feed->link;
  if (expect.contains("entry_count") && expect["entry_count"] != feed->entries.size()) {
    return fmt::format("{} entries", feed->entries.size());
  }
  const json entries = expect.value("entries", json::array());
  if (entries.size() > feed->entries.size()) return fmt::format("{} entries", feed->entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    if (std::string difference = Difference(entries[i], feed->entries[i]); !difference.empty()) {
      return fmt::format("entry {}: {}; expected {}", i, difference, entries[i].dump());
    }
  }
  return "";
}

bool SameDate(const json& entry, const char* name, const std::optional<absl::Time>& got) {
  if (!entry.contains(name) || entry[name].is_null()) return true;
  return fetch::ParseFeedDate(entry[name].get<std::string>()) == got;
}

bool SameText(const json& entry, const char* name, const std::string& got) {
  return !entry.contains(name) || entry[name].is_null() ||
         fetch::FoldWhiteSpace(entry[name].get<std::string>()) == got;
}

std::string Difference(const json& expect, const absl::StatusOr<Sitemap>& sitemap) {
  if (!sitemap.ok()) return std::string(sitemap.status().message());
  if (expect.contains("count") && expect["count"] != sitemap->entries.size()) {
    return fmt::format("{} entries", sitemap->entries.size());
  }
  if (expect.contains("root") && (expect["root"] == "sitemapindex") != sitemap->is_index) {
    return "is_index";
  }
  const json entries = expect.value("entries", json::array());
  for (size_t i = 0; i < std::min({entries.size(), sitemap->entries.size(), kListedMax}); ++i) {
    const json& expected = entries[i];
    const fetch::SitemapEntry& entry = sitemap->entries[i];
    if (!SameText(expected, "loc", entry.loc) || !SameDate(expected, "lastmod", entry.lastmod) ||
        !SameText(expected, "news_title", entry.news_title) ||
        !SameText(expected, "news_name", entry.news_name) ||
        !SameText(expected, "news_language", entry.news_language) ||
        !SameDate(expected, "news_date", entry.news_date)) {
      return fmt::format("entry {}: {}; expected {}", i, entry.loc, expected.dump());
    }
  }
  return "";
}

struct Page {
  std::string link;
  std::string title;
};

// What the stage finds in a source of unknown kind: a feed or a sitemap.
std::vector<Page> PagesOf(const std::string& body, const json& row) {
  std::vector<Page> pages;
  if (const auto feed = Parse(body, row); feed.ok()) {
    for (const FeedEntry& entry : feed->entries) pages.push_back({entry.link, entry.title});
    return pages;
  }
  const std::string type = row.value("headers", json::object()).value("content-type", "");
  if (const auto sitemap = fetch::ParseSitemap(body, type, {}); sitemap.ok()) {
    for (const auto& entry : sitemap->entries) pages.push_back({entry.loc, ""});
  }
  return pages;
}

std::string DifferenceOfOdd(const json& expect, const std::vector<Page>& pages) {
  for (const json& wanted : expect.value("at_least", json::array())) {
    const auto same = [&](const Page& page) {
      return wanted["link"] == page.link &&
             (!wanted.contains("title") || SameTitle(wanted, page.title));
    };
    if (std::ranges::none_of(pages, same)) return "missing " + wanted.dump();
  }
  const json allowed = expect.value("at_most_links", json::array());
  for (const Page& page : pages) {
    if (std::ranges::find(allowed, json(page.link)) == allowed.end()) return "made up " + page.link;
  }
  return "";
}

// Calls `difference` with each row and its document; a document that does not inflate is the empty
// one.
template <typename F>
Score Run(const std::filesystem::path& folder, const char* name, const F& difference) {
  Score score;
  ForEachRow(folder / name, [&](const json& row) {
    const auto body = Document(folder, row);
    const std::string differs = difference(row, body.ok() ? *body : "");
    if (!differs.empty()) Differs("feed", row["file"].dump(), row["expect"].dump(), differs);
    score.Add(differs.empty(), row.value("optional", false));
  });
  return score;
}

Score RunDates(const std::filesystem::path& folder) {
  // Forms that no feed format has.
  const std::set<std::string> debatable = {"greek", "hungarian", "onblog", "nate"};
  Score score;
  ForEachRow(folder / "dates.jsonl", [&](const json& row) {
    const json got = Date(fetch::ParseFeedDate(row["date"].get<std::string>()));
    const bool met = got == row["rfc3339"];
    if (!met) Differs("date", row["date"].dump(), row["rfc3339"].dump(), got.dump());
    score.Add(met, debatable.contains(row.value("reader", "")));
  });
  return score;
}

}  // namespace

Score RunFeeds(const std::filesystem::path& data) {
  const std::filesystem::path folder = data / "feeds";
  Score score = Run(folder, "tests.jsonl", [](const json& row, const std::string& body) {
    return Difference(row["expect"], Parse(body, row));
  });
  score.Add(Run(folder, "real.jsonl", [](const json& row, const std::string& body) {
    const std::string kind = row["kind"];
    if (kind == "feed" || kind == "jsonfeed") return Difference(row["expect"], Parse(body, row));
    if (row["expect"].contains("urls_at_most")) {
      const json& at_most = row["expect"]["urls_at_most"];
      const std::vector<Page> pages = PagesOf(body, row);
      if (at_most.is_array()) return DifferenceOfOdd({{"at_most_links", at_most}}, pages);
      return pages.size() <= at_most.get<size_t>() ? "" : fmt::format("{} URLs", pages.size());
    }
    return Difference(row["expect"], fetch::ParseSitemap(body, "", {}));
  }));
  score.Add(Run(folder, "odd.jsonl", [](const json& row, const std::string& body) {
    return DifferenceOfOdd(row["expect"], PagesOf(body, row));
  }));
  score.Add(RunDates(folder));
  return score;
}

}  // namespace sluice::quality
