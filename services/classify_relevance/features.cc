#include "services/classify_relevance/features.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "pipeline/base/strings.h"

namespace sluice::classify_relevance {
namespace {

// Text beyond counts less and less: an article's matter is near its beginning, appended stories are
// not.
constexpr uint32_t kDecayStepBytes = 64;
constexpr double kDecayBytes = 3000;

const std::array<float, 512>& Decay() {
  static const std::array<float, 512> table = [] {
    std::array<float, 512> made{};
    for (size_t i = 0; i < made.size(); ++i) {
      made[i] =
          static_cast<float>(std::exp(-static_cast<double>(i * kDecayStepBytes) / kDecayBytes));
    }
    return made;
  }();
  return table;
}

float DecayAt(uint32_t offset) {
  const size_t step = offset / kDecayStepBytes;
  return step < Decay().size() ? Decay()[step] : 0.0F;
}

constexpr uint32_t kHeadlineBytes = 120;

// Passages that are told apart; later ones are not looked at one by one.
constexpr size_t kPlaces = 160;
// Neighbouring passages that make a section.
constexpr size_t kSectionPlaces = 4;

// Steps of a group's numbers: a straight line alone cannot say that two mentions are far more than
// one and twelve hardly more than ten.
enum class Measured { kAll, kPeak, kPlaces, kCover, kDecayed, kRate };
struct Steps {
  Measured of;
  std::string_view what;
  std::vector<float> least;
};
const std::vector<Steps>& AllSteps() {
  static const std::vector<Steps> steps = {
      {Measured::kAll, "all", {1, 2, 3, 5, 7, 10, 15, 20, 40}},
      {Measured::kPeak, "peak", {2, 4, 8}},
      {Measured::kPlaces, "places", {1, 2, 3, 4, 6, 8, 12}},
      {Measured::kCover, "cover", {0.15F, 0.4F, 0.7F}},
      {Measured::kDecayed, "count", {0.4F, 1, 2, 4, 8, 20}},
      {Measured::kRate, "rate", {0.25F, 0.6F, 1.5F, 3, 6}},
  };
  return steps;
}

// Hits of the section that has most of them.
template <typename Counts>
int Peak(const Counts& counts) {
  int sum = 0;
  int most = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    sum += counts[i] - (i >= kSectionPlaces ? counts[i - kSectionPlaces] : 0);
    most = std::max(most, sum);
  }
  return most;
}

// Sum of the decay over a text of so many bytes, in steps.
float DecayedBytes(uint32_t bytes) {
  return static_cast<float>(kDecayBytes *
                            (1 - std::exp(-static_cast<double>(bytes) / kDecayBytes)));
}

}  // namespace

// Counts of one concept or group.
struct FeatureSet::Tally {
  float title = 0;
  float lead = 0;
  float top = 0;
  float all = 0;
  float decayed = 0;
  uint32_t first = UINT32_MAX;            // Offset in the text; 0 if in the title.
  uint64_t passages = 0;                  // Bits of the first 64.
  std::array<uint8_t, kPlaces> places{};  // Hits by passage of the text; of groups only.
};

FeatureSet::FeatureSet(const Topic& topic) : topic_(topic) {
  anchors_.resize(topic.concepts.size());
  for (const uint16_t anchor : topic.anchors) anchors_[anchor] = true;
  concept_groups_.resize(topic.concepts.size());
  for (size_t g = 0; g < topic.groups.size(); ++g) {
    for (const uint16_t member : topic.groups[g].concepts)
      concept_groups_[member] |= uint64_t{1} << g;
  }
  features_.push_back({"text.log_bytes", Region::kNone, {}});
  features_.push_back({"text.has_title", Region::kNone, {}});
  for (size_t c = 0; c < topic.concepts.size(); ++c) {
    if (!topic.concepts[c].scores) continue;
    scoring_.push_back(static_cast<uint16_t>(c));
    Name(topic.concepts[c].name, {static_cast<uint16_t>(c)}, false);
  }
  for (const Group& group : topic.groups) {
    if (!group.single) Name(group.name, group.concepts, true);
  }
  for (const Cross& cross : topic.crosses) NameCross(cross);
}

void FeatureSet::Name(const std::string& owner, const std::vector<uint16_t>& concepts, bool group) {
  features_.push_back({owner + ".title", Region::kTitle, concepts});
  features_.push_back({owner + ".lead", Region::kLead, concepts});
  features_.push_back({owner + ".top", Region::kTop, concepts});
  features_.push_back({owner + ".rate", Region::kAll, concepts});
  if (!group) return;
  for (const std::string_view what : {"count", "first", "cover", "all", "peak", "places"}) {
    features_.push_back({fmt::format("{}.{}", owner, what), Region::kAll, concepts});
  }
  for (const Steps& steps : AllSteps()) {
    for (const float least : steps.least) {
      features_.push_back(
          {fmt::format("{}.{}>={}", owner, steps.what, least), Region::kAll, concepts});
    }
  }
}

void FeatureSet::NameCross(const Cross& cross) {
  const Group& a = topic_.groups[cross.first];
  const Group& b = topic_.groups[cross.second];
  const std::string owner = a.name + "+" + b.name;
  std::vector<uint16_t> concepts = a.concepts;
  concepts.insert(concepts.end(), b.concepts.begin(), b.concepts.end());
  std::sort(concepts.begin(), concepts.end());
  concepts.erase(std::unique(concepts.begin(), concepts.end()), concepts.end());
  features_.push_back({owner + ".title", Region::kTitle, concepts});
  features_.push_back({owner + ".lead", Region::kLead, concepts});
  features_.push_back({owner + ".cover", Region::kAll, concepts});
}

bool FeatureSet::Anchored(const std::vector<Hit>& hits) const {
  return std::any_of(hits.begin(), hits.end(),
                     [this](const Hit& hit) { return anchors_[hit.concept_index]; });
}

// Tallies of the concepts, then of the groups.
void FeatureSet::Count(const Passage& passage, const std::vector<Hit>& hits,
                       std::vector<Tally>& tallies) const {
  const Zones& zones = topic_.zones;
  const size_t concepts = topic_.concepts.size();
  tallies.assign(concepts + topic_.groups.size(), Tally());
  for (const Hit& hit : hits) {
    // Where there is no headline the text's first words do its work.
    const bool in_title =
        hit.begin < (passage.title_bytes > 0 ? passage.title_bytes : kHeadlineBytes);
    const uint32_t offset = hit.begin < passage.text_start() ? 0 : hit.begin - passage.text_start();
    const float decay = in_title ? 1.0F : DecayAt(offset);
    const uint32_t place = offset / zones.passage_bytes;
    const auto add = [&](Tally& tally) {
      tally.title += in_title ? 1 : 0;
      tally.lead += !in_title && offset < zones.lead_bytes ? 1 : 0;
      tally.top += !in_title && offset < zones.top_bytes ? 1 : 0;
      tally.all += 1;
      tally.decayed += decay;
      tally.first = std::min(tally.first, offset);
      if (!in_title && place < 64) tally.passages |= uint64_t{1} << place;
    };
    add(tallies[hit.concept_index]);
    for (uint64_t groups = concept_groups_[hit.concept_index]; groups != 0; groups &= groups - 1) {
      Tally& tally = tallies[concepts + static_cast<size_t>(std::countr_zero(groups))];
      add(tally);
      if (!in_title && place < kPlaces && tally.places[place] < 255) ++tally.places[place];
    }
  }
}

void FeatureSet::Measure(const Passage& passage, const std::vector<Hit>& hits,
                         std::vector<float>& values) const {
  thread_local std::vector<Tally> tallies;
  Count(passage, hits, tallies);
  const uint32_t bytes = std::max(1U, passage.text_bytes());
  const float kilobytes = DecayedBytes(bytes) / 1000;
  const float places =
      static_cast<float>(std::min<uint32_t>(20, (bytes - 1) / topic_.zones.passage_bytes + 1));
  constexpr uint64_t kFirstPlaces = (uint64_t{1} << 20) - 1;
  values.clear();
  values.push_back(std::log1p(static_cast<float>(bytes) / 1000));
  values.push_back(passage.title_bytes > 0 ? 1 : 0);
  const auto put = [&](const Tally& tally, bool group) {
    values.push_back(std::min(tally.title, 2.0F));
    values.push_back(std::log1p(tally.lead));
    values.push_back(std::log1p(tally.top));
    const float rate = tally.decayed / (kilobytes + 0.3F);
    values.push_back(std::log1p(rate));
    if (!group) return;
    const float cover = static_cast<float>(std::popcount(tally.passages & kFirstPlaces)) / places;
    const auto peak = static_cast<float>(Peak(tally.places));
    const auto covered = static_cast<float>(
        std::count_if(tally.places.begin(), tally.places.end(), [](uint8_t n) { return n > 0; }));
    values.push_back(std::log1p(tally.decayed));
    values.push_back(tally.first == UINT32_MAX ? 0.0F
                                               : 1 / (1 + static_cast<float>(tally.first) / 500));
    values.push_back(cover);
    values.push_back(std::log1p(tally.all));
    values.push_back(std::log1p(peak));
    values.push_back(std::log1p(covered));
    for (const Steps& steps : AllSteps()) {
      const float value = steps.of == Measured::kAll       ? tally.all
                          : steps.of == Measured::kPeak    ? peak
                          : steps.of == Measured::kPlaces  ? covered
                          : steps.of == Measured::kCover   ? cover
                          : steps.of == Measured::kDecayed ? tally.decayed
                                                           : rate;
      for (const float least : steps.least) values.push_back(value >= least ? 1 : 0);
    }
  };
  for (const uint16_t index : scoring_) put(tallies[index], false);
  for (size_t g = 0; g < topic_.groups.size(); ++g) {
    if (!topic_.groups[g].single) put(tallies[topic_.concepts.size() + g], true);
  }
  MeasureCrosses(passage, tallies, values);
}

void FeatureSet::MeasureCrosses(const Passage& passage, const std::vector<Tally>& tallies,
                                std::vector<float>& values) const {
  const uint32_t bytes = std::max(1U, passage.text_bytes());
  const float places =
      static_cast<float>(std::min<uint32_t>(20, (bytes - 1) / topic_.zones.passage_bytes + 1));
  constexpr uint64_t kFirstPlaces = (uint64_t{1} << 20) - 1;
  for (const Cross& cross : topic_.crosses) {
    const Tally& a = tallies[topic_.concepts.size() + cross.first];
    const Tally& b = tallies[topic_.concepts.size() + cross.second];
    values.push_back(a.title > 0 && b.title > 0 ? 1 : 0);
    values.push_back(a.title + a.lead > 0 && b.title + b.lead > 0 ? 1 : 0);
    values.push_back(static_cast<float>(std::popcount(a.passages & b.passages & kFirstPlaces)) /
                     places);
  }
}

}  // namespace sluice::classify_relevance
