#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "pipeline/log/transaction.h"

namespace sluice::power {

struct Place {
  std::string topic;
  log::Partition partition = 0;
  auto operator<=>(const Place&) const = default;
};

using Rows = std::map<std::pair<std::string, std::string>, std::string>;  // By table and key.

// All that a log holds.
struct World {
  std::map<Place, std::vector<std::string>> topics;  // Values by offset, removed ones too.
  std::map<std::string, Rows> rows;                  // By shard.
  std::map<std::string, std::map<Place, uint64_t>> positions;  // Next offsets, by shard.
};

// What one commit does.
struct Change {
  std::string shard;  // Empty: of an appender.
  absl::Time time;
  std::vector<std::pair<Place, std::string>> appends;
  std::vector<log::Transaction::Row> rows;
  std::vector<std::pair<std::string, absl::Time>> expiries;
  std::map<Place, uint64_t> positions;
};

// The commits of a log in order, and what it held after each. A number is never given twice, so
// that what was lost and comes back is recognised.
class CommitHistory {
 public:
  uint64_t Add(uint64_t number, Change change);
  // After all commits up to this one.
  World At(uint64_t number) const;
  // The numbers of commits that came later; with them goes what they did.
  std::vector<std::pair<uint64_t, Change>> ForgetAfter(uint64_t number);
  bool Knows(uint64_t number) const;
  uint64_t newest() const;

 private:
  World base_;  // After `base_number_`.
  uint64_t base_number_ = 0;
  std::vector<std::pair<uint64_t, Change>> since_;
};

}  // namespace sluice::power
