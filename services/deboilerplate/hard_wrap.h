#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::deboilerplate {

// Undoes the breaks of a text that was wrapped at a fixed width, as mail, terminals and listings in
// <pre> have it: a paragraph becomes one line, empty lines stay. None where the lines were not
// broken so. A line was broken where it is within the width and the next word would have gone
// beyond; that most of the text's longer lines are such shows that there is a width. `text` is
// UTF-8; linear in its length.
std::optional<std::string> Unwrap(std::string_view text);

}  // namespace sluice::deboilerplate
