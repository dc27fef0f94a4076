#include "tests/simulation/power/commit_history.h"

#include <algorithm>

namespace sluice::power {
namespace {

void Apply(const Change& change, World& world) {
  for (const auto& [place, value] : change.appends) world.topics[place].push_back(value);
  if (change.shard.empty()) return;
  Rows& rows = world.rows[change.shard];
  for (const log::Transaction::Row& row : change.rows) {
    if (row.value.has_value()) {
      rows[{row.table, row.key}] = *row.value;
    } else {
      rows.erase({row.table, row.key});
    }
  }
  for (const auto& expiry : change.expiries) {
    std::erase_if(rows, [&expiry](const auto& row) {
      return row.first.first == expiry.first &&
             log::ExpiringKeyTime(row.first.second) < expiry.second;
    });
  }
  world.positions[change.shard] = change.positions;
}

}  // namespace

uint64_t CommitHistory::Add(uint64_t number, Change change) {
  since_.emplace_back(number, std::move(change));
  return number;
}

World CommitHistory::At(uint64_t number) const {
  World world = base_;
  for (const auto& [each, change] : since_) {
    if (each <= number) Apply(change, world);
  }
  return world;
}

std::vector<std::pair<uint64_t, Change>> CommitHistory::ForgetAfter(uint64_t number) {
  std::vector<std::pair<uint64_t, Change>> gone;
  for (auto& [each, change] : since_) {
    if (each > number) {
      gone.emplace_back(each, std::move(change));
    } else {
      Apply(change, base_);
    }
  }
  since_.clear();
  base_number_ = number;
  return gone;
}

bool CommitHistory::Knows(uint64_t number) const {
  return number == base_number_ ||
         std::ranges::any_of(since_, [&](const auto& entry) { return entry.first == number; });
}

uint64_t CommitHistory::newest() const {
  return since_.empty() ? base_number_ : since_.back().first;
}

}  // namespace sluice::power
