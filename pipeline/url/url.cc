#include "pipeline/url/url.h"

#include <fmt/format.h>

#include <utility>

#include "pipeline/url/percent.h"
#include "pipeline/url/url_parser.h"

namespace sluice::url {
namespace {

absl::StatusOr<Url> ParseAgainst(std::string_view input, const Url::Parts* base,
                                 const Url::Limits& limits) {
  if (input.size() > limits.input_bytes_max) {
    return absl::InvalidArgumentError(
        fmt::format("URL of {} bytes is longer than {}", input.size(), limits.input_bytes_max));
  }
  absl::StatusOr<Url::Parts> parts = ParseUrl(input, base);
  if (!parts.ok()) return parts.status();
  return Url::FromParts(*std::move(parts));
}

std::string Serialize(const Url::Parts& parts) {
  std::string href = parts.scheme + ":";
  if (parts.has_host) {
    href += "//";
    if (!parts.username.empty() || !parts.password.empty()) {
      href += parts.username;
      if (!parts.password.empty()) href += ":" + parts.password;
      href += "@";
    }
    href += parts.host;
    if (parts.port) href += fmt::format(":{}", *parts.port);
  } else if (!parts.opaque_path && parts.path.starts_with("//")) {
    href += "/.";  // Or the path would be read as a host.
  }
  href += parts.path;
  if (parts.query) href += "?" + *parts.query;
  if (parts.fragment) href += "#" + *parts.fragment;
  return href;
}

}  // namespace

Url::Url(Parts parts) : parts_(std::move(parts)), href_(Serialize(parts_)) {}

Url Url::FromParts(Parts parts) { return Url(std::move(parts)); }

absl::StatusOr<Url> Url::Parse(std::string_view input, const Limits& limits) {
  return ParseAgainst(input, nullptr, limits);
}

absl::StatusOr<Url> Url::Parse(std::string_view input, const Url& base, const Limits& limits) {
  return ParseAgainst(input, &base.parts_, limits);
}

uint16_t Url::EffectivePort() const { return parts_.port.value_or(DefaultPort(parts_.scheme)); }

std::string Url::Origin() const {
  if (!IsSpecialScheme(parts_.scheme) || parts_.scheme == "file") return "";
  std::string origin = parts_.scheme + "://" + parts_.host;
  if (parts_.port) origin += fmt::format(":{}", *parts_.port);
  return origin;
}

std::string Url::PathAndQuery() const {
  return parts_.query ? parts_.path + "?" + *parts_.query : parts_.path;
}

uint16_t DefaultPort(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss") return 443;
  if (scheme == "ftp") return 21;
  return 0;
}

bool IsSpecialScheme(std::string_view scheme) {
  return DefaultPort(scheme) != 0 || scheme == "file";
}

}  // namespace sluice::url
