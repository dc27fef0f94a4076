#pragma once

#include <nlohmann/json.hpp>

#include "sluice/data/v1/feed_item.pb.h"

namespace sluice::cli {

// What a topic says of a document, as JSON output has it: facets as an object of lists, evidence as
// a list of concept, surface, zone, offset and weight.
nlohmann::ordered_json FacetsJson(const data::v1::TopicMatch& match);
nlohmann::ordered_json EvidenceJson(const data::v1::TopicMatch& match);

}  // namespace sluice::cli
