#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pipeline/kafka/input_stream.h"
#include "pipeline/kafka/local_copy.h"
#include "pipeline/log/log.h"

namespace sluice::kafka {

// A private copy of what a stage makes of its inputs, all partitions of them: positions and tables
// are in the local store alone.
class Replica final : public log::Worker {
 public:
  // What replicas of a log share; outlives them.
  struct Base {
    InputStream::Base stream;
    SharedStores* stores = nullptr;
  };

  // Topics are there. Errors as of log::Log::OpenReplica.
  static absl::StatusOr<std::unique_ptr<Replica>> Open(const Base& base, const log::Spec& spec,
                                                       log::Load load, std::stop_token stop);

  absl::StatusOr<std::vector<log::Record>> Poll(const log::Limits& limits,
                                                absl::Time deadline) override;
  void Wake() override { stream_->Wake(); }
  absl::Status Commit(log::Transaction transaction,
                      absl::Span<const log::Record> consumed) override;
  const log::State& state() const override { return copy_.state(); }
  Position position() const override { return stream_->position(); }

 private:
  Replica(const Base& base, log::Spec spec, LocalCopy copy, std::unique_ptr<InputStream> stream)
      : base_(base), spec_(std::move(spec)), copy_(std::move(copy)), stream_(std::move(stream)) {}

  absl::Status CommitAll(const log::Transaction& transaction, size_t consumed);

  const Base base_;
  const log::Spec spec_;
  LocalCopy copy_;
  std::unique_ptr<InputStream> stream_;
};

}  // namespace sluice::kafka
