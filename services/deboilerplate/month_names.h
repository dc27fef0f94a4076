#pragma once

#include <string_view>

namespace sluice::deboilerplate {

// The month, from 1 on, whose name or its beginning a word is, in about forty languages; 0: none.
// Letters of ASCII, Cyrillic and Greek count in either case.
int MonthOf(std::string_view word);

}  // namespace sluice::deboilerplate
