#include "services/feed/tables.h"

#include "pipeline/base/strings.h"

namespace sluice::feed {
namespace {

absl::Status Closed() {
  return absl::UnavailableError("this replica is starting and has not read its tables; try again");
}

absl::Time DayOf(absl::Time time) {
  return absl::UnixEpoch() + absl::Floor(time - absl::UnixEpoch(), kDay);
}

}  // namespace

void Tables::Open(const log::State& state) {
  absl::WriterMutexLock lock(&mutex_);
  state_ = &state;
}

void Tables::Close() {
  absl::WriterMutexLock lock(&mutex_);
  state_ = nullptr;
}

absl::StatusOr<std::optional<std::string>> Tables::Get(std::string_view table,
                                                       std::string_view key) const {
  absl::ReaderMutexLock lock(&mutex_);
  if (state_ == nullptr) return Closed();
  return state_->Get(table, key);
}

absl::Status Tables::Scan(std::string_view table, std::string_view from, std::string_view to,
                          log::Rows rows) const {
  absl::ReaderMutexLock lock(&mutex_);
  if (state_ == nullptr) return Closed();
  state_->Scan(table, from, to, rows);
  return absl::OkStatus();
}

std::string DayKey(absl::Time time, std::string_view key) {
  return log::ExpiringKey(DayOf(time), key);
}

absl::StatusOr<std::optional<std::string>> GetNewest(const Tables& tables, std::string_view table,
                                                     std::string_view key, absl::Time newest,
                                                     absl::Time oldest) {
  for (absl::Time day = DayOf(newest); day >= DayOf(oldest); day -= kDay) {
    auto value = tables.Get(table, log::ExpiringKey(day, key));
    if (!value.ok() || value->has_value()) return value;
  }
  return std::nullopt;
}

}  // namespace sluice::feed
