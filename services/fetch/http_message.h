#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/codec/inflate.h"

namespace sluice::fetch {

// An HTTP/1 response as archives store it. Views into the bytes that were parsed.
struct HttpMessage {
  struct Header {
    std::string_view name;
    std::string_view value;
  };

  int status = 0;
  std::vector<Header> headers;
  std::string_view body;  // As sent: transfer and content codings are still on.

  // Of the first header of this name, without case; empty where there is none.
  std::string_view header(std::string_view lower_name) const;
};

// Line ends may be CRLF or LF, the empty line may be missing at the end. nullopt: the bytes do not
// begin as an HTTP response.
std::optional<HttpMessage> ParseHttpMessage(std::string_view bytes);

struct HttpBody {
  std::string_view bytes;  // Of the message, or of `storage`.
  codec::ContentCoding coding =
      codec::ContentCoding::kIdentity;  // Still on the bytes: kIdentity, or kGzip where
                                        // that was asked for.
  std::string storage;

  HttpBody() = default;
  HttpBody(const HttpBody&) = delete;
  HttpBody& operator=(const HttpBody&) = delete;
  HttpBody(HttpBody&&) = delete;  // `bytes` may point into `storage`.
};

struct HttpBodyOptions {
  codec::Inflater::Limits limits = {};
  bool keep_gzip = false;  // Hand out a body whose one coding is gzip as it came, unchecked.
};

// Takes the codings off the body. A coding that was announced and is not there (archives often
// store bodies without it and keep the header) is passed over. kDataLoss: a coding is damaged.
// kResourceExhausted: over the limits.  kUnimplemented: an unknown coding.
absl::Status DecodeHttpBody(const HttpMessage& message, const HttpBodyOptions& options,
                            HttpBody& body);

}  // namespace sluice::fetch
