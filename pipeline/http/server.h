#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pipeline/security/certificate_files.h"

namespace httplib {
class Server;
}

namespace sluice::http {

struct Request {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;  // Decoded, a name's values in order.
  // Names in lower case; the values of one that comes several times are joined by ", ".
  std::map<std::string, std::string, std::less<>> headers;
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = {};  // Text.
  // Beside those that describe the body and Vary. An ETag is weak: what is sent may be compressed.
  std::map<std::string, std::string> headers = {};
};

// Called on any of the server's threads, several at once. HEAD is answered from it too.
using Handler = std::function<Response(const Request&)>;

struct Route {
  std::string path;  // Exact, beginning with '/'.
  Handler handler;
  // Answered beside all others, on a thread that only probes share: at once, and in few bytes.
  bool probe = false;
};

// A small HTTP/1.1 server for pages, feeds, probes and metrics: GET and HEAD of exact paths. Other
// methods of them are answered 405, all else is an error, and no body of a request is read. One
// connection, one request: a client that idles or sends slowly holds no thread, and one that takes
// its answer slowly delays no probe. Answers are compressed (gzip) for clients that accept it.
// Serves from Create on; any thread.
class Server {
 public:
  struct Options {
    std::string listen = "127.0.0.1:7071";  // HOST:PORT; port 0: any free one.
    std::string setting = "http.listen";    // What the operator would change, named in errors.
    // Without them: plain text. They may be replaced; new connections get what is there.
    security::CertificateFiles certificates = {};
    std::string tls_setting = "http.tls";  // As `setting`, for the certificates.
    size_t threads = 4;  // Beside that of the probes and those that accept and read.
    // But those that are being answered; above it the oldest are closed, answered ones first.
    size_t connections_max = 256;
    absl::Duration head_time_max = absl::Seconds(5);  // From the accept until a request is whole.
    absl::Duration pause_max = absl::Seconds(5);      // Between two pieces of an answer.
    size_t compressed_bytes_min = 1 << 10;            // A shorter answer goes as it is.
    // Of an answer, however often a byte of it is taken.
    absl::Duration answer_time_max = absl::Seconds(10);
    // From an answer until the client ends too: what it still sends is thrown away, this long and
    // that much of it.
    absl::Duration leave_time_max = absl::Seconds(5);
    size_t leave_bytes_max = 16 << 20;
  };

  //   kInvalidArgument: `listen` is malformed or not of this machine, or the certificates cannot be
  //   used. kAlreadyExists: in use.
  //   kPermissionDenied: a port that needs rights. All name the address and what to change.
  static absl::StatusOr<std::unique_ptr<Server>> Create(const Options& options,
                                                        std::vector<Route> routes);
  // Waits for the requests in work.
  ~Server();

  const std::string& address() const { return address_; }  // HOST:PORT with the port bound.
  int port() const { return port_; }

  // Takes no more connections and waits for the requests in work, each bounded by the timeouts.
  // Later calls do nothing.
  void Shutdown();

 private:
  Server(std::unique_ptr<httplib::Server> server, std::string address, int port);

  std::unique_ptr<httplib::Server> server_;
  std::string address_;
  int port_;
  std::atomic<bool> ended_ = false;  // The accepting loop is over.
  std::jthread listener_;
};

}  // namespace sluice::http
