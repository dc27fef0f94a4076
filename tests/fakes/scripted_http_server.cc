#include "tests/fakes/scripted_http_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "pipeline/base/strings.h"

namespace sluice::fakes {
namespace {

constexpr size_t kRequestBytesMax = 64 << 10;

void Check(bool holds, const char* what) {
  if (holds) return;
  std::perror(what);
  std::abort();
}

}  // namespace

bool ScriptedHttpServer::Connection::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
    const absl::MutexLock lock(&server_->mutex_);
    server_->bytes_sent_ += static_cast<uint64_t>(sent);
    if (server_->stopping_) return false;
  }
  return true;
}

bool ScriptedHttpServer::Connection::Wait(absl::Duration time) {
  const absl::MutexLock lock(&server_->mutex_);
  return !server_->mutex_.AwaitWithTimeout(absl::Condition(&server_->stopping_), time);
}

ScriptedHttpServer::ScriptedHttpServer(std::string host)
    : address_(std::move(host)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  Check(listener_ >= 0, "socket");
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  Check(inet_pton(AF_INET, address_.c_str(), &address.sin_addr) == 1, "inet_pton");
  Check(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "bind");
  Check(listen(listener_, 1024) == 0, "listen");
  socklen_t size = sizeof address;
  Check(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] { Accept(); });
}

ScriptedHttpServer::~ScriptedHttpServer() {
  std::vector<std::jthread> connections;
  {
    const absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const absl::MutexLock lock(&mutex_);
    connections.swap(connections_);
  }
  connections.clear();
  close(listener_);
}

void ScriptedHttpServer::On(std::string target, Script script) {
  const absl::MutexLock lock(&mutex_);
  scripts_[std::move(target)] = std::move(script);
}

std::string ScriptedHttpServer::Url(std::string_view target) const {
  return fmt::format("http://{}:{}{}", address_, port_, target);
}

std::vector<ScriptedHttpServer::Request> ScriptedHttpServer::requests() const {
  const absl::MutexLock lock(&mutex_);
  return requests_;
}

uint64_t ScriptedHttpServer::bytes_sent() const {
  const absl::MutexLock lock(&mutex_);
  return bytes_sent_;
}

void ScriptedHttpServer::Accept() {
  while (true) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const absl::MutexLock lock(&mutex_);
    if (socket < 0 || stopping_) {
      if (socket >= 0) close(socket);
      return;
    }
    sockets_.push_back(socket);
    connections_.emplace_back([this, socket] { Serve(socket); });
  }
}

bool ScriptedHttpServer::ReadRequest(int socket, std::string& buffer, Request& request) const {
  size_t end = 0;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
    char bytes[4096];
    const ssize_t received = recv(socket, bytes, sizeof bytes, 0);
    if (received <= 0 || buffer.size() > kRequestBytesMax) return false;
    buffer.append(bytes, static_cast<size_t>(received));
  }
  request = {};
  size_t begin = 0;
  for (bool first = true; begin <= end; first = false) {
    const size_t line_end = buffer.find("\r\n", begin);
    const std::string_view line = std::string_view(buffer).substr(begin, line_end - begin);
    begin = line_end + 2;
    if (first) {
      const size_t space = line.find(' ');
      request.method = line.substr(0, space);
      request.target = line.substr(space + 1, line.rfind(' ') - space - 1);
      continue;
    }
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) break;
    request.headers[absl::AsciiStrToLower(base::ToAbsl(line.substr(0, colon)))] =
        std::string(base::ToStd(absl::StripAsciiWhitespace(base::ToAbsl(line.substr(colon + 1)))));
  }
  buffer.erase(0, end + 4);
  return true;
}

void ScriptedHttpServer::Serve(int socket) {
  std::string buffer;
  Request request;
  Connection connection(socket, *this);
  while (!connection.closes_ && ReadRequest(socket, buffer, request)) {
    Script script = Answer(404, {}, "not here");
    {
      const absl::MutexLock lock(&mutex_);
      requests_.push_back(request);
      if (const auto found = scripts_.find(request.target); found != scripts_.end())
        script = found->second;
    }
    script(request, connection);
  }
  const absl::MutexLock lock(&mutex_);
  std::erase(sockets_, socket);
  close(socket);
}

ScriptedHttpServer::Script ScriptedHttpServer::Answer(int status, Headers headers,
                                                      std::string body) {
  std::string text = fmt::format("HTTP/1.1 {} Scripted\r\n", status);
  for (const auto& [name, value] : headers) text += fmt::format("{}: {}\r\n", name, value);
  text += fmt::format("Content-Length: {}\r\n\r\n", body.size());
  text += body;
  return
      [text = std::move(text)](const Request&, Connection& connection) { connection.Send(text); };
}

ScriptedHttpServer::Script ScriptedHttpServer::Redirect(int status, std::string location) {
  return Answer(status, {{"Location", std::move(location)}}, "");
}

ScriptedHttpServer::Script ScriptedHttpServer::Raw(std::string bytes) {
  return [bytes = std::move(bytes)](const Request&, Connection& connection) {
    connection.Send(bytes);
    connection.Close();
  };
}

std::string ScriptedHttpServer::Gzip(std::string_view text) {
  z_stream stream = {};
  Check(deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK,
        "deflate");
  std::string packed(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<unsigned char*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  Check(deflate(&stream, Z_FINISH) == Z_STREAM_END, "deflate");
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace sluice::fakes
