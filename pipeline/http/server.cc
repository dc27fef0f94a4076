#include "pipeline/http/server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "pipeline/base/listen_address.h"
#include "pipeline/base/strings.h"
#include "pipeline/http/connections.h"
#include "pipeline/http/content_coding.h"
#include "pipeline/http/deadline_stream.h"
#include "pipeline/http/tls_context.h"
#include "pipeline/http/tls_transport.h"

namespace sluice::http {
namespace {

// httplib would match ranges against a regular expression, which takes megabytes of stack for a
// long list, refuse those of a unit that it does not know, and answer a thousand that overlap with
// a thousand times the page.
std::string WithoutRanges(std::string_view head) {
  std::string kept;
  while (!head.empty()) {
    const size_t end = head.find('\n');
    const std::string_view line = head.substr(0, end == std::string_view::npos ? end : end + 1);
    if (!absl::StartsWithIgnoreCase(base::ToAbsl(line), "range:")) kept += line;
    head.remove_prefix(line.size());
  }
  return kept;
}

// httplib's server, of which the accepting thread hands the connections on.
class HandingServer final : public httplib::Server {
 public:
  // Without `tls`: plain text.
  HandingServer(const http::Server::Options& options, std::set<std::string, std::less<>> probes,
                std::unique_ptr<TlsContext> tls)
      : tls_(std::move(tls)),
        limits_({.pause_max = options.pause_max, .total = options.answer_time_max}),
        connections_(
            {.threads = options.threads,
             .connections_max = options.connections_max,
             .head_time_max = options.head_time_max,
             .leave_time_max = options.leave_time_max,
             .leave_bytes_max = options.leave_bytes_max,
             .probes = std::move(probes)},
            [this](Transport& transport, std::string_view head) { Answer(transport, head); }) {
    new_task_queue = [this] { return new AtOnce(connections_); };  // httplib deletes it.
    // httplib's default shares the port with whoever has it.
    set_socket_options([this](int fd) {
      const int yes = 1;
      setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
      listening_ = fd;
    });
    set_post_routing_handler([](const httplib::Request&, httplib::Response& response) {
      // httplib gives every answer a length, and one without a page would give the page's: RFC
      // 9110, 8.6.
      if (response.status == 304) response.headers.erase("Content-Length");
      // It offers them to those who send HEAD; see Answer.
      response.headers.erase("Accept-Ranges");
    });
    set_tcp_nodelay(true);
  }

  // The port; -1: it cannot be had.
  int Bind(const base::ListenAddress& address) {
    int port = address.port;
    if (port == 0) {
      port = bind_to_any_port(address.host);
    } else if (!bind_to_port(address.host, port)) {
      port = -1;
    }
    // With httplib's own five, those at the end of a burst come in a second later.
    if (port >= 0) ::listen(listening_, kKernelQueue);
    return port;
  }

 private:
  // What httplib has done for each connection, on the accepting thread: process_and_close_socket.
  class AtOnce final : public httplib::TaskQueue {
   public:
    explicit AtOnce(Connections& connections) : connections_(&connections) {}
    void enqueue(std::function<void()> task) override { task(); }
    void shutdown() override { connections_->Stop(); }

   private:
    Connections* connections_;  // Not owned.
  };

  bool process_and_close_socket(socket_t socket) override {
    connections_.Add(tls_ == nullptr ? std::make_unique<Transport>(socket)
                                     : std::make_unique<TlsTransport>(socket, *tls_->Current()));
    return true;
  }

  // One connection, one request.
  void Answer(Transport& transport, std::string_view head) {
    DeadlineStream stream(transport, WithoutRanges(head), limits_);
    bool closed = false;
    process_request(stream, /*close_connection=*/true, closed, LeaveToUs);
  }

  // Keeps httplib from what it would do by itself.
  static void LeaveToUs(httplib::Request& request) {
    // It asks for the body that is announced so, where the head has all that the answer needs.
    request.headers.erase("Expect");
    // It compresses what has certain types, brotli at its slowest, for all that name a coding in
    // lower case, refused ones too. To us, as by RFC 9110, 8.4.1, the case is all the same.
    const auto [begin, end] = request.headers.equal_range("Accept-Encoding");
    for (auto header = begin; header != end; ++header) absl::AsciiStrToUpper(&header->second);
  }

  static constexpr int kKernelQueue = 128;  // Connections that wait for the accepting thread.

  const std::unique_ptr<TlsContext> tls_;
  const DeadlineStream::Limits limits_;
  int listening_ = -1;  // httplib's.
  Connections connections_;
};

// Of a target that may name the server too: RFC 9112, 3.2.2.
std::string PathOf(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!absl::StartsWithIgnoreCase(base::ToAbsl(target), base::ToAbsl(scheme))) continue;
    const size_t path = target.find('/', scheme.size());
    return path == std::string_view::npos ? "/" : std::string(target.substr(path));
  }
  return std::string(target);
}

Request FromHttplib(const httplib::Request& from) {
  Request request{.path = PathOf(from.path), .query = {}, .headers = {}};
  for (const auto& [name, value] : from.params) request.query.emplace_back(name, value);
  for (const auto& [name, value] : from.headers) {
    const auto [header, first] =
        request.headers.emplace(absl::AsciiStrToLower(base::ToAbsl(name)), value);
    if (!first) header->second += ", " + value;
  }
  return request;
}

void ToHttplib(const Response& from, httplib::Response& to) {
  to.status = from.status;
  for (const auto& [name, value] : from.headers) to.set_header(name, value);
  to.set_content(from.body, from.content_type);
}

using Handlers = std::map<std::string, Handler, std::less<>>;  // By path.

Response Dispatch(const Handlers& handlers, std::string_view method, const Request& request) {
  const auto handler = handlers.find(request.path);
  if (handler == handlers.end()) return {.status = 404};
  if (method != "GET" && method != "HEAD") {
    return {.status = 405, .headers = {{"Allow", "GET, HEAD"}}};
  }
  return handler->second(request);
}

void Compress(const Request& request, size_t bytes_min, Response& response) {
  response.headers["Vary"] = "Accept-Encoding";
  const auto accepted = request.headers.find("accept-encoding");
  if (response.body.size() < bytes_min || accepted == request.headers.end()) return;
  if (!AcceptsGzip(accepted->second)) return;
  response.body = Gzip(response.body);
  response.headers["Content-Encoding"] = "gzip";
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Create(const Options& options,
                                                       std::vector<Route> routes) {
  auto address = base::ParseListenAddress(options.listen);
  if (!address.ok()) {
    return absl::Status(
        address.status().code(),
        base::ToAbsl(fmt::format("{}: {}", options.setting, address.status().message())));
  }
  std::set<std::string, std::less<>> probes;
  Handlers handlers;
  for (Route& route : routes) {
    if (route.probe) probes.insert(route.path);
    handlers.emplace(std::move(route.path), std::move(route.handler));
  }
  std::unique_ptr<TlsContext> tls;
  if (!options.certificates.certificate.empty()) {
    auto created = TlsContext::Create(options.certificates, options.tls_setting);
    if (!created.ok()) return created.status();
    tls = *std::move(created);
  }
  auto server = std::make_unique<HandingServer>(options, std::move(probes), std::move(tls));
  // Before httplib's own routing, which would first read, and keep, whatever a request sends.
  server->set_pre_routing_handler(
      [handlers = std::move(handlers), bytes_min = options.compressed_bytes_min](
          const httplib::Request& from, httplib::Response& to) {
        const Request request = FromHttplib(from);
        Response response = Dispatch(handlers, from.method, request);
        Compress(request, bytes_min, response);
        ToHttplib(response, to);
        return httplib::Server::HandlerResponse::Handled;
      });
  const int port = server->Bind(*address);
  if (port < 0) return base::WhyNotListening(*address, options.setting);
  address->port = static_cast<uint16_t>(port);
  return std::unique_ptr<Server>(new Server(std::move(server), address->ToString(), port));
}

Server::Server(std::unique_ptr<httplib::Server> server, std::string address, int port)
    : server_(std::move(server)), address_(std::move(address)), port_(port) {
  listener_ = std::jthread([this] {
    server_->listen_after_bind();
    ended_ = true;
  });
}

Server::~Server() { Shutdown(); }

void Server::Shutdown() {
  if (!listener_.joinable()) return;
  // httplib's stop does nothing before its loop has begun.
  while (!server_->is_running() && !ended_) std::this_thread::yield();
  server_->stop();
  listener_.join();
}

}  // namespace sluice::http
