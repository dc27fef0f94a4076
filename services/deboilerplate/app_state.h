#pragma once

#include <string>

#include "absl/types/span.h"

namespace sluice::deboilerplate {

// The text in what a page's scripts hold as data for the program that is to show it (Next.js, Nuxt
// and their like): the paragraphs of that part of the data which has nearly all of them, a line
// each. Empty: there are none. Never fails.
std::string TextOfState(absl::Span<const std::string> scripts);

}  // namespace sluice::deboilerplate
