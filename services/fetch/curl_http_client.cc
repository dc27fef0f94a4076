#include "services/fetch/curl_http_client.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>

#include "pipeline/base/strings.h"

namespace sluice::fetch {
namespace {

// Connections kept for the next request to the same host.
constexpr long kIdleConnectionsMax = 256;

uint32_t EpollEvents(int what) {
  switch (what) {
    case CURL_POLL_IN:
      return EPOLLIN;
    case CURL_POLL_OUT:
      return EPOLLOUT;
    default:
      return EPOLLIN | EPOLLOUT;
  }
}

int CurlEvents(uint32_t events) {
  int what = 0;
  if ((events & (EPOLLIN | EPOLLHUP)) != 0) what |= CURL_CSELECT_IN;
  if ((events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
  if ((events & EPOLLERR) != 0) what |= CURL_CSELECT_ERR;
  return what;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CurlHttpClient>> CurlHttpClient::Create(
    const HttpOptions& options, const AddressPolicy& policy) {
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (global != CURLE_OK) {
    return absl::InternalError(
        fmt::format("libcurl does not start: {}", curl_easy_strerror(global)));
  }
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  CURLM* multi = curl_multi_init();
  epoll_event interest = {.events = EPOLLIN, .data = {.fd = event}};
  if (epoll < 0 || event < 0 || multi == nullptr ||
      epoll_ctl(epoll, EPOLL_CTL_ADD, event, &interest) != 0) {
    if (epoll >= 0) close(epoll);
    if (event >= 0) close(event);
    if (multi != nullptr) curl_multi_cleanup(multi);
    return absl::ResourceExhaustedError(
        "the HTTP client gets no file descriptors; raise the limit of open files (ulimit -n)");
  }
  return std::unique_ptr<CurlHttpClient>(new CurlHttpClient(options, policy, epoll, event, multi));
}

CurlHttpClient::CurlHttpClient(const HttpOptions& options, const AddressPolicy& policy, int epoll,
                               int event, CURLM* multi)
    : options_(options),
      policy_(policy),
      budget_(options.buffered_bytes_max),
      epoll_(epoll),
      event_(event),
      multi_(multi) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlHttpClient::OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlHttpClient::OnTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kIdleConnectionsMax);
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

CurlHttpClient::~CurlHttpClient() {
  thread_.request_stop();
  Ring();
  thread_.join();
  for (auto& [easy, transfer] : transfers_) curl_multi_remove_handle(multi_, easy);
  transfers_.clear();
  curl_multi_cleanup(multi_);
  close(event_);
  close(epoll_);
}

void CurlHttpClient::Ring() const {
  const uint64_t one = 1;
  // Fails only where the counter is full: then it is rung already.
  [[maybe_unused]] const ssize_t written = write(event_, &one, sizeof one);
}

void CurlHttpClient::Start(HttpRequest request, Done done) {
  {
    const absl::MutexLock lock(&mutex_);
    inbox_.emplace_back(std::move(request), std::move(done));
  }
  Ring();
}

void CurlHttpClient::Run(const std::stop_token& stop) {
  std::array<epoll_event, 256> events;
  while (!stop.stop_requested()) {
    const int count = epoll_wait(epoll_, events.data(), events.size(), WaitMilliseconds());
    int running = 0;
    bool rung = false;
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd == event_) {
        rung = true;
      } else {
        curl_multi_socket_action(multi_, events[i].data.fd, CurlEvents(events[i].events), &running);
      }
    }
    if (rung) TakeInbox();
    if (timer_.has_value() && Steady::now() >= *timer_) {
      timer_.reset();
      curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    Reap();
  }
}

int CurlHttpClient::WaitMilliseconds() const {
  if (!timer_.has_value()) return -1;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*timer_ - Steady::now());
  return static_cast<int>(std::clamp<int64_t>(wait.count(), 0, 60'000));
}

void CurlHttpClient::TakeInbox() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t bytes = read(event_, &count, sizeof count);
  std::vector<std::pair<HttpRequest, Done>> inbox;
  {
    const absl::MutexLock lock(&mutex_);
    inbox.swap(inbox_);
  }
  for (auto& [request, done] : inbox) Begin(std::move(request), std::move(done));
}

void CurlHttpClient::Begin(HttpRequest request, Done done) {
  if (transfers_.size() >= static_cast<size_t>(options_.transfers_max)) {
    HttpResponse response;
    response.error = HttpError::kOverloaded;
    response.error_detail = fmt::format("{} transfers are under way", transfers_.size());
    response.url = std::move(request.url);
    done(std::move(response));
    return;
  }
  auto transfer = std::make_unique<CurlTransfer>(options_, policy_, std::move(request),
                                                 std::move(done), budget_.Open());
  CURL* const easy = transfer->easy();
  transfers_.emplace(easy, std::move(transfer));
  // Fails for want of memory alone.
  if (curl_multi_add_handle(multi_, easy) != CURLM_OK) throw std::bad_alloc();
}

void CurlHttpClient::Reap() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;
    const auto found = transfers_.find(easy);
    curl_multi_remove_handle(multi_, easy);
    const std::unique_ptr<CurlTransfer> transfer = std::move(found->second);
    transfers_.erase(found);
    transfer->Finish(code);
  }
}

int CurlHttpClient::OnSocket(CURL* /*easy*/, curl_socket_t socket, int what, void* self,
                             void* known) {
  auto* client = static_cast<CurlHttpClient*>(self);
  if (what == CURL_POLL_REMOVE) {
    // It may be closed already, and is gone from epoll then.
    epoll_ctl(client->epoll_, EPOLL_CTL_DEL, socket, nullptr);
    curl_multi_assign(client->multi_, socket, nullptr);
    return 0;
  }
  epoll_event interest = {.events = EpollEvents(what), .data = {.fd = socket}};
  const int operation = known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (epoll_ctl(client->epoll_, operation, socket, &interest) != 0) {
    const bool settled =
        (errno == EEXIST && epoll_ctl(client->epoll_, EPOLL_CTL_MOD, socket, &interest) == 0) ||
        (errno == ENOENT && epoll_ctl(client->epoll_, EPOLL_CTL_ADD, socket, &interest) == 0);
    if (!settled) return -1;
  }
  curl_multi_assign(client->multi_, socket, client);
  return 0;
}

int CurlHttpClient::OnTimer(CURLM* /*multi*/, long timeout_ms, void* self) {
  auto* client = static_cast<CurlHttpClient*>(self);
  client->timer_.reset();
  if (timeout_ms >= 0) client->timer_ = Steady::now() + std::chrono::milliseconds(timeout_ms);
  return 0;
}

}  // namespace sluice::fetch
