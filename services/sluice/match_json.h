#pragma once

#include <nlohmann/json.hpp>

#include "sluice/data/v1/feed_item.pb.h"

namespace sluice::cli {

// "title", "lead", "body" or "tail"; empty: none of them.
const char* ZoneName(data::v1::Zone zone);

// Facets as an object of lists.
nlohmann::ordered_json FacetsJson(const data::v1::TopicMatch& match);

// What a topic says of a document: score, related, facets, and evidence as a list of concept,
// surface, zone, offset and weight.
nlohmann::ordered_json MatchJson(const data::v1::TopicMatch& match);

// The same of several, each with its topic's name first.
nlohmann::ordered_json MatchesJson(
    const google::protobuf::RepeatedPtrField<data::v1::TopicMatch>& matches);

}  // namespace sluice::cli
