#include "pipeline/log/transaction.h"

#include <cassert>

#include "absl/base/internal/endian.h"
#include "pipeline/base/strings.h"

namespace sluice::log {
namespace {

std::string OverlayKey(std::string_view table, std::string_view key) {
  std::string both(table);
  both.push_back('\0');
  both += key;
  return both;
}

}  // namespace

absl::Status Transaction::Emit(std::string_view topic, std::string_view key, std::string value) {
  if (key.size() + value.size() > kRecordBytesMax) {
    return absl::InvalidArgumentError(
        fmt::format("a record of {} bytes for topic {} is over the limit of {} bytes",
                    key.size() + value.size(), topic, kRecordBytesMax));
  }
  appends_.push_back({std::string(topic), std::string(key), std::move(value), std::nullopt});
  return absl::OkStatus();
}

absl::Status Transaction::EmitTo(std::string_view topic, Partition partition, std::string_view key,
                                 std::string value) {
  if (absl::Status status = Emit(topic, key, std::move(value)); !status.ok()) return status;
  appends_.back().partition = partition;
  return absl::OkStatus();
}

void Transaction::Put(std::string_view table, std::string_view key, std::string value) {
  Write(table, key, std::move(value));
}

void Transaction::Erase(std::string_view table, std::string_view key) {
  Write(table, key, std::nullopt);
}

void Transaction::Write(std::string_view table, std::string_view key,
                        std::optional<std::string> value) {
  latest_[OverlayKey(table, key)].push_back(rows_.size());
  rows_.push_back({std::string(table), std::string(key), std::move(value)});
}

void Transaction::ExpireBefore(std::string_view table, absl::Time time) {
  expiries_.emplace_back(table, time);
}

std::optional<std::string> Transaction::Get(std::string_view table, std::string_view key) const {
  const auto found = latest_.find(OverlayKey(table, key));
  if (found != latest_.end()) return rows_[found->second.back()].value;
  return state_ == nullptr ? std::nullopt : state_->Get(table, key);
}

Transaction::Savepoint Transaction::Save() const {
  return {.appends = appends_.size(), .rows = rows_.size(), .expiries = expiries_.size()};
}

void Transaction::RollBack(const Savepoint& savepoint) {
  appends_.resize(savepoint.appends);
  expiries_.resize(savepoint.expiries);
  while (rows_.size() > savepoint.rows) {
    const auto found = latest_.find(OverlayKey(rows_.back().table, rows_.back().key));
    found->second.pop_back();
    if (found->second.empty()) latest_.erase(found);
    rows_.pop_back();
  }
}

std::string ExpiringKey(absl::Time time, std::string_view suffix) {
  const auto micros = static_cast<uint64_t>(absl::ToUnixMicros(time)) ^ (uint64_t{1} << 63);
  std::string key(8, '\0');
  absl::big_endian::Store64(key.data(), micros);
  key += suffix;
  return key;
}

absl::Time ExpiringKeyTime(std::string_view key) {
  assert(key.size() >= 8);
  const uint64_t micros = absl::big_endian::Load64(key.data()) ^ (uint64_t{1} << 63);
  return absl::FromUnixMicros(static_cast<int64_t>(micros));
}

}  // namespace sluice::log
