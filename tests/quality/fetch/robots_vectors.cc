#include <fmt/format.h>

#include "services/fetch/robots.h"
#include "tests/quality/fetch/vectors.h"

namespace sluice::quality {
namespace {

using nlohmann::json;

json Answer(const json& row, const fetch::Robots& robots) {
  if (row.contains("url")) {
    const auto url = url::Url::Parse(row["url"].get<std::string>());
    return url.ok() && robots.Allows(*url);
  }
  if (row.contains("sitemaps")) return robots.sitemaps();
  if (!robots.crawl_delay()) return nullptr;
  return absl::ToDoubleSeconds(*robots.crawl_delay());
}

const json& Expected(const json& row) {
  if (row.contains("url")) return row["allowed"];
  return row.contains("sitemaps") ? row["sitemaps"] : row["crawl_delay"];
}

}  // namespace

Score RunRobots(const std::filesystem::path& data) {
  Score score;
  ForEachRow(data / "robots" / "robots.jsonl", [&](const json& row) {
    const std::string text = row.contains("robots_b64")
                                 ? FromBase64(row["robots_b64"].get<std::string>())
                                 : row["robots"].get<std::string>();
    const auto robots = fetch::Robots::Parse(text, row.value("agent", std::string("anybot")));
    const json answer = Answer(row, robots);
    const bool met = answer == Expected(row);
    if (!met) Differs("robots", row.dump(), Expected(row).dump(), answer.dump());
    score.Add(met, false);
  });
  return score;
}

}  // namespace sluice::quality
