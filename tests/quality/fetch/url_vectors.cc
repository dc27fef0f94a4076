#include <optional>
#include <string>

#include "pipeline/base/strings.h"
#include "pipeline/url/url.h"
#include "tests/quality/fetch/vectors.h"

namespace sluice::quality {
namespace {

using nlohmann::json;

// The parts as the standard's URL class names them.
json PartsOf(const url::Url& url) {
  const auto prefixed = [](const char* mark, const std::optional<std::string>& part) {
    return part && !part->empty() ? mark + *part : std::string();
  };
  return {{"href", url.href()},
          {"scheme", url.scheme()},
          {"hostname", url.host()},
          {"port", url.port() ? std::to_string(*url.port()) : ""},
          {"pathname", url.path()},
          {"search", prefixed("?", url.query())},
          {"hash", prefixed("#", url.fragment())},
          {"username", url.username()},
          {"password", url.password()}};
}

bool Meets(const json& row, const absl::StatusOr<url::Url>& url) {
  if (row["href"].is_null() || !url.ok()) return row["href"].is_null() == !url.ok();
  const json parts = PartsOf(*url);
  for (const auto& [name, value] : parts.items()) {
    if (row.contains(name) && !row[name].is_null() && row[name] != value) return false;
  }
  return !row.contains("origin") || row["origin"].is_null() || row["origin"] == "null" ||
         row["origin"] == url->Origin();
}

}  // namespace

Score RunUrls(const std::filesystem::path& data) {
  Score score;
  ForEachRow(data / "urls" / "urls.jsonl", [&](const json& row) {
    std::optional<url::Url> base;
    if (!row["base"].is_null()) {
      if (auto parsed = url::Url::Parse(row["base"].get<std::string>()); parsed.ok()) {
        base = *std::move(parsed);
      }
    }
    const std::string input = row["input"];
    const absl::StatusOr<url::Url> url =
        base ? url::Url::Parse(input, *base) : url::Url::Parse(input);
    const bool met = Meets(row, url);
    if (!met) {
      Differs("url", row.dump(), row["href"].dump(),
              url.ok() ? PartsOf(*url).dump() : url.status().ToString());
    }
    score.Add(met, false);
  });
  return score;
}

}  // namespace sluice::quality
