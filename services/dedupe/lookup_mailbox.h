#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/dedupe/arrival.h"
#include "services/dedupe/ruling.h"
#include "services/dedupe/withdrawals.h"

namespace sluice::dedupe {

// Where questions wait for the shard's thread, which alone may look into its memory. Any thread.
// Outlives the stage and the service that share it.
class LookupMailbox {
 public:
  static constexpr size_t kLettersMax = 1024;

  // Called once, from any thread.
  template <typename T>
  using Answer = absl::AnyInvocable<void(absl::StatusOr<T>)>;
  struct Lookup {
    std::optional<base::Hash128>
        id;  // What was said of it. Empty: what would be said of `arrival`.
    Arrival arrival;
    Answer<Place> answer;
  };
  struct Listing {
    Withdrawals::ListQuery query = {};
    Answer<Withdrawals::ListPage> answer;
  };
  using Letter = std::variant<Lookup, Listing>;

  // The stage: from now on there is a thread that answers, and `wake` calls it.
  void Open(std::function<void()> wake);
  // The stage: from now on there is none. Those who wait are told kUnavailable.
  void Close();
  // The stage: all that waits.
  std::vector<Letter> Take();

  // The service. Answers at once where nobody would: kUnavailable where no shard is open,
  // kResourceExhausted where too many wait.
  void Post(Letter letter);

 private:
  absl::Mutex mutex_;
  std::vector<Letter> letters_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> wake_ ABSL_GUARDED_BY(mutex_);  // Empty: closed.
};

}  // namespace sluice::dedupe
