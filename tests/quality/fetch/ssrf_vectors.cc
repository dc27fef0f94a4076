#include <vector>

#include "services/fetch/address_policy.h"
#include "tests/quality/fetch/vectors.h"

namespace sluice::quality {
namespace {

using fetch::AddressPolicy;
using nlohmann::json;

// Asks as the HTTP client does: the URL before the look-up, then the addresses. The addresses that
// would be connected to go to `used`.
absl::Status Ask(const AddressPolicy& policy, const url::Url& url, const json& answers,
                 std::vector<std::string>& used) {
  if (absl::Status status = policy.CheckUrl(url); !status.ok()) return status;
  if (url.address()) return absl::OkStatus();
  if (answers.is_null()) return absl::OkStatus();
  std::vector<url::IpAddress> addresses;
  for (const std::string text : answers) {
    const auto address = url::IpAddress::Parse(text);
    if (!address) return absl::InvalidArgumentError("no address: " + text);
    addresses.push_back(*address);
  }
  const auto connectable = policy.Connectable(addresses);
  if (!connectable.ok()) return connectable.status();
  for (const url::IpAddress& address : *connectable) used.push_back(address.ToString());
  return absl::OkStatus();
}

absl::Status AskRow(const AddressPolicy& policy, const json& row, std::vector<std::string>& used) {
  const auto url = url::Url::Parse(row["url"].get<std::string>());
  if (!url.ok()) return url.status();
  if (absl::Status status = Ask(policy, *url, row["resolves_to"], used); !status.ok())
    return status;
  if (row.contains("resolves_to_next")) {
    if (absl::Status status = Ask(policy, *url, row["resolves_to_next"], used); !status.ok()) {
      return status;
    }
  }
  url::Url at = *url;
  for (const std::string location : row.value("redirects", json::array())) {
    const auto next = url::Url::Parse(location, at);
    if (!next.ok()) return next.status();
    if (absl::Status status = Ask(policy, *next, row["resolves_to"], used); !status.ok()) {
      return status;
    }
    at = *next;
  }
  return absl::OkStatus();
}

}  // namespace

Score RunSsrf(const std::filesystem::path& data) {
  const AddressPolicy policy = *AddressPolicy::Create({});
  Score score;
  ForEachRow(data / "ssrf" / "ssrf.jsonl", [&](const json& row) {
    std::vector<std::string> used;
    const absl::Status status = AskRow(policy, row, used);
    bool met = status.ok() != row["refuse"].get<bool>();
    if (!met && status.ok() && row.value("public_only_ok", false)) {
      // Only the public ones of a mixed answer: each alone must pass, and one must be left out.
      met = !used.empty() && used.size() < row["resolves_to"].size();
    }
    const bool debatable = row.value("optional", false);
    if (!met && !debatable) {
      Differs("ssrf", row.dump(), row["refuse"].get<bool>() ? "refused" : "allowed",
              std::string(status.ToString()));
    }
    score.Add(met, debatable);
  });
  return score;
}

}  // namespace sluice::quality
