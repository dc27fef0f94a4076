#include "services/deboilerplate/metadata.h"

#include <algorithm>
#include <array>

#include "services/deboilerplate/authors.h"
#include "services/deboilerplate/loose_json.h"
#include "services/deboilerplate/title.h"

namespace sluice::deboilerplate {
namespace {

constexpr size_t kTagsMax = 30;

// Names of meta elements that carry the date of publication, best first.
constexpr std::array<std::string_view, 30> kPublishedMetas = {
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "og:published_time",
    "article:published",
    "article.published",
    "parsely-pub-date",
    "sailthru.date",
    "publish-date",
    "publish_date",
    "publishdate",
    "published_at",
    "pubdate",
    "pub_date",
    "publication_date",
    "publicationdate",
    "originalpublicationdate",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date.created",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "cxenseparse:recs:articlepublishtime",
    "article_date_original",
    "date",
    "dc.date",
    "dcterms.date",
    "bt:pubdate",
    "apub:time",
};
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

bool SaysModified(std::string_view name) {
  for (const std::string_view word :
       {"modif", "update", "edited", "changed", "aktualisiert", "comment"}) {
    if (name.find(word) != std::string_view::npos) return true;
  }
  return false;
}

// Dates of elements near the headline: the nearer to the text's beginning the better; published
// before updated.
std::optional<PageDate> FromElements(const Page& page, const MetadataInput& input,
                                     bool month_first) {
  std::optional<PageDate> best;
  int best_cost = 1'000;
  for (const Hint& hint : page.hints) {
    if (hint.kind != Hint::Kind::kTime && hint.kind != Hint::Kind::kDateText) continue;
    if (hint.value.empty() || hint.value.size() > 200) continue;
    const int distance = hint.block - input.first_block;
    int cost = distance <= 1 ? -distance : distance * 2;
    if (distance > 0 && hint.block > input.last_block) cost += 20;
    if (cost > 60) continue;
    std::optional<PageDate> date = hint.kind == Hint::Kind::kTime
                                       ? ParseMachineDate(hint.value)
                                       : FindDate(hint.value, month_first);
    if (!date.has_value()) date = FindDate(hint.value, month_first);
    if (!Believed(date, input.latest).has_value()) continue;
    if (hint.kind == Hint::Kind::kDateText) cost += 5;
    if (hint.name.find("publi") != std::string::npos ||
        hint.name.find("created") != std::string::npos)
      cost -= 15;
    if (SaysModified(hint.name) || SaysModified(hint.value)) cost += 25;
    if (cost < best_cost) {
      best_cost = cost;
      best = date;
    }
  }
  return best;
}

// A short line with a date right around the text's beginning.
std::optional<PageDate> FromLines(const Page& page, const MetadataInput& input, bool month_first) {
  constexpr int kReach = 8;
  for (int distance = 0; distance <= kReach; ++distance) {
    for (const int i : {input.first_block - distance, input.first_block + distance}) {
      if (i < 0 || i >= static_cast<int>(page.blocks.size()) ||
          (i > input.first_block && distance > 1))
        continue;
      const Block& block = page.blocks[static_cast<size_t>(i)];
      if (block.stats.words > 25 || block.stats.digits < 3) continue;
      if (auto date = Believed(FindDate(page.TextOf(block), month_first), input.latest);
          date.has_value())
        return date;
    }
  }
  return std::nullopt;
}

std::string_view Meta(const Page& page, std::string_view name) {
  for (const Hint& hint : page.hints) {
    if (hint.kind == Hint::Kind::kMeta && hint.name == name) return hint.value;
  }
  return {};
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
    std::string_view rest = Meta(page, name);
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
  if (const std::string_view locale = Meta(page, "og:locale"); locale.size() >= 2)
    return std::string(locale);
  return std::string(Meta(page, "content-language"));
}

void FillDates(const Page& page, const LinkedData& data, const MetadataInput& input,
               Article& article) {
  const std::string declared = DeclaredLanguage(page, data);
  const bool month_first = declared.empty() || declared.starts_with("en-US") ||
                           declared.starts_with("en_US") || declared == "en";
  article.modified = Believed(ParseMachineDate(data.modified), input.latest);
  if (!article.modified.has_value())
    article.modified = FromMeta(page, kModifiedMetas, input.latest);
  article.published = Believed(ParseMachineDate(data.published), input.latest);
  if (!article.published.has_value())
    article.published = FromMeta(page, kPublishedMetas, input.latest);
  if (!article.published.has_value()) article.published = FromElements(page, input, month_first);
  if (!article.published.has_value())
    article.published = Believed(FindUrlDate(input.url), input.latest);
  if (!article.published.has_value()) article.published = FromLines(page, input, month_first);
}

}  // namespace

void FillMetadata(const Page& page, const LinkedData& data, const MetadataInput& input,
                  Article& article) {
  article.authors = FindAuthors(page, data, article.site, input.first_block, input.last_block);
  FillDates(page, data, input, article);
  article.language = DetectLanguage(article.text, DeclaredLanguage(page, data));
  article.canonical_url = FirstOf(page, Hint::Kind::kCanonical);
  if (article.canonical_url.empty()) article.canonical_url = Meta(page, "og:url");
  article.section = !data.section.empty() ? data.section : PlainText(Meta(page, "article:section"));
  article.image_url = Meta(page, "og:image");
  if (article.image_url.empty()) article.image_url = Meta(page, "twitter:image");
  if (article.image_url.empty()) article.image_url = data.image;
  FillTags(page, data, article);
}

}  // namespace sluice::deboilerplate
