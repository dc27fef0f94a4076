#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/fetch/address_policy.h"
#include "services/fetch/byte_budget.h"
#include "services/fetch/curl_transfer.h"
#include "services/fetch/fetch_options.h"
#include "services/fetch/http_client.h"

namespace sluice::fetch {

// HTTP by libcurl's multi interface: all transfers on one thread, driven by epoll. One client
// serves all shards of a process.
//
// It has a thread of its own, which the destructor joins; it cuts what is under way, whose `done`
// is not called.
class CurlHttpClient final : public HttpClient {
 public:
  // kResourceExhausted: no file descriptors left.
  static absl::StatusOr<std::unique_ptr<CurlHttpClient>> Create(const HttpOptions& options,
                                                                const AddressPolicy& policy);
  ~CurlHttpClient() override;

  // More than transfers_max at a time are answered with kOverloaded at once, by the client's
  // thread.
  void Start(HttpRequest request, Done done) override;

  // Of the budget for bodies; for tests and metrics.
  uint64_t buffered_bytes_left() const { return budget_.left(); }

 private:
  using Steady = std::chrono::steady_clock;

  CurlHttpClient(const HttpOptions& options, const AddressPolicy& policy, int epoll, int event,
                 CURLM* multi);

  static int OnSocket(CURL* easy, curl_socket_t socket, int what, void* self, void* known);
  static int OnTimer(CURLM* multi, long timeout_ms, void* self);

  void Run(const std::stop_token& stop);
  void TakeInbox();
  void Begin(HttpRequest request, Done done);
  void Reap();
  int WaitMilliseconds() const;
  void Ring() const;

  const HttpOptions options_;
  const AddressPolicy policy_;
  ByteBudget budget_;
  const int epoll_;
  const int event_;  // Rung for the inbox and for the end.
  CURLM* const multi_;

  absl::Mutex mutex_;
  std::vector<std::pair<HttpRequest, Done>> inbox_ ABSL_GUARDED_BY(mutex_);

  // The loop's.
  absl::flat_hash_map<CURL*, std::unique_ptr<CurlTransfer>> transfers_;
  std::optional<Steady::time_point> timer_;  // When curl wants to be called.

  std::jthread thread_;  // Last: it uses all else.
};

}  // namespace sluice::fetch
