#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace sluice::fakes {

// An HTTP server on a loopback address and a port of its own that answers as scripts say: also
// wrongly, slowly or without end. A thread a connection; the destructor cuts them all.
class ScriptedHttpServer {
 public:
  struct Request {
    std::string method;
    std::string target;                          // Path and query.
    std::map<std::string, std::string> headers;  // Names in lower case.
  };

  // The client's end of a connection, for the time of an answer.
  class Connection {
   public:
    // False: the client has gone, or the server ends.
    bool Send(std::string_view bytes);
    // Until `time` has passed; false as above.
    bool Wait(absl::Duration time);
    // After this answer.
    void Close() { closes_ = true; }

   private:
    friend class ScriptedHttpServer;
    Connection(int socket, ScriptedHttpServer& server) : socket_(socket), server_(&server) {}
    int socket_;
    ScriptedHttpServer* server_;  // Not owned.
    bool closes_ = false;
  };
  using Script = std::function<void(const Request&, Connection&)>;
  using Headers = std::vector<std::pair<std::string, std::string>>;

  // `address`: of this machine, such as 127.0.0.2.
  explicit ScriptedHttpServer(std::string address = "127.0.0.1");
  ~ScriptedHttpServer();

  // Path and query. Others are answered with 404.
  void On(std::string target, Script script);

  int port() const { return port_; }
  std::string Url(std::string_view target) const;
  std::vector<Request> requests() const;
  uint64_t bytes_sent() const;

  // A whole answer with Content-Length.
  static Script Answer(int status, Headers headers, std::string body);
  static Script Redirect(int status, std::string location);
  // Just these bytes; then Close.
  static Script Raw(std::string bytes);
  static std::string Gzip(std::string_view text);

 private:
  void Accept();
  void Serve(int socket);
  bool ReadRequest(int socket, std::string& buffer, Request& request) const;

  const std::string address_;
  const int listener_;
  int port_ = 0;
  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, Script> scripts_ ABSL_GUARDED_BY(mutex_);
  std::vector<Request> requests_ ABSL_GUARDED_BY(mutex_);
  uint64_t bytes_sent_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<int> sockets_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::jthread> connections_ ABSL_GUARDED_BY(mutex_);
  std::jthread acceptor_;
};

}  // namespace sluice::fakes
