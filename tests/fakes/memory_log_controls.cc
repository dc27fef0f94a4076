// What tests do to a MemoryLog beside the Log's own interface: put records in, look at all, order
// faults.
#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "tests/fakes/memory_log.h"

namespace sluice::fakes {

void MemoryLog::Append(std::string_view topic, std::string_view key, std::string value) {
  const log::Transaction::Append append{std::string(topic), std::string(key), std::move(value),
                                        std::nullopt};
  absl::MutexLock lock(&mutex_);
  store_.Append({&append, 1}, clock_->Now());
  changed_.SignalAll();
}

void MemoryLog::AppendTo(std::string_view topic, log::Partition partition, std::string_view key,
                         std::string value) {
  const log::Transaction::Append append{std::string(topic), std::string(key), std::move(value),
                                        partition};
  absl::MutexLock lock(&mutex_);
  store_.Append({&append, 1}, clock_->Now());
  changed_.SignalAll();
}

std::vector<MemoryLog::Kept> MemoryLog::Records(std::string_view topic) const {
  absl::MutexLock lock(&mutex_);
  std::vector<Kept> all;
  for (log::Partition p = 0; p < store_.partitions(topic); ++p) {
    for (const MemoryStore::Entry& entry : store_.at(topic, p).entries) {
      all.push_back({p, entry.offset, entry.appended, entry.key, entry.value});
    }
  }
  return all;
}

MemoryLog::Contents MemoryLog::Dump() const {
  Contents contents;
  for (const log::Topic& topic : log::Topics()) {
    std::vector<std::string>& records = contents.topics[std::string(topic.name)];
    for (const Kept& kept : Records(topic.name)) {
      records.push_back(fmt::format("{} {} {}", kept.partition, kept.key, kept.value));
    }
  }
  absl::MutexLock lock(&mutex_);
  for (const auto& [name, shard] : store_.shards()) {
    for (const auto& [table, stored] : shard.tables) {
      for (const auto& [key, value] : stored.rows) {
        contents.rows[fmt::format("{}/{} {}", name, table, key)] = value;
      }
    }
  }
  return contents;
}

void MemoryLog::Trim(std::string_view topic, log::Partition partition, uint64_t offset) {
  absl::MutexLock lock(&mutex_);
  store_.Trim(topic, partition, offset);
  changed_.SignalAll();
}

void MemoryLog::FailCommit(uint64_t n, absl::Status status, Effect effect) {
  absl::MutexLock lock(&mutex_);
  commit_faults_.push_back({n, std::move(status), effect});
}

void MemoryLog::FailAppend(uint64_t n, absl::Status status) {
  absl::MutexLock lock(&mutex_);
  append_faults_.push_back({n, std::move(status), Effect::kNone});
}

void MemoryLog::KillAtStep(uint64_t n) {
  absl::MutexLock lock(&mutex_);
  kill_at_ = steps_ + n;
}

bool MemoryLog::killed() const {
  absl::MutexLock lock(&mutex_);
  return killed_;
}

uint64_t MemoryLog::steps() const {
  absl::MutexLock lock(&mutex_);
  return steps_;
}

uint64_t MemoryLog::faults_fired() const {
  absl::MutexLock lock(&mutex_);
  return faults_fired_;
}

void MemoryLog::Restart(std::optional<Options> options) {
  absl::MutexLock lock(&mutex_);
  if (options.has_value()) options_ = *options;
  ++generation_;
  killed_ = false;
  kill_at_ = 0;
  changed_.SignalAll();
}

absl::Status MemoryLog::Step() {
  ++steps_;
  if (!killed_ && steps_ == kill_at_) {
    killed_ = true;
    ++faults_fired_;
    changed_.SignalAll();
  }
  return killed_ ? absl::CancelledError("the process is killed") : absl::OkStatus();
}

std::optional<MemoryLog::Fault> MemoryLog::Due(std::vector<Fault>& faults) {
  std::optional<Fault> due;
  for (Fault& fault : faults) {
    if (--fault.countdown == 0) due = fault;
  }
  std::erase_if(faults, [](const Fault& fault) { return fault.countdown == 0; });
  if (due.has_value()) ++faults_fired_;
  return due;
}

}  // namespace sluice::fakes
