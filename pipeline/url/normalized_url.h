#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "pipeline/url/url.h"

namespace sluice::url {

// The one spelling under which a page is known: an http(s) URL by the WHATWG rules, without
// fragment, tracking parameters, empty query, default port and the host's final dot,
// percent-encoding as RFC 3986 §6.2.2 has it. Neither scheme, "www.", the order of the parameters
// nor a final slash is touched: servers may tell these apart. A key for maps and tables; any
// thread.
class NormalizedUrl {
 public:
  // kInvalidArgument: no URL, not http(s), or with credentials (no page's identity has any).
  static absl::StatusOr<NormalizedUrl> Parse(std::string_view input);
  static absl::StatusOr<NormalizedUrl> Parse(std::string_view input, const Url& base);
  static absl::StatusOr<NormalizedUrl> From(const Url& url);

  const std::string& text() const { return url_.href(); }
  const Url& url() const { return url_; }
  std::string_view scheme() const { return url_.scheme(); }
  std::string_view host() const { return url_.host(); }
  uint16_t port() const { return url_.EffectivePort(); }
  // The partition key of what is fetched.
  const std::string& registrable_domain() const { return registrable_domain_; }

  friend bool operator==(const NormalizedUrl& a, const NormalizedUrl& b) {
    return a.text() == b.text();
  }
  friend auto operator<=>(const NormalizedUrl& a, const NormalizedUrl& b) {
    return a.text() <=> b.text();
  }
  template <typename H>
  friend H AbslHashValue(H state, const NormalizedUrl& url) {
    return H::combine(std::move(state), url.text());
  }

 private:
  explicit NormalizedUrl(Url url);

  Url url_;
  std::string registrable_domain_;
};

// Whether a query parameter of this name says only how the reader came: utm_source, gclid, fbclid
// and their like.
bool IsTrackingParameter(std::string_view name);

// `query` (without '?') less its tracking parameters; the others keep order and spelling.
std::string WithoutTrackingParameters(std::string_view query);

}  // namespace sluice::url
