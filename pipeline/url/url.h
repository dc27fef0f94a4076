#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "pipeline/url/ip_address.h"

namespace sluice::url {

// A URL as the WHATWG URL standard parses and serializes it (living standard of July 2026, with its
// lenient xn-- rule). An immutable value; any thread. For identity and comparison use
// NormalizedUrl.
class Url {
 public:
  struct Limits {
    size_t input_bytes_max = 64 << 10;
  };

  // Without a base only absolute URLs parse. kInvalidArgument: no URL by the standard, or over a
  // limit; the message says why.
  static absl::StatusOr<Url> Parse(std::string_view input, const Limits& limits);
  static absl::StatusOr<Url> Parse(std::string_view input) { return Parse(input, Limits{}); }
  // Resolves `input` against `base`.
  static absl::StatusOr<Url> Parse(std::string_view input, const Url& base, const Limits& limits);
  static absl::StatusOr<Url> Parse(std::string_view input, const Url& base) {
    return Parse(input, base, Limits{});
  }

  const std::string& href() const { return href_; }
  std::string_view scheme() const { return parts_.scheme; }  // Without ':'.
  bool IsHttp() const { return parts_.scheme == "http" || parts_.scheme == "https"; }
  std::string_view username() const { return parts_.username; }
  std::string_view password() const { return parts_.password; }
  bool HasCredentials() const { return !parts_.username.empty() || !parts_.password.empty(); }

  // A lower-case ASCII domain, an IPv4 address, an IPv6 address in brackets, or empty.
  std::string_view host() const { return parts_.host; }
  // Where the host is an address, in whatever form it was written.
  const std::optional<IpAddress>& address() const { return parts_.address; }
  // As written; unset where it is the scheme's default.
  std::optional<uint16_t> port() const { return parts_.port; }
  // With the scheme's default; 0 where there is none.
  uint16_t EffectivePort() const;

  std::string_view path() const { return parts_.path; }  // Begins with '/' but for opaque ones.
  bool HasOpaquePath() const { return parts_.opaque_path; }
  // Without '?' and '#'. Unset: not there.
  const std::optional<std::string>& query() const { return parts_.query; }
  const std::optional<std::string>& fragment() const { return parts_.fragment; }

  std::string Origin() const;  // https://example.org:8443, or empty where the origin is opaque.
  std::string PathAndQuery() const;  // What a request line carries.

  friend bool operator==(const Url& a, const Url& b) { return a.href_ == b.href_; }

  // The parsed parts, as the standard's "URL record".
  struct Parts {
    std::string scheme;
    std::string username;
    std::string password;
    bool has_host = false;
    std::string host;
    std::optional<IpAddress> address;
    std::optional<uint16_t> port;
    std::string path;
    bool opaque_path = false;
    std::optional<std::string> query;
    std::optional<std::string> fragment;
  };
  const Parts& parts() const { return parts_; }
  // For a change of parts that stay as the parser would have made them.
  static Url FromParts(Parts parts);

 private:
  explicit Url(Parts parts);

  Parts parts_;
  std::string href_;
};

// The default port of http, https, ws, wss and ftp; 0 for others.
uint16_t DefaultPort(std::string_view scheme);
// Schemes whose URLs have hosts that are domains: http, https, ws, wss, ftp, file.
bool IsSpecialScheme(std::string_view scheme);

}  // namespace sluice::url
