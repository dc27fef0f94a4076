#pragma once

#include <httplib.h>

#include <chrono>
#include <cstddef>
#include <string>

#include "absl/time/time.h"
#include "pipeline/http/transport.h"

namespace sluice::http {

// A connection as httplib reads and writes it: it ends for the reader with the head of the request,
// which has been read, and for the writer at a deadline however often a byte is taken, where
// httplib's own counts from each byte anew. Writes then fail as if the client had gone. One thread.
class DeadlineStream final : public httplib::Stream {
 public:
  struct Limits {
    absl::Duration pause_max;  // Between two pieces.
    absl::Duration total;      // From construction.
  };

  // `transport` outlives it.
  DeadlineStream(Transport& transport, std::string head, const Limits& limits);

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* data, size_t size) override;
  ssize_t write(const char* data, size_t size) override;
  // Nobody asks for them here.
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return transport_->socket(); }

 private:
  bool Await(short events) const;

  Transport* const transport_;  // Not owned.
  const Limits limits_;
  const std::chrono::steady_clock::time_point deadline_;
  const std::string head_;
  size_t taken_ = 0;  // Of it.
};

}  // namespace sluice::http
