#include "services/sluice/match_json.h"

#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {

const char* ZoneName(data::v1::Zone zone) {
  switch (zone) {
    case data::v1::ZONE_TITLE:
      return "title";
    case data::v1::ZONE_LEAD:
      return "lead";
    case data::v1::ZONE_BODY:
      return "body";
    case data::v1::ZONE_TAIL:
      return "tail";
    default:
      return "";
  }
}

nlohmann::ordered_json FacetsJson(const data::v1::TopicMatch& match) {
  nlohmann::ordered_json facets = nlohmann::ordered_json::object();
  for (const data::v1::Facet& facet : match.facets()) {
    facets[facet.name()] = std::vector<std::string>(facet.values().begin(), facet.values().end());
  }
  return facets;
}

nlohmann::ordered_json MatchJson(const data::v1::TopicMatch& match) {
  nlohmann::ordered_json evidence = nlohmann::ordered_json::array();
  for (const data::v1::Evidence& item : match.evidence()) {
    evidence.push_back({{"concept", item.concept_id()},
                        {"surface", item.surface()},
                        {"zone", ZoneName(item.zone())},
                        {"offset", item.offset()},
                        {"weight", item.weight()}});
  }
  return {{"score", match.score()},
          {"related", match.related()},
          {"facets", FacetsJson(match)},
          {"evidence", std::move(evidence)}};
}

nlohmann::ordered_json MatchesJson(
    const google::protobuf::RepeatedPtrField<data::v1::TopicMatch>& matches) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const data::v1::TopicMatch& match : matches) {
    nlohmann::ordered_json fields = {{"topic", match.topic()}};
    fields.update(MatchJson(match));
    all.push_back(std::move(fields));
  }
  return all;
}

}  // namespace sluice::cli
