#pragma once

#include <string_view>

namespace sluice::base {

// Of the program, as `sluice version` prints it and as trails and dead letters carry it.
inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace sluice::base
