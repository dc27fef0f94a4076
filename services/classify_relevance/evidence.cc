#include "services/classify_relevance/evidence.h"

#include <algorithm>
#include <map>

namespace sluice::classify_relevance {
namespace {

// A place in the text may be within a character, where this was folded to several: "ss" for "ß".
bool IsWithinCharacter(std::string_view source, size_t at) {
  return at < source.size() && (static_cast<unsigned char>(source[at]) & 0xC0) == 0x80;
}

// The end of the word that a term begins: letters of scripts that separate words follow it.
size_t WordEnd(std::string_view source, size_t end) {
  while (IsWithinCharacter(source, end)) ++end;
  constexpr size_t kWordBytesMax = 40;
  const size_t most = std::min(source.size(), end + kWordBytesMax);
  while (end < most) {
    const auto c = static_cast<unsigned char>(source[end]);
    const bool ascii = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!ascii && (c < 0xC3 || c > 0xDF)) break;
    end += ascii ? 1 : 2;
  }
  return std::min(end, source.size());
}

// Regions of a hit, as bits by their number.
constexpr size_t kRegions = 5;
uint32_t RegionsOf(const Passage& passage, const Zones& zones, const Hit& hit) {
  const auto bit = [](Region region) { return 1U << static_cast<uint32_t>(region); };
  uint32_t regions = bit(Region::kAll) | bit(Region::kNone);
  const bool title = hit.begin < passage.title_bytes;
  const uint32_t offset = title ? 0 : hit.begin - passage.text_start();
  if (title) regions |= bit(Region::kTitle);
  if (title || offset < zones.lead_bytes) regions |= bit(Region::kLead);
  if (title || offset < zones.top_bytes) regions |= bit(Region::kTop);
  return regions;
}

}  // namespace

data::v1::Zone ZoneOf(const Passage& passage, const Zones& zones, const Hit& hit) {
  if (hit.begin < passage.title_bytes) return data::v1::ZONE_TITLE;
  const uint32_t offset = hit.begin - passage.text_start();
  if (offset < zones.lead_bytes) return data::v1::ZONE_LEAD;
  const bool tail = passage.text_bytes() > zones.top_bytes &&
                    offset >= passage.text_bytes() * (1 - zones.tail_share);
  return tail ? data::v1::ZONE_TAIL : data::v1::ZONE_BODY;
}

std::vector<double> HitWeights(const Passage& passage, const Topic& topic,
                               const FeatureSet& features, const std::vector<Hit>& hits,
                               absl::Span<const double> shares) {
  // Hits by concept and region, then what each of them gets, then the sum of a hit's regions.
  const size_t cells = topic.concepts.size() * kRegions;
  std::vector<uint32_t> counts(cells, 0);
  std::vector<uint32_t> regions;
  regions.reserve(hits.size());
  for (const Hit& hit : hits) {
    regions.push_back(RegionsOf(passage, topic.zones, hit));
    for (size_t r = 0; r < kRegions; ++r) {
      counts[hit.concept_index * kRegions + r] += regions.back() >> r & 1;
    }
  }
  std::vector<double> portions(cells, 0);
  for (size_t f = 0; f < shares.size(); ++f) {
    const Feature& feature = features.features()[f];
    if (shares[f] == 0) continue;
    for (const Region region : {feature.region, Region::kAll}) {
      const auto r = static_cast<size_t>(region);
      uint32_t made = 0;
      for (const uint16_t index : feature.concepts) made += counts[index * kRegions + r];
      if (made == 0) continue;
      for (const uint16_t index : feature.concepts) {
        portions[index * kRegions + r] += shares[f] / made;
      }
      break;
    }
  }
  std::vector<double> weights(hits.size(), 0);
  for (size_t i = 0; i < hits.size(); ++i) {
    for (size_t r = 0; r < kRegions; ++r) {
      if ((regions[i] >> r & 1) != 0) weights[i] += portions[hits[i].concept_index * kRegions + r];
    }
  }
  return weights;
}

std::vector<data::v1::Evidence> MakeEvidence(const Passage& passage, const Topic& topic,
                                             const std::vector<Hit>& hits,
                                             absl::Span<const double> hit_weights,
                                             std::string_view title, std::string_view text,
                                             size_t items_max) {
  struct Sum {
    size_t first = 0;
    double weight = 0;
  };
  std::map<std::pair<uint16_t, uint32_t>, Sum> sums;
  for (size_t i = 0; i < hits.size(); ++i) {
    const auto [place, added] =
        sums.try_emplace({hits[i].concept_index, hits[i].literal}, Sum{i, 0});
    place->second.weight += hit_weights[i];
  }
  std::vector<Sum> order;
  order.reserve(sums.size());
  for (const auto& [key, sum] : sums) order.push_back(sum);
  std::sort(order.begin(), order.end(), [](const Sum& a, const Sum& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.first < b.first;
  });
  std::vector<data::v1::Evidence> evidence;
  for (const Sum& sum : order) {
    if (evidence.size() == items_max || sum.weight <= 0) break;
    const Hit& hit = hits[sum.first];
    const data::v1::Zone zone = ZoneOf(passage, topic.zones, hit);
    // A line break stands between title and text.
    const uint32_t shift = zone == data::v1::ZONE_TITLE ? 0 : passage.original_title_bytes + 1;
    uint32_t begin = passage.folded.OriginalOffset(hit.begin) - shift;
    const std::string_view source = zone == data::v1::ZONE_TITLE ? title : text;
    while (begin > 0 && IsWithinCharacter(source, begin)) --begin;
    const size_t end = WordEnd(source, passage.folded.OriginalOffset(hit.end) - shift);
    data::v1::Evidence& item = evidence.emplace_back();
    item.set_concept_id(topic.concepts[hit.concept_index].name);
    if (begin < source.size()) item.set_surface(std::string(source.substr(begin, end - begin)));
    item.set_zone(zone);
    item.set_offset(begin);
    item.set_weight(sum.weight);
  }
  return evidence;
}

std::vector<data::v1::Facet> MakeFacets(const Passage& passage, const Topic& topic,
                                        const std::vector<Hit>& hits) {
  // Passages of the text that speak of the topic.
  const uint32_t size = topic.zones.passage_bytes;
  std::vector<bool> speaks(passage.text_bytes() / size + 1);
  for (const Hit& hit : hits) {
    const bool anchor =
        std::binary_search(topic.anchors.begin(), topic.anchors.end(), hit.concept_index);
    if (anchor && hit.begin >= passage.text_start()) {
      speaks[(hit.begin - passage.text_start()) / size] = true;
    }
  }
  std::vector<int> strength(topic.concepts.size(), 0);
  for (const Hit& hit : hits) {
    const data::v1::Zone zone = ZoneOf(passage, topic.zones, hit);
    if (zone == data::v1::ZONE_TITLE || zone == data::v1::ZONE_LEAD) {
      strength[hit.concept_index] += 2;
    } else if (speaks[(hit.begin - passage.text_start()) / size]) {
      strength[hit.concept_index] += 1;
    }
  }
  std::vector<data::v1::Facet> facets;
  for (const FacetRule& rule : topic.facets) {
    data::v1::Facet facet;
    facet.set_name(rule.name);
    for (const FacetValue& value : rule.values) {
      int sum = 0;
      for (const uint16_t index : value.concepts) sum += strength[index];
      if (sum >= 2) facet.add_values(value.name);
    }
    if (facet.values_size() > 0) facets.push_back(std::move(facet));
  }
  return facets;
}

}  // namespace sluice::classify_relevance
