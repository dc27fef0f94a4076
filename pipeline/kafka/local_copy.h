#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "pipeline/kafka/options.h"
#include "pipeline/log/log.h"
#include "pipeline/state/memory.h"
#include "pipeline/state/shard_store.h"
#include "sluice/state/v1/kafka.pb.h"

namespace sluice::kafka {

// A store of tables that several workers of this process may hold, of which the last one alone
// writes: a worker that was fenced stays readable until it is closed, while its successor goes on
// in the same directory. Any thread.
class SharedStore {
 public:
  explicit SharedStore(std::unique_ptr<state::ShardStore> store) : store_(std::move(store)) {}

  // A new writer. All that were are over.
  uint64_t TakeOver();
  state::ShardStore::Checkpoint checkpoint() const;
  // Believes that nobody reads.
  absl::Status Wipe();
  // kAborted: `writer` was taken over. Others as of ShardStore::Apply.
  absl::Status Apply(uint64_t writer, state::Tables::Rows rows, state::Tables::Expiries expiries,
                     state::ShardStore::Checkpoint checkpoint);
  absl::Status Load(log::Load load) const;
  const log::State& state() const { return store_->state(); }

 private:
  mutable absl::Mutex mutex_;
  const std::unique_ptr<state::ShardStore> store_;
  uint64_t writer_ ABSL_GUARDED_BY(mutex_) = 0;
};

// The stores that are open in this process, by their names. Any thread.
class SharedStores {
 public:
  explicit SharedStores(const Options& options);

  // `shared`: another worker holds it too. Errors as of ShardStore::Open.
  absl::StatusOr<std::shared_ptr<SharedStore>> Open(const log::Spec& spec, const std::string& name,
                                                    bool& shared);

 private:
  const std::string directory_;
  const state::Memory memory_;
  absl::Mutex mutex_;
  std::map<std::string, std::weak_ptr<SharedStore>> open_ ABSL_GUARDED_BY(mutex_);
};

// A shard's local copy of its tables, and how far it has come. One thread, but for state().
class LocalCopy {
 public:
  using Checkpoint = sluice::state::v1::KafkaCheckpoint;

  // As stored; of a new copy, or one that cannot be read, empty with sequence 0.
  static absl::StatusOr<LocalCopy> Open(SharedStores& stores, const log::Spec& spec,
                                        const std::string& name);

  uint64_t sequence() const { return sequence_; }
  const Checkpoint& checkpoint() const { return checkpoint_; }

  // Back to a new copy.  kUnavailable: a fenced worker is still open.
  absl::Status Wipe();
  // All or nothing. kAborted: another worker of this process has taken over.
  absl::Status Apply(state::Tables::Rows rows, state::Tables::Expiries expiries, uint64_t sequence,
                     Checkpoint checkpoint);
  absl::Status Load(log::Load load) const { return store_->Load(load); }
  const log::State& state() const { return store_->state(); }

 private:
  LocalCopy(std::shared_ptr<SharedStore> store, bool shared, std::string name);

  std::shared_ptr<SharedStore> store_;  // See SharedStore.
  bool shared_;
  std::string name_;
  uint64_t writer_;
  uint64_t sequence_ = 0;
  Checkpoint checkpoint_;
};

}  // namespace sluice::kafka
