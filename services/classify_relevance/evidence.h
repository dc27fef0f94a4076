#pragma once

#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "services/classify_relevance/features.h"
#include "services/classify_relevance/lexicon.h"
#include "services/classify_relevance/topic.h"
#include "sluice/data/v1/feed_item.pb.h"

namespace sluice::classify_relevance {

// The zone of a hit.
data::v1::Zone ZoneOf(const Passage& passage, const Zones& zones, const Hit& hit);

// What each hit adds to a score's sum: a feature's share is divided evenly among the hits that made
// it, those of its region or, if none is there, all of its concepts. `shares` has one number a
// feature.
std::vector<double> HitWeights(const Passage& passage, const Topic& topic,
                               const FeatureSet& features, const std::vector<Hit>& hits,
                               absl::Span<const double> shares);

// The `items_max` terms that added most, the weightiest first; every term once, where it stands
// first, with the sum of its hits. `title` and `text` are the document's own.
std::vector<data::v1::Evidence> MakeEvidence(const Passage& passage, const Topic& topic,
                                             const std::vector<Hit>& hits,
                                             absl::Span<const double> hit_weights,
                                             std::string_view title, std::string_view text,
                                             size_t items_max);

// Values of the topic's facets that the document shows: one hit in the title or lead, or two in the
// text, in passages that hold an anchor.
std::vector<data::v1::Facet> MakeFacets(const Passage& passage, const Topic& topic,
                                        const std::vector<Hit>& hits);

}  // namespace sluice::classify_relevance
