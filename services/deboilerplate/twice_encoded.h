#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::deboilerplate {

// Undoes UTF-8 that somebody took for Latin-1 or windows-1252 and encoded again, as pages have it
// whose parts come from different programs. None where no sequence is beyond doubt: one with a
// control character, or one that begins with an a circumflex and a euro sign, as quotes and dashes
// do. Where there is one, others on the page are undone as well. `text` is valid UTF-8, and so is
// what comes out.
std::optional<std::string> UndoSecondEncoding(std::string_view text);

}  // namespace sluice::deboilerplate
