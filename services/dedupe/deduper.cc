#include "services/dedupe/deduper.h"

#include <algorithm>
#include <limits>

namespace sluice::dedupe {
namespace {

// The same URL with another text: below both, another story has taken the address over.
constexpr double kSameStoryCoverage = 0.2;
constexpr double kSameStoryTitle = 0.3;
// Another extractor's text of the same page differs by less than the rest.
constexpr double kSameTextCoverage = 0.9;
// Less than one in so many keys shared: no copy that is told by its text alone.
constexpr uint32_t kFewKeysPart = 10;
constexpr double kEditedTitle = 0.8;
// Texts of a cluster that was joined so clearly need no comparison.
constexpr double kClearCoverage = 0.8;

uint32_t Count32(size_t count) {
  return static_cast<uint32_t>(std::min<size_t>(count, std::numeric_limits<uint32_t>::max()));
}

Place OriginalPlace(const base::Hash128& id) {
  Place place;
  place.id = place.article_id = place.cluster_id = id;
  return place;
}

TextView View(const Fingerprint& fingerprint) {
  return {.words = fingerprint.text.codes, .title = fingerprint.title.codes};
}

// The clusters that a text may join, and the best of its twins.
class Matches {
 public:
  void Add(uint64_t document, const base::Hash128& cluster, const Evidence& evidence, bool exact) {
    const double coverage = exact ? 1 : evidence.coverage();
    if (!Knows(cluster)) clusters_.push_back(cluster);
    if (document_.has_value() && (exact_ || (coverage <= coverage_ && !exact))) return;
    document_ = document;
    cluster_ = cluster;
    coverage_ = coverage;
    words_ = Count32(evidence.covered_words);
    exact_ = exact;
  }
  bool Settles(const base::Hash128& cluster) const {
    return coverage_ >= kClearCoverage && Knows(cluster);
  }
  bool empty() const { return !document_.has_value(); }

  Place PlaceOf(const base::Hash128& id, const base::Hash128& twin, size_t also_max) const {
    Place place = OriginalPlace(id);
    place.cluster_id = cluster_;
    place.relation = exact_ ? Relation::kExact : Relation::kCopy;
    place.of = twin;
    place.similarity = coverage_;
    place.shared_words = words_;
    for (const base::Hash128& cluster : clusters_) {
      if (cluster != cluster_ && place.also_matches.size() < also_max) {
        place.also_matches.push_back(cluster);
      }
    }
    return place;
  }
  uint64_t document() const { return *document_; }

 private:
  bool Knows(const base::Hash128& cluster) const {
    return std::find(clusters_.begin(), clusters_.end(), cluster) != clusters_.end();
  }

  std::optional<uint64_t> document_;
  base::Hash128 cluster_;
  double coverage_ = 0;
  uint32_t words_ = 0;
  bool exact_ = false;
  std::vector<base::Hash128> clusters_;
};

}  // namespace

Deduper::Deduper(const DedupeOptions& options)
    : options_(options),
      fingerprinter_(options.fingerprint),
      policy_(options.near_window),
      index_(options.index) {}

bool Deduper::IsComparable(const Arrival& arrival) {
  return !arrival.gone && !arrival.fingerprint.boilerplate && !arrival.fingerprint.keys.empty();
}

Ruling Deduper::Decide(const Arrival& arrival, absl::Time now,
                       absl::FunctionRef<void(const Look&)> look) {
  seen_.Prefetch(arrival.id, arrival.urls, arrival.fingerprint.text.hash);
  index_.Prefetch(arrival.fingerprint.keys);
  Expire(now);
  if (arrival.gone) return DecideGone(arrival);
  auto known = FindArticleOf(arrival);
  if (const auto same = seen_.FindId(arrival.id)) {
    const Place place = seen_.PlaceOf(*same);
    const auto latest = seen_.FindArticle(place.article_id);
    // A page that went, or was withdrawn, may come back as it was.
    if (!latest.has_value() || !seen_.IsGone(*latest)) {
      return {.kind = Ruling::Kind::kRedelivered, .place = place};
    }
    known = {.latest = *latest, .trace = Trace::kId};
  }
  if (known.has_value()) {
    if (auto ruling = DecideByArticle(arrival, *known)) return *std::move(ruling);
  }
  return DecideByText(arrival, now, look);
}

Ruling Deduper::DecideGone(const Arrival& arrival) const {
  const auto known = FindArticleOf(arrival);
  if (!known.has_value()) return {.kind = Ruling::Kind::kUnknownGone, .place = {}};
  const SeenDocument document = seen_.Get(known->latest);
  if (document.gone) return {.kind = Ruling::Kind::kRedelivered, .place = document.place};
  Ruling ruling{.kind = Ruling::Kind::kGone, .place = document.place};
  ruling.place.id = arrival.id;
  ruling.place.relation = Relation::kUpdate;
  ruling.place.of = document.place.id;
  ruling.place.similarity = 0;
  ruling.place.shared_words = 0;
  ruling.place.also_matches.clear();
  return ruling;
}

std::optional<Deduper::Known> Deduper::FindArticleOf(const Arrival& arrival) const {
  for (const uint64_t url : arrival.urls) {
    const auto found = seen_.FindUrl(url);
    if (!found.has_value()) continue;
    const auto latest = seen_.FindArticle(seen_.PlaceOf(*found).article_id);
    if (!latest.has_value()) return std::nullopt;
    const bool claimed = arrival.last_url_claimed && url == arrival.urls.back();
    return Known{.latest = *latest, .trace = claimed ? Trace::kClaimedUrl : Trace::kOwnUrl};
  }
  return std::nullopt;
}

std::optional<Ruling> Deduper::DecideByArticle(const Arrival& arrival, const Known& known) {
  const SeenDocument latest = seen_.Get(known.latest);
  const auto reference = NewestWithText(latest.place.article_id);
  const Evidence evidence = CompareWith(reference, arrival);
  const bool compared = evidence.shorter_words > 0;
  const bool same_text = latest.content == arrival.fingerprint.text.hash ||
                         (arrival.body != 0 && latest.body == arrival.body);
  const bool other_extractor_only = compared && seen_.ContentIs(*reference, latest.content) &&
                                    latest.extractor_version != arrival.extractor_version &&
                                    evidence.coverage() >= kSameTextCoverage;
  Ruling ruling{.kind = Ruling::Kind::kNew, .place = latest.place};
  ruling.place.id = arrival.id;
  ruling.place.of = latest.place.id;
  ruling.place.also_matches.clear();
  // A sign-up box in place of the text says nothing new about the article, nor that it is back.
  const bool box =
      arrival.fingerprint.boilerplate &&
      !(latest.gone && HadText(latest.place.article_id, arrival.fingerprint.text.hash));
  if (box || (!latest.gone && (same_text || other_extractor_only))) {
    ruling.kind = Ruling::Kind::kUnchanged;
    ruling.place.relation = Relation::kExact;
    ruling.place.similarity = 1;
    ruling.place.shared_words = Count32(arrival.fingerprint.text.total);
    return ruling;
  }
  const bool other_story =
      compared ? evidence.coverage() < kSameStoryCoverage && evidence.title() < kSameStoryTitle
               : known.trace == Trace::kClaimedUrl;
  if (other_story && known.trace != Trace::kId) return std::nullopt;
  ++ruling.place.revision;
  ruling.place.relation = Relation::kUpdate;
  ruling.place.similarity = compared ? evidence.coverage() : 0;
  ruling.place.shared_words = compared ? Count32(evidence.covered_words) : 0;
  return ruling;
}

Ruling Deduper::DecideByText(const Arrival& arrival, absl::Time now,
                             absl::FunctionRef<void(const Look&)> look) {
  Ruling ruling{.kind = Ruling::Kind::kNew, .place = OriginalPlace(arrival.id)};
  if (!IsComparable(arrival)) return ruling;
  const absl::Time date = DateOf(arrival, now);
  const auto& candidates = index_.Find(arrival.fingerprint.keys);
  for (const NearDuplicateIndex::Candidate& candidate : candidates) {
    seen_.Prefetch(index_.LabelOf(candidate.number).document);
  }
  if (!candidates.empty()) comparison_.Begin(View(arrival.fingerprint));
  Matches matches;
  for (const NearDuplicateIndex::Candidate& candidate : candidates) {
    const NearDuplicateIndex::Label label = index_.LabelOf(candidate.number);
    const base::Hash128 cluster = seen_.ClusterId(label.document);
    if (matches.Settles(cluster)) continue;
    const TextView text = index_.Text(candidate.number);
    // So few shared keys are either little shared text, or much of it edited: that joins under the
    // same title only.
    if (candidate.shared_keys * kFewKeysPart < candidate.least_keys &&
        comparison_.TitleShare(text) < kEditedTitle) {
      continue;
    }
    const Evidence evidence = comparison_.Compare(text);
    const Judgement judgement =
        policy_.Judge(evidence, {.apart = absl::AbsDuration(date - label.date),
                                 .same_site = arrival.site != 0 && arrival.site == label.site});
    look({.id = seen_.Id(label.document), .evidence = evidence, .judgement = judgement});
    if (!judgement.join) continue;
    const bool exact = seen_.ContentIs(label.document, arrival.fingerprint.text.hash);
    matches.Add(label.document, cluster, evidence, exact);
  }
  if (!matches.empty()) {
    ruling.place =
        matches.PlaceOf(arrival.id, seen_.Id(matches.document()), options_.also_matches_max);
  } else if (candidates.empty() && JoinPolicy::JoinsExact(arrival.fingerprint.text.total)) {
    // Its twin's text may have been forgotten before the document.
    if (const auto twin = seen_.FindContent(arrival.fingerprint.text.hash)) {
      ruling.place.cluster_id = seen_.ClusterId(*twin);
      ruling.place.relation = Relation::kExact;
      ruling.place.of = seen_.Id(*twin);
      ruling.place.similarity = 1;
      ruling.place.shared_words = Count32(arrival.fingerprint.text.total);
    }
  }
  return ruling;
}

std::optional<uint64_t> Deduper::TextOf(uint64_t document) const {
  uint64_t low = index_.begin();
  uint64_t high = index_.end();
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (index_.LabelOf(middle).document < document) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == index_.end() || index_.LabelOf(low).document != document) return std::nullopt;
  return low;
}

std::optional<uint64_t> Deduper::NewestWithText(const base::Hash128& article_id) const {
  return seen_.FindArticle(article_id,
                           [this](uint64_t document) { return TextOf(document).has_value(); });
}

bool Deduper::HadText(const base::Hash128& article_id, const base::Hash128& content) const {
  return seen_
      .FindArticle(article_id,
                   [&](uint64_t document) { return seen_.ContentIs(document, content); })
      .has_value();
}

Evidence Deduper::CompareWith(std::optional<uint64_t> document, const Arrival& arrival) {
  const auto text = document.has_value() ? TextOf(*document) : std::nullopt;
  if (!text.has_value() || !IsComparable(arrival)) return {};
  comparison_.Begin(View(arrival.fingerprint));
  return comparison_.Compare(index_.Text(*text));
}

absl::Time Deduper::DateOf(const Arrival& arrival, absl::Time now) const {
  if (arrival.date == absl::InfinitePast()) return now;
  return std::clamp(arrival.date, now - options_.date_past_max, now + options_.date_future_max);
}

SeenDocument Deduper::Describe(const Arrival& arrival, const Place& place,
                               const LogPlace& log) const {
  SeenDocument document{.place = place,
                        .urls = arrival.urls,
                        .content = {},
                        .body = arrival.body,
                        .extractor_version = arrival.extractor_version,
                        .gone = arrival.gone,
                        .log = log};
  // A box that many pages carry is not met by its text, but its URL's next capture may be the same.
  if (!arrival.gone) document.content = arrival.fingerprint.text.hash;
  return document;
}

void Deduper::Remember(const SeenDocument& document, const Arrival& arrival, absl::Time now) {
  LoadDocument(document);
  if (!IsComparable(arrival)) return;
  index_.Add(View(arrival.fingerprint), arrival.fingerprint.keys,
             {.document = seen_.end() - 1, .date = DateOf(arrival, now), .site = arrival.site});
}

void Deduper::LoadDocument(const SeenDocument& document) {
  seen_.Add(document);
  while (seen_.size() > options_.documents_max) {
    ForgetDocument();
    ++documents_evicted_;
  }
}

void Deduper::LoadText(const StoredText& text) {
  uint64_t low = seen_.begin();
  uint64_t high = seen_.end();
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    const LogPlace log = seen_.Log(middle);
    if (std::pair(log.time, log.offset) < std::pair(text.log.time, text.log.offset)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const auto same = [&](const LogPlace& log) {
    return log.time == text.log.time && log.offset == text.log.offset;
  };
  if (low == seen_.end() || !same(seen_.Log(low))) return;
  fingerprinter_.MakeKeys(text.text.words, loaded_keys_);
  index_.Add(text.text, loaded_keys_, {.document = low, .date = text.date, .site = text.site});
}

void Deduper::ForgetDocument() {
  while (index_.begin() < index_.end() &&
         index_.LabelOf(index_.begin()).document <= seen_.begin()) {
    index_.Forget();
  }
  seen_.Forget();
}

void Deduper::Expire(absl::Time now) {
  const absl::Time oldest_document = now - options_.document_memory;
  while (seen_.size() > 0 && seen_.Log(seen_.begin()).time < oldest_document) ForgetDocument();
  const absl::Time oldest_text = now - options_.text_memory;
  while (index_.begin() < index_.end() &&
         seen_.Log(index_.LabelOf(index_.begin()).document).time < oldest_text) {
    index_.Forget();
  }
}

absl::Time Deduper::OldestDocument() const {
  return seen_.size() == 0 ? absl::InfinitePast() : seen_.Log(seen_.begin()).time;
}

absl::Time Deduper::OldestText() const {
  if (index_.begin() == index_.end()) return absl::InfinitePast();
  return seen_.Log(index_.LabelOf(index_.begin()).document).time;
}

std::optional<SeenDocument> Deduper::Latest(const base::Hash128& article_id) const {
  const auto latest = seen_.FindArticle(article_id);
  if (!latest.has_value()) return std::nullopt;
  return seen_.Get(*latest);
}

std::optional<Place> Deduper::Find(const base::Hash128& id) const {
  const auto known = seen_.FindId(id);
  if (!known.has_value()) return std::nullopt;
  return seen_.PlaceOf(*known);
}

std::optional<SeenDocument> Deduper::Refreshed(const Ruling& ruling, const LogPlace& log) const {
  if (ruling.kind != Ruling::Kind::kUnchanged) return std::nullopt;
  const auto latest = seen_.FindArticle(ruling.place.article_id);
  if (!latest.has_value()) return std::nullopt;
  if (log.time - seen_.Log(*latest).time < options_.document_memory / 4) return std::nullopt;
  SeenDocument document = seen_.Get(*latest);
  document.log = log;
  return document;
}

Deduper::Size Deduper::size() const {
  return {.documents = seen_.size(),
          .texts = index_.end() - index_.begin(),
          .bytes = seen_.bytes() + index_.bytes(),
          .texts_evicted = index_.evicted(),
          .documents_evicted = documents_evicted_};
}

}  // namespace sluice::dedupe
