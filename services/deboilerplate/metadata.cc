#include "services/deboilerplate/metadata.h"

#include <algorithm>
#include <array>

#include "pipeline/url/url.h"
#include "services/deboilerplate/date_candidates.h"
#include "services/deboilerplate/loose_json.h"
#include "services/deboilerplate/title.h"

namespace sluice::deboilerplate {
namespace {

constexpr size_t kTagsMax = 30;

constexpr std::array<std::string_view, 8> kModifiedMetas = {
    "article:modified_time", "og:updated_time",  "datemodified", "lastmod",
    "last-modified",         "dcterms.modified", "revised",      "article:modified"};

// By the name that comes first in `names`.
template <size_t kCount>
std::optional<PageDate> FromMeta(const Page& page,
                                 const std::array<std::string_view, kCount>& names,
                                 absl::Time latest) {
  std::optional<PageDate> best;
  size_t best_rank = kCount;
  for (const Hint& hint : page.hints) {
    if (hint.kind != Hint::Kind::kMeta) continue;
    const auto rank = static_cast<size_t>(
        std::find(names.begin(), names.begin() + best_rank, hint.name) - names.begin());
    if (rank >= best_rank) continue;
    const std::optional<PageDate> date = ParseMachineDate(hint.value);
    if (!date.has_value() || date->ToTime() > latest) continue;
    best = date;
    best_rank = rank;
  }
  return best;
}

std::optional<PageDate> Believed(const std::optional<PageDate>& date, absl::Time latest) {
  return date.has_value() && date->ToTime() <= latest ? date : std::nullopt;
}

std::string_view FirstOf(const Page& page, Hint::Kind kind) {
  for (const Hint& hint : page.hints) {
    if (hint.kind == kind) return hint.value;
  }
  return {};
}

void FillTags(const Page& page, const LinkedData& data, Article& article) {
  const auto add = [&article](std::string_view tag) {
    const std::string plain = PlainText(tag);
    if (plain.empty() || plain.size() > 80 || article.tags.size() >= kTagsMax) return;
    if (std::find(article.tags.begin(), article.tags.end(), plain) == article.tags.end())
      article.tags.push_back(plain);
  };
  for (const Hint& hint : page.hints) {
    if (hint.kind == Hint::Kind::kMeta && hint.name == "article:tag") add(hint.value);
  }
  for (const std::string& keyword : data.keywords) add(keyword);
  if (!article.tags.empty()) return;
  for (const std::string_view name : {"news_keywords", "keywords"}) {
    std::string_view rest = page.Meta(name);
    while (!rest.empty()) {
      const size_t end = std::min(rest.find_first_of(",;"), rest.size());
      add(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (!article.tags.empty()) return;
  }
}

std::string DeclaredLanguage(const Page& page, const LinkedData& data) {
  if (const std::string_view lang = FirstOf(page, Hint::Kind::kHtmlLang); lang.size() >= 2)
    return std::string(lang);
  if (data.language.size() >= 2) return data.language;
  if (const std::string_view locale = page.Meta("og:locale"); locale.size() >= 2)
    return std::string(locale);
  return std::string(page.Meta("content-language"));
}

void FillDates(const Page& page, const LinkedData& data, const MetadataInput& input,
               Article& article) {
  const std::string declared = DeclaredLanguage(page, data);
  const bool month_first = declared.empty() || declared.starts_with("en-US") ||
                           declared.starts_with("en_US") || declared == "en";
  article.modified = Believed(ParseMachineDate(data.modified), input.latest);
  if (!article.modified.has_value())
    article.modified = FromMeta(page, kModifiedMetas, input.latest);
  std::vector<DateCandidate> dates = RankDates(page, data,
                                               {.url = input.url,
                                                .first_block = input.first_block,
                                                .last_block = input.last_block,
                                                .latest = input.latest,
                                                .month_first = month_first});
  if (!dates.empty()) article.published = dates.front().date;
  if (input.dates != nullptr) *input.dates = std::move(dates);
}

void FillAuthors(const Page& page, const LinkedData& data, const MetadataInput& input,
                 Article& article) {
  std::vector<AuthorCandidate> authors =
      RankAuthors(page, data, {.first_block = input.first_block, .last_block = input.last_block});
  article.authors = authors.front().names;
  if (input.authors != nullptr) *input.authors = std::move(authors);
}

// An address as it stands, but a relative one from the page's on.
std::string Absolute(std::string_view address, std::string_view page_url) {
  if (address.empty() || address.find("://") < address.find_first_of("/?#"))
    return std::string(address);
  const absl::StatusOr<url::Url> page = url::Url::Parse(page_url);
  if (!page.ok()) return std::string(address);
  const absl::StatusOr<url::Url> whole = url::Url::Parse(address, *page);
  return whole.ok() ? whole->href() : std::string(address);
}

}  // namespace

void FillMetadata(const Page& page, const LinkedData& data, const MetadataInput& input,
                  Article& article) {
  FillAuthors(page, data, input, article);
  FillDates(page, data, input, article);
  article.language = DetectLanguage(article.text, DeclaredLanguage(page, data));
  article.canonical_url = FirstOf(page, Hint::Kind::kCanonical);
  if (article.canonical_url.empty()) article.canonical_url = page.Meta("og:url");
  article.section = !data.section.empty() ? data.section : PlainText(page.Meta("article:section"));
  article.image_url = page.Meta("og:image");
  if (article.image_url.empty()) article.image_url = page.Meta("twitter:image");
  if (article.image_url.empty()) article.image_url = data.image;
  article.canonical_url = Absolute(article.canonical_url, input.url);
  article.image_url = Absolute(article.image_url, input.url);
  FillTags(page, data, article);
}

}  // namespace sluice::deboilerplate
