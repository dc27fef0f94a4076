#include "services/classify_relevance/evidence.h"

#include <algorithm>
#include <map>

namespace sluice::classify_relevance {
namespace {

bool InRegion(const Passage& passage, const Zones& zones, const Hit& hit, Region region) {
  const bool title = hit.begin < passage.title_bytes;
  const uint32_t offset = title ? 0 : hit.begin - passage.text_start();
  switch (region) {
    case Region::kTitle:
      return title;
    case Region::kLead:
      return title || offset < zones.lead_bytes;
    case Region::kTop:
      return title || offset < zones.top_bytes;
    case Region::kTail:
      return !title && offset >= passage.text_bytes() * (1 - zones.tail_share);
    case Region::kAll:
    case Region::kNone:
      return true;
  }
  return true;
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
  std::vector<double> weights(hits.size(), 0);
  std::vector<std::vector<size_t>> by_concept(topic.concepts.size());
  for (size_t i = 0; i < hits.size(); ++i) by_concept[hits[i].concept_index].push_back(i);
  std::vector<size_t> made;
  for (size_t f = 0; f < shares.size(); ++f) {
    const Feature& feature = features.features()[f];
    if (shares[f] == 0) continue;
    for (const Region region : {feature.region, Region::kAll}) {
      made.clear();
      for (const uint16_t index : feature.concepts) {
        for (const size_t i : by_concept[index]) {
          if (InRegion(passage, topic.zones, hits[i], region)) made.push_back(i);
        }
      }
      if (!made.empty()) break;
    }
    for (const size_t i : made) weights[i] += shares[f] / static_cast<double>(made.size());
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
    const uint32_t begin = passage.folded.OriginalOffset(hit.begin) - shift;
    const uint32_t end = passage.folded.OriginalOffset(hit.end) - shift;
    const std::string_view source = zone == data::v1::ZONE_TITLE ? title : text;
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
