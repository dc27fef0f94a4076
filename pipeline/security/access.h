#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "pipeline/security/tokens.h"

namespace sluice::security {

// Is told of calls that were refused. Any thread.
class AccessObserver {
 public:
  static constexpr std::array<std::string_view, 3> kReasons = {"no_token", "unknown_token",
                                                               "scope"};

  virtual ~AccessObserver() = default;
  virtual void Refused(std::string_view reason) = 0;  // One of kReasons.
};

// What a method asks for.
struct MethodScope {
  std::string_view method;  // As gRPC has it: /package.Service/Method.
  Scope scope;
};

// Decides by its token whether a call may go on. Any thread.
class Access {
 public:
  // All outlive it. A method that `table` does not name asks for kAdmin, so that none is open by
  // mistake.
  Access(std::span<const MethodScope> table, const Tokens& tokens, AccessObserver& observer);

  // `authorization`: what the caller sent under that name: Bearer TOKEN, or Basic with the token as
  // the password, as browsers do.
  //   kUnauthenticated: no token, or an unknown one. kPermissionDenied: one of a lesser scope. The
  //   messages say what is asked for, and how to send it.
  absl::Status CheckMethod(std::string_view method,
                           std::optional<std::string_view> authorization) const;
  // The same for something that is no method; `what` is named in messages.
  absl::Status CheckScope(Scope needed, std::string_view what,
                          std::optional<std::string_view> authorization) const;

 private:
  absl::flat_hash_map<std::string, Scope> scopes_;
  const Tokens* tokens_;      // Not owned.
  AccessObserver* observer_;  // Not owned.
};

}  // namespace sluice::security
