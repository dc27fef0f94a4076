#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "services/fetch/address_policy.h"
#include "services/fetch/byte_budget.h"
#include "services/fetch/fetch_options.h"
#include "services/fetch/gzip_meter.h"
#include "services/fetch/http_client.h"

namespace sluice::fetch {

// One GET on a curl handle, from the request to the response: it watches every limit while bytes
// come in, and lets no connection begin to an address that the policy refuses. The loop's thread;
// stays where it is while curl knows it.
class CurlTransfer {
 public:
  // `options` and `policy` outlive it. `room` is an empty share of the budget for bodies.
  CurlTransfer(const HttpOptions& options, const AddressPolicy& policy, HttpRequest request,
               HttpClient::Done done, ByteBudget::Share room);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  CURL* easy() const { return easy_; }

  // Makes the response of a transfer that curl has ended with `code`, and calls `done` with it.
  void Finish(CURLcode code);

 private:
  static constexpr size_t kHeaderBytesMax = 64 << 10;  // Of one answer.
  static constexpr size_t kErrorBodyBytesMax =
      64 << 10;  // Read to keep the connection, and thrown away.

  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  static curl_socket_t OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);

  void SetUp();
  bool Header(std::string_view line);
  void Field(std::string_view name, std::string_view sent);
  bool HeadersEnd();
  bool Body(std::string_view bytes);
  bool Keep(std::string_view bytes);
  // Ends the transfer with an error of ours.
  bool Fail(HttpError error, std::string detail);
  void Classify(CURLcode code);
  void SettleGzip();
  bool Succeeded() const { return response_.status >= 200 && response_.status <= 299; }

  const HttpOptions* options_;   // Not owned.
  const AddressPolicy* policy_;  // Not owned.
  HttpRequest request_;
  HttpClient::Done done_;
  HttpResponse response_;
  CURL* easy_;
  curl_slist* headers_ = nullptr;

  ByteBudget::Share room_;
  std::unique_ptr<GzipMeter> gzip_;  // Of a body that comes as gzip.
  std::string content_encoding_;
  std::optional<uint64_t> content_length_;
  size_t header_bytes_ = 0;
  bool has_enough_ = false;  // Ended by us, and a success.
  bool opened_ = false;      // Some connection was begun since the last answer.
  std::string refused_;      // The last address that was refused.
};

}  // namespace sluice::fetch
