#pragma once

#include <span>

#include "pipeline/security/access.h"

namespace sluice::cli {

// Every method that a process may host, and the token that it asks for.
std::span<const security::MethodScope> MethodScopes();

}  // namespace sluice::cli
