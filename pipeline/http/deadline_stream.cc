#include "pipeline/http/deadline_stream.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace sluice::http {

using std::chrono::steady_clock;

DeadlineStream::DeadlineStream(socket_t socket, const Limits& limits)
    : socket_(socket),
      limits_(limits),
      deadline_(steady_clock::now() + absl::ToChronoMilliseconds(limits.total)) {}

// Whether the socket is ready in time, or broken, which the call after this tells.
bool DeadlineStream::Await(short events, absl::Duration timeout) const {
  const auto until = std::min(deadline_, steady_clock::now() + absl::ToChronoMilliseconds(timeout));
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now()).count();
    if (left <= 0) return false;
    pollfd poll_for = {.fd = socket_, .events = events, .revents = 0};
    const int ready = poll(&poll_for, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

bool DeadlineStream::is_readable() const {
  return begin_ < end_ || Await(POLLIN, limits_.read_timeout);
}

bool DeadlineStream::is_writable() const { return Await(POLLOUT, limits_.write_timeout); }

ssize_t DeadlineStream::read(char* data, size_t size) {
  if (begin_ == end_) {
    ssize_t got = -1;
    do {
      if (!Await(POLLIN, limits_.read_timeout)) return -1;
      got = recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    } while (got < 0 && (errno == EINTR || errno == EAGAIN));
    if (got <= 0) return got;
    begin_ = 0;
    end_ = static_cast<size_t>(got);
  }
  const size_t taken = std::min(size, end_ - begin_);
  std::copy_n(buffer_.data() + begin_, taken, data);
  begin_ += taken;
  return static_cast<ssize_t>(taken);
}

// All of it, or -1.
ssize_t DeadlineStream::write(const char* data, size_t size) {
  size_t sent = 0;
  while (sent < size) {
    if (!Await(POLLOUT, limits_.write_timeout)) return -1;
    const ssize_t now = send(socket_, data + sent, size - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (now < 0 && errno != EINTR && errno != EAGAIN) return -1;
    if (now > 0) sent += static_cast<size_t>(now);
  }
  return static_cast<ssize_t>(size);
}

}  // namespace sluice::http
