#pragma once

#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/internal/endian.h"
#include "pipeline/base/hash.h"
#include "pipeline/log/log.h"
#include "pipeline/log/topics.h"
#include "sluice/state/v1/fetch.pb.h"

namespace sluice::fetch {

// The stage's tables; proto/sluice/state/v1/fetch.proto has their rows and keys.
inline constexpr std::string_view kUrlTable = "url";
inline constexpr std::string_view kHostTable = "host";
inline constexpr std::string_view kRobotsTable = "robots";
inline constexpr std::string_view kSourceTable = "source";

// What the stage reads, writes and remembers.
inline log::Spec FetchSpec() {
  return {.stage = "fetch",
          .inputs = {std::string(log::kCrawlTargets)},
          .outputs = {std::string(log::kRawPages), std::string(log::kCrawlTargets),
                      std::string(log::kSources), std::string(log::kOutcomes),
                      std::string(log::kDeadLetters)},
          .tables = {{.name = std::string(kUrlTable)},
                     {.name = std::string(kHostTable)},
                     {.name = std::string(kRobotsTable), .load = false},
                     {.name = std::string(kSourceTable)}}};
}

// The row as the transaction would leave it. nullopt: there is none, or (after damage) none that
// can be read.
template <typename Row>
std::optional<Row> ReadRow(const log::Transaction& transaction, std::string_view table,
                           std::string_view key) {
  const std::optional<std::string> value = transaction.Get(table, key);
  Row row;
  if (!value.has_value() || !row.ParseFromString(*value)) return std::nullopt;
  return row;
}

// Of 16 bytes as Hash128::Bytes makes them. nullopt: of another length.
inline std::optional<base::Hash128> HashFromBytes(std::string_view bytes) {
  if (bytes.size() != 16) return std::nullopt;
  return base::Hash128{.high = absl::big_endian::Load64(bytes.data()),
                       .low = absl::big_endian::Load64(bytes.data() + 8)};
}

}  // namespace sluice::fetch
