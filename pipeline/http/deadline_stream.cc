#include "pipeline/http/deadline_stream.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sluice::http {

using std::chrono::steady_clock;

DeadlineStream::DeadlineStream(Transport& transport, std::string head, const Limits& limits)
    : transport_(&transport),
      limits_(limits),
      deadline_(steady_clock::now() + absl::ToChronoMilliseconds(limits.total)),
      head_(std::move(head)) {}

// Whether the socket is ready in time, or broken, which the call after this tells.
bool DeadlineStream::Await(short events) const {
  const auto until =
      std::min(deadline_, steady_clock::now() + absl::ToChronoMilliseconds(limits_.pause_max));
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now()).count();
    if (left <= 0) return false;
    pollfd poll_for = {.fd = transport_->socket(), .events = events, .revents = 0};
    const int ready = poll(&poll_for, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

bool DeadlineStream::is_readable() const { return taken_ < head_.size(); }

bool DeadlineStream::is_writable() const { return Await(POLLOUT); }

ssize_t DeadlineStream::read(char* data, size_t size) {
  const size_t bytes = head_.copy(data, size, taken_);
  taken_ += bytes;
  return static_cast<ssize_t>(bytes);
}

// All of it, or -1.
ssize_t DeadlineStream::write(const char* data, size_t size) {
  size_t sent = 0;
  while (sent < size) {
    // A client that takes a byte at a time is always ready.
    if (steady_clock::now() >= deadline_) return -1;
    const auto [now, wait_for] = transport_->Send(data + sent, size - sent);
    if (now > 0) {
      sent += static_cast<size_t>(now);
    } else if (wait_for == 0 || !Await(wait_for)) {
      return -1;
    }
  }
  return static_cast<ssize_t>(size);
}

}  // namespace sluice::http
