#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "pipeline/log/transaction.h"

namespace sluice::feed {

// A replica's committed tables, lent to readers for as long as the replica is open. Any thread.
class Tables {
 public:
  void Open(const log::State& state);
  // Waits for reads that run; later ones are refused.
  void Close();

  // kUnavailable: closed; try again.
  absl::StatusOr<std::optional<std::string>> Get(std::string_view table,
                                                 std::string_view key) const;
  absl::Status Scan(std::string_view table, std::string_view from, std::string_view to,
                    log::Rows rows) const;

 private:
  mutable absl::Mutex mutex_;  // Held shared while the tables are read.
  const log::State* state_ ABSL_GUARDED_BY(mutex_) = nullptr;  // Not owned; nullptr: closed.
};

// Expiring tables that are looked things up in: the time of a key is the day of its row, so that a
// lookup tries each day that is kept, the newest first, and expiry needs no second index.
inline constexpr absl::Duration kDay = absl::Hours(24);
std::string DayKey(absl::Time time, std::string_view key);
// kUnavailable as above. Empty: no day from `newest` back to `oldest` has the key.
absl::StatusOr<std::optional<std::string>> GetNewest(const Tables& tables, std::string_view table,
                                                     std::string_view key, absl::Time newest,
                                                     absl::Time oldest);

}  // namespace sluice::feed
