#pragma once

#include <string_view>

namespace sluice::base {

// Ends the program: a belief about our own code is wrong. Writes it on stderr. Not for anything
// that input or machines can cause.
[[noreturn]] void Terminate(std::string_view belief);

}  // namespace sluice::base
