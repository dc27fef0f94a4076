#include "services/dedupe/seen_documents.h"

#include <algorithm>
#include <array>

namespace sluice::dedupe {
namespace {

// One ring serves four kinds of keys.
enum class Kind : uint64_t { kId = 1, kUrl = 2, kArticle = 3, kContent = 4 };

uint32_t KeyOf(Kind kind, uint64_t hash) {
  hash = (hash ^ static_cast<uint64_t>(kind) * 0x9E3779B97F4A7C15) * 0xD6E8FEB86659FD93;
  return static_cast<uint32_t>(hash >> 32);
}

}  // namespace

std::unique_ptr<SeenDocuments::Details> SeenDocuments::DetailsOf(const SeenDocument& document) {
  const Place& place = document.place;
  const bool plain = place.also_matches.empty() && document.urls.size() <= 1;
  if (plain && place.relation == Relation::kOriginal && place.article_id == place.id &&
      place.cluster_id == place.id && place.revision == 1) {
    return nullptr;
  }
  auto details = std::make_unique<Details>(Details{.article_id = place.article_id,
                                                   .cluster_id = place.cluster_id,
                                                   .of = place.of,
                                                   .similarity = place.similarity,
                                                   .shared_words = place.shared_words,
                                                   .revision = place.revision,
                                                   .relation = place.relation,
                                                   .further = nullptr});
  if (!plain) {
    details->further = std::make_unique<Further>(Further{document.urls, place.also_matches});
  }
  return details;
}

uint64_t SeenDocuments::Add(const SeenDocument& document) {
  const Place& place = document.place;
  Entry entry{.id = place.id,
              .content = document.content,
              .url = document.urls.empty() ? 0 : document.urls.front(),
              .body = document.body,
              .time = absl::ToUnixMicros(document.log.time),
              .offset = document.log.offset,
              .extractor_version = document.extractor_version,
              .postings = 0,
              .gone = document.gone,
              .details = nullptr};
  entry.details = DetailsOf(document);
  std::array<uint32_t, kUrlsMax + 3> keys;
  size_t count = 0;
  keys[count++] = KeyOf(Kind::kId, place.id.low);
  const absl::Span<const uint64_t> urls(document.urls);
  for (const uint64_t url : urls.subspan(0, kUrlsMax)) keys[count++] = KeyOf(Kind::kUrl, url);
  // The first capture of an article is found by its id, unless it came once more after an undo.
  if (place.article_id != place.id || place.revision > 1) {
    keys[count++] = KeyOf(Kind::kArticle, place.article_id.low);
  }
  if (document.content != base::Hash128()) {
    keys[count++] = KeyOf(Kind::kContent, document.content.low);
  }
  entry.postings = static_cast<uint16_t>(count);
  postings_.Add({keys.data(), count});
  entries_.Add(std::move(entry));
  return end() - 1;
}

void SeenDocuments::Forget() {
  postings_.Forget(entries_[begin()].postings);
  entries_.Forget();
}

template <typename Matches>
std::optional<uint64_t> SeenDocuments::Newest(uint32_t hash, Matches matches) const {
  std::optional<uint64_t> found;
  postings_.Find(hash, [&](uint64_t number) {
    if (matches(number)) found = number;
    return !found.has_value();
  });
  return found;
}

void SeenDocuments::Prefetch(const base::Hash128& id, absl::Span<const uint64_t> urls,
                             const base::Hash128& content) const {
  postings_.Prefetch({KeyOf(Kind::kId, id.low), KeyOf(Kind::kContent, content.low)});
  for (const uint64_t url : urls) postings_.Prefetch({KeyOf(Kind::kUrl, url)});
}

std::optional<uint64_t> SeenDocuments::FindId(const base::Hash128& id) const {
  return Newest(KeyOf(Kind::kId, id.low), [&](uint64_t number) { return Id(number) == id; });
}

std::optional<uint64_t> SeenDocuments::FindUrl(uint64_t url) const {
  return Newest(KeyOf(Kind::kUrl, url), [&](uint64_t number) {
    const Entry& entry = entries_[number];
    if (entry.url == url) return true;
    if (entry.details == nullptr || entry.details->further == nullptr) return false;
    const std::vector<uint64_t>& urls = entry.details->further->urls;
    return std::find(urls.begin(), urls.end(), url) != urls.end();
  });
}

std::optional<uint64_t> SeenDocuments::FindArticle(const base::Hash128& article_id,
                                                   absl::FunctionRef<bool(uint64_t)> which) const {
  const auto later = Newest(KeyOf(Kind::kArticle, article_id.low), [&](uint64_t number) {
    const Entry& entry = entries_[number];
    return entry.details != nullptr && entry.details->article_id == article_id && which(number);
  });
  if (later.has_value()) return later;
  return Newest(KeyOf(Kind::kId, article_id.low),
                [&](uint64_t number) { return Id(number) == article_id && which(number); });
}

std::optional<uint64_t> SeenDocuments::FindContent(const base::Hash128& content) const {
  std::optional<uint64_t> oldest;
  postings_.Find(KeyOf(Kind::kContent, content.low), [&](uint64_t number) {
    if (entries_[number].content == content) oldest = number;
    return true;
  });
  return oldest;
}

Place SeenDocuments::PlaceOf(uint64_t number) const {
  const Entry& entry = entries_[number];
  Place place;
  place.id = place.article_id = place.cluster_id = entry.id;
  if (entry.details == nullptr) return place;
  const Details& details = *entry.details;
  place.article_id = details.article_id;
  place.cluster_id = details.cluster_id;
  place.revision = details.revision;
  place.relation = details.relation;
  place.of = details.of;
  place.similarity = details.similarity;
  place.shared_words = details.shared_words;
  if (details.further != nullptr) place.also_matches = details.further->also_matches;
  return place;
}

base::Hash128 SeenDocuments::ClusterId(uint64_t number) const {
  const Entry& entry = entries_[number];
  return entry.details == nullptr ? entry.id : entry.details->cluster_id;
}

LogPlace SeenDocuments::Log(uint64_t number) const {
  const Entry& entry = entries_[number];
  return {.time = absl::FromUnixMicros(entry.time), .offset = entry.offset};
}

SeenDocument SeenDocuments::Get(uint64_t number) const {
  const Entry& entry = entries_[number];
  SeenDocument document{.place = PlaceOf(number),
                        .urls = {},
                        .content = entry.content,
                        .body = entry.body,
                        .extractor_version = entry.extractor_version,
                        .gone = entry.gone,
                        .log = Log(number)};
  if (entry.details != nullptr && entry.details->further != nullptr) {
    document.urls = entry.details->further->urls;
  } else if (entry.url != 0) {
    document.urls = {entry.url};
  }
  return document;
}

}  // namespace sluice::dedupe
