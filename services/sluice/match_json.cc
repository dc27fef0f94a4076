#include "services/sluice/match_json.h"

#include <string>
#include <vector>

namespace sluice::cli {
namespace {

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

}  // namespace

nlohmann::ordered_json FacetsJson(const data::v1::TopicMatch& match) {
  nlohmann::ordered_json facets = nlohmann::ordered_json::object();
  for (const data::v1::Facet& facet : match.facets()) {
    facets[facet.name()] = std::vector<std::string>(facet.values().begin(), facet.values().end());
  }
  return facets;
}

nlohmann::ordered_json EvidenceJson(const data::v1::TopicMatch& match) {
  nlohmann::ordered_json evidence = nlohmann::ordered_json::array();
  for (const data::v1::Evidence& item : match.evidence()) {
    evidence.push_back({{"concept", item.concept_id()},
                        {"surface", item.surface()},
                        {"zone", ZoneName(item.zone())},
                        {"offset", item.offset()},
                        {"weight", item.weight()}});
  }
  return evidence;
}

}  // namespace sluice::cli
