#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "services/fetch/http_client.h"

namespace sluice::fetch {

// What fetch tells about its work, for metrics. Calls come from the shards' threads;
// implementations are thread-safe and quick.
class FetchObserver {
 public:
  virtual ~FetchObserver() = default;

  // A request has ended. `status` is 0 without an answer.
  virtual void RequestEnded(HttpError /*error*/, int /*status*/, uint64_t /*received_bytes*/,
                            absl::Duration /*elapsed*/) {}
  // A robots.txt has kept us from a page or source.
  virtual void RobotsRefused() {}
  // A revisit, or a visit to a source, has found nothing new.
  virtual void Unchanged() {}

  // The state of shard `shard`, as of now.
  virtual void InFlight(uint32_t /*shard*/, size_t /*requests*/) {}
  virtual void Frontier(uint32_t /*shard*/, size_t /*urls*/, size_t /*hosts*/) {}
  virtual void Sources(uint32_t /*shard*/, size_t /*configured*/, size_t /*failing*/) {}
};

}  // namespace sluice::fetch
