#include "pipeline/kafka/local_copy.h"

#include "pipeline/base/strings.h"

namespace sluice::kafka {

uint64_t SharedStore::TakeOver() {
  const absl::MutexLock lock(&mutex_);
  return ++writer_;
}

state::ShardStore::Checkpoint SharedStore::checkpoint() const {
  const absl::MutexLock lock(&mutex_);
  return store_->checkpoint();
}

absl::Status SharedStore::Wipe() {
  const absl::MutexLock lock(&mutex_);
  return store_->Wipe();
}

absl::Status SharedStore::Apply(uint64_t writer, state::Tables::Rows rows,
                                state::Tables::Expiries expiries,
                                state::ShardStore::Checkpoint checkpoint) {
  const absl::MutexLock lock(&mutex_);
  if (writer != writer_) return absl::AbortedError("its tables were taken over in this process");
  return store_->Apply(rows, expiries, std::move(checkpoint));
}

absl::Status SharedStore::Load(log::Load load) const {
  const absl::MutexLock lock(&mutex_);
  return store_->Load(load);
}

SharedStores::SharedStores(const Options& options)
    : directory_(options.state_directory),
      memory_(state::Memory::Options{.cache_bytes = options.state_cache_bytes,
                                     .write_buffers_bytes = options.state_write_buffers_bytes}) {}

absl::StatusOr<std::shared_ptr<SharedStore>> SharedStores::Open(const log::Spec& spec,
                                                                const std::string& name,
                                                                bool& shared) {
  const absl::MutexLock lock(&mutex_);
  std::shared_ptr<SharedStore> held = open_[name].lock();
  shared = held != nullptr;
  if (shared) return held;
  absl::StatusOr<std::unique_ptr<state::ShardStore>> store = state::ShardStore::Open(
      {.directory = fmt::format("{}/{}", directory_, name), .owner = name}, spec.tables, memory_);
  if (!store.ok()) return store.status();
  auto result = std::make_shared<SharedStore>(*std::move(store));
  open_[name] = result;
  return result;
}

LocalCopy::LocalCopy(std::shared_ptr<SharedStore> store, bool shared, std::string name)
    : store_(std::move(store)),
      shared_(shared),
      name_(std::move(name)),
      writer_(store_->TakeOver()) {
  const state::ShardStore::Checkpoint stored = store_->checkpoint();
  if (checkpoint_.ParseFromString(stored.positions)) {
    sequence_ = stored.sequence;
  } else {
    checkpoint_.Clear();
  }
}

absl::StatusOr<LocalCopy> LocalCopy::Open(SharedStores& stores, const log::Spec& spec,
                                          const std::string& name) {
  bool shared = false;
  absl::StatusOr<std::shared_ptr<SharedStore>> store = stores.Open(spec, name, shared);
  if (!store.ok()) return store.status();
  return LocalCopy(*std::move(store), shared, name);
}

absl::Status LocalCopy::Wipe() {
  if (shared_) {
    return absl::UnavailableError(
        fmt::format("{}: its tables must be made anew, and a worker that was fenced still shows "
                    "them: close it",
                    name_));
  }
  if (absl::Status status = store_->Wipe(); !status.ok()) return status;
  sequence_ = 0;
  checkpoint_.Clear();
  return absl::OkStatus();
}

absl::Status LocalCopy::Apply(state::Tables::Rows rows, state::Tables::Expiries expiries,
                              uint64_t sequence, Checkpoint checkpoint) {
  absl::Status status = store_->Apply(
      writer_, rows, expiries, {.sequence = sequence, .positions = checkpoint.SerializeAsString()});
  if (!status.ok()) return status;
  sequence_ = sequence;
  checkpoint_ = std::move(checkpoint);
  return absl::OkStatus();
}

}  // namespace sluice::kafka
