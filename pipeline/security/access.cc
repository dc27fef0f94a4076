#include "pipeline/security/access.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "pipeline/base/strings.h"

namespace sluice::security {
namespace {

// What stands behind `scheme` in an authorization header; schemes are the same in any case
// (RFC 9110).
std::optional<std::string_view> Behind(std::string_view scheme, std::string_view header) {
  if (!absl::StartsWithIgnoreCase(base::ToAbsl(header), base::ToAbsl(scheme))) return std::nullopt;
  header.remove_prefix(scheme.size());
  if (!header.starts_with(' ')) return std::nullopt;
  return base::ToStd(absl::StripAsciiWhitespace(base::ToAbsl(header)));
}

// Empty: the header has none.
std::string TokenIn(std::string_view header) {
  if (const auto bearer = Behind("bearer", header); bearer.has_value()) return std::string(*bearer);
  const auto basic = Behind("basic", header);
  std::string pair;
  if (!basic.has_value() || !absl::Base64Unescape(base::ToAbsl(*basic), &pair)) return "";
  const size_t colon = pair.find(':');
  return colon == std::string::npos ? "" : pair.substr(colon + 1);
}

}  // namespace

Access::Access(std::span<const MethodScope> table, const Tokens& tokens, AccessObserver& observer)
    : tokens_(&tokens), observer_(&observer) {
  for (const MethodScope& entry : table) scopes_.emplace(entry.method, entry.scope);
}

absl::Status Access::CheckMethod(std::string_view method,
                                 std::optional<std::string_view> authorization) const {
  const auto found = scopes_.find(std::string(method));
  return CheckScope(found == scopes_.end() ? Scope::kAdmin : found->second, method, authorization);
}

absl::Status Access::CheckScope(Scope needed, std::string_view what,
                                std::optional<std::string_view> authorization) const {
  if (needed == Scope::kOpen) return absl::OkStatus();
  const std::string token = TokenIn(authorization.value_or(""));
  if (token.empty()) {
    observer_->Refused("no_token");
    return absl::UnauthenticatedError(
        fmt::format("{} needs a token of scope {}: send `authorization: Bearer TOKEN` (the verbs "
                    "of sluice: --token-file FILE, or SLUICE_TOKEN)",
                    what, ScopeName(needed)));
  }
  const Scope has = tokens_->Find(token);
  if (has == Scope::kOpen) {
    observer_->Refused("unknown_token");
    return absl::UnauthenticatedError(
        fmt::format("{} needs a token of scope {}, and the one that was sent is not known here: it "
                    "may have been replaced; ask who runs this server for another one",
                    what, ScopeName(needed)));
  }
  if (has < needed) {
    observer_->Refused("scope");
    return absl::PermissionDeniedError(
        fmt::format("{} needs a token of scope {}, and the one that was sent has scope {}; ask who "
                    "runs this server for another one",
                    what, ScopeName(needed), ScopeName(has)));
  }
  return absl::OkStatus();
}

}  // namespace sluice::security
