#pragma once

#include <cstdint>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "pipeline/base/hash.h"
#include "services/fetch/byte_budget.h"
#include "sluice/data/v1/raw_page.pb.h"

namespace sluice::fetch {

// Why there is no whole answer.
enum class HttpError {
  kNone,            // There is one, whatever its status.
  kAddressRefused,  // All addresses of the host, or the port, may not be asked, or the URL carries
                    // credentials. No connection was begun.
  kNoAnswer,        // The name has no address, or nobody answered there, or the connection broke.
  kTimeout,         // Over a time limit, or too slow for too long.
  kTruncated,       // It ended before its announced end.
  kTooLarge,        // Over a limit of bytes.
  kBomb,            // Inflates beyond the ratio.
  kEncoding,        // A content coding that was not asked for, or a damaged one.
  kRedirects,       // More redirects than the request allows.
  kProtocol,        // No HTTP.
  kOverloaded,  // Not begun, or given up, for want of our own room: try later, the host is not to
                // blame.
};

// A GET of one http or https URL.
struct HttpRequest {
  std::string url = {};                 // Absolute, without fragment.
  std::string etag = {};                // For If-None-Match, verbatim. Empty: none.
  std::string last_modified = {};       // For If-Modified-Since, verbatim. Empty: none.
  uint64_t body_bytes_max = 8 << 20;    // Inflated.
  uint64_t stored_bytes_max = 2 << 20;  // As sent, where it is compressed.
  bool cut_at_max = false;  // At body_bytes_max the body ends there, instead of kTooLarge; a gzip
                            // that was not asked for, a little later and within a member.
  bool pages_only = false;  // The body of another media type than IsPage wants is not read.
  int redirects_max =
      0;  // Followed inside; 0: a redirect is an answer like others, with its `location`.
};

// The answer to a request.
struct HttpResponse {
  HttpError error = HttpError::kNone;
  std::string error_detail;  // For people.

  int status = 0;   // Of the last answer, 0 without one.
  std::string url;  // That answered: after redirects followed inside.
  std::string
      location;  // Headers; empty where they were not sent. U+FFFD stands for what is no UTF-8;
                 // `etag` and `last_modified` are verbatim, or empty where they have such bytes.
  std::string content_type;
  std::string content_language;
  std::string etag;
  std::string last_modified;
  std::string retry_after;
  std::string cache_control;

  // Of a whole answer with status 200 to 299; otherwise empty.
  std::string body;  // As it came: plain, or one whole gzip member, but for cut_at_max.
  data::v1::BodyCodec codec = data::v1::BODY_CODEC_IDENTITY;
  uint64_t body_bytes = 0;  // Inflated.
  base::Hash128 body_hash;  // Of the inflated body.
  ByteBudget::Share room;   // Kept as long as the body is.

  uint64_t received_bytes = 0;  // Of bodies, as sent, whatever became of them.
  absl::Duration elapsed;
};

// Asks the web. Any thread. An interface for the sake of tests without a network.
class HttpClient {
 public:
  using Done = absl::AnyInvocable<void(HttpResponse)>;

  virtual ~HttpClient() = default;

  // Calls `done` once, on a thread of the client's, never inside Start. `done` must be quick. The
  // client's end drops the requests that are under way without a call.
  virtual void Start(HttpRequest request, Done done) = 0;
};

}  // namespace sluice::fetch
