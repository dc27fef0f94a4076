#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/fetch/http_client.h"

namespace sluice::fetch {

// What an answer to a request for a page means. Pure.
struct PageDecision {
  enum class Kind {
    kPage,       // There is a body, and it may be passed on.
    kUnchanged,  // 304, or the body we know.
    kFollow,     // Ask for `url`: a redirect within the registrable domain.
    kLeave,      // A redirect to `url`, beyond it.
    kMissing,    // 404 or 410.
    kRetry,      // Nothing yet: ask again, not before `wait` has passed.
    kPutOff,     // For want of our own room; does not count as a try.
    kDrop,       // Nothing, for `reason`.
  };
  Kind kind = Kind::kDrop;
  std::string_view reason =
      {};  // Of drop_reasons.h; of kRetry and kMissing: should there be no further try.
  std::string detail = {};  // For people.
  std::string url = {};
  absl::Duration wait = absl::ZeroDuration();  // As Retry-After asks, unbounded.
};

// What was asked.
struct PageAsked {
  std::string_view url;                  // Of this request.
  absl::Span<const std::string> before;  // Asked before it for the same page: redirects followed.
  std::string_view body_hash;            // 16 bytes of the body we know; empty: none.
  bool conditional = false;              // With If-None-Match or If-Modified-Since.
  int redirects_max = 5;
};

PageDecision DecidePage(const PageAsked& asked, const HttpResponse& response, absl::Time now);

// The drop reason of an error; kNone has none.
std::string_view ReasonOf(HttpError error);

// Whether the same request may go better later.
bool MayPass(HttpError error);
bool MayPass(int status);

// 301, 302, 303, 307 and 308 with a place to go to.
bool IsRedirect(const HttpResponse& response);

// Where `location` leads from `asked`, without fragment. nullopt: to no http(s) URL, or to one with
// credentials.
std::optional<std::string> ResolveRedirect(std::string_view asked, std::string_view location);

}  // namespace sluice::fetch
