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
enum class Measured { kAll, kPeak, kPlaces, kCover };
struct Step {
  Measured of;
  std::string_view what;
  float min;
};
constexpr Step kSteps[] = {
    {Measured::kAll, "all", 2},         {Measured::kAll, "all", 5},
    {Measured::kAll, "all", 10},        {Measured::kAll, "all", 20},
    {Measured::kPeak, "peak", 2},       {Measured::kPeak, "peak", 4},
    {Measured::kPeak, "peak", 8},       {Measured::kPlaces, "places", 2},
    {Measured::kPlaces, "places", 4},   {Measured::kPlaces, "places", 8},
    {Measured::kCover, "cover", 0.15F}, {Measured::kCover, "cover", 0.4F},
    {Measured::kCover, "cover", 0.7F},
};

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
  float tail = 0;
  float kinds = 0;
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
  features_.push_back({owner + ".count", Region::kAll, concepts});
  features_.push_back({owner + ".first", Region::kAll, concepts});
  features_.push_back({owner + ".kinds", Region::kAll, concepts});
  if (!group) return;
  features_.push_back({owner + ".cover", Region::kAll, concepts});
  features_.push_back({owner + ".tail", Region::kTail, concepts});
  features_.push_back({owner + ".all", Region::kAll, concepts});
  features_.push_back({owner + ".peak", Region::kAll, concepts});
  features_.push_back({owner + ".places", Region::kAll, concepts});
  for (const Step& step : kSteps) {
    features_.push_back(
        {fmt::format("{}.{}>={}", owner, step.what, step.min), Region::kAll, concepts});
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
  features_.push_back({owner + ".near_top", Region::kTop, concepts});
  features_.push_back({owner + ".near", Region::kAll, concepts});
  features_.push_back({owner + ".near_all", Region::kAll, concepts});
  features_.push_back({owner + ".near_share", Region::kAll, concepts});
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
  const uint32_t bytes = passage.text_bytes();
  const uint32_t tail =
      bytes <= zones.top_bytes ? UINT32_MAX : static_cast<uint32_t>(bytes * (1 - zones.tail_share));
  thread_local std::vector<uint64_t> kinds;
  kinds.clear();
  for (const Hit& hit : hits) {
    kinds.push_back(uint64_t{hit.concept_index} << 32 | hit.literal);
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
      tally.tail += !in_title && offset >= tail ? 1 : 0;
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
  std::sort(kinds.begin(), kinds.end());
  kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
  for (const uint64_t kind : kinds) {
    const size_t owner = kind >> 32;
    tallies[owner].kinds += 1;
    for (uint64_t groups = concept_groups_[owner]; groups != 0; groups &= groups - 1) {
      tallies[concepts + static_cast<size_t>(std::countr_zero(groups))].kinds += 1;
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
    values.push_back(std::log1p(tally.decayed / (kilobytes + 0.3F)));
    values.push_back(std::log1p(tally.decayed));
    values.push_back(tally.first == UINT32_MAX ? 0.0F
                                               : 1 / (1 + static_cast<float>(tally.first) / 500));
    values.push_back(std::log1p(tally.kinds));
    if (!group) return;
    const float cover = static_cast<float>(std::popcount(tally.passages & kFirstPlaces)) / places;
    const auto peak = static_cast<float>(Peak(tally.places));
    const auto covered = static_cast<float>(
        std::count_if(tally.places.begin(), tally.places.end(), [](uint8_t n) { return n > 0; }));
    values.push_back(cover);
    values.push_back(tally.all == 0 ? 0.0F : tally.tail / (tally.all + 2));
    values.push_back(std::log1p(tally.all));
    values.push_back(std::log1p(peak));
    values.push_back(std::log1p(covered));
    for (const Step& step : kSteps) {
      const float value = step.of == Measured::kAll      ? tally.all
                          : step.of == Measured::kPeak   ? peak
                          : step.of == Measured::kPlaces ? covered
                                                         : cover;
      values.push_back(value >= step.min ? 1 : 0);
    }
  };
  for (const uint16_t index : scoring_) put(tallies[index], false);
  for (size_t g = 0; g < topic_.groups.size(); ++g) {
    if (!topic_.groups[g].single) put(tallies[topic_.concepts.size() + g], true);
  }
  MeasureCrosses(passage, hits, tallies, values);
}

void FeatureSet::MeasureCrosses(const Passage& passage, const std::vector<Hit>& hits,
                                const std::vector<Tally>& tallies,
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
    float near_top = 0;
    float near = 0;
    float near_all = 0;
    if (a.all > 0 && b.all > 0) {
      const uint64_t bit_a = uint64_t{1} << cross.first;
      const uint64_t bit_b = uint64_t{1} << cross.second;
      // Each hit of the first group counts once if one of the second is near on either side.
      int64_t last_b = INT64_MIN / 2;
      size_t next = 0;
      for (size_t i = 0; i < hits.size(); ++i) {
        const uint64_t groups = concept_groups_[hits[i].concept_index];
        if ((groups & bit_a) != 0) {
          next = std::max(next, i + 1);
          while (next < hits.size() && (concept_groups_[hits[next].concept_index] & bit_b) == 0)
            ++next;
          const bool before = hits[i].begin - last_b <= topic_.zones.near_bytes;
          const bool after = next < hits.size() &&
                             int64_t{hits[next].begin} - hits[i].end <= topic_.zones.near_bytes;
          if (before || after) {
            const bool in_title = hits[i].begin < passage.title_bytes;
            const uint32_t offset = in_title ? 0 : hits[i].begin - passage.text_start();
            near += in_title ? 1.0F : DecayAt(offset);
            near_all += 1;
            near_top += offset < topic_.zones.top_bytes ? 1 : 0;
          }
        }
        if ((groups & bit_b) != 0) last_b = hits[i].end;
      }
    }
    values.push_back(std::log1p(near_top));
    values.push_back(std::log1p(near));
    values.push_back(std::log1p(near_all));
    values.push_back(near_all / (a.all + 2));
    values.push_back(static_cast<float>(std::popcount(a.passages & b.passages & kFirstPlaces)) /
                     places);
  }
}

}  // namespace sluice::classify_relevance
