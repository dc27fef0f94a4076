#pragma once

#include <string>
#include <string_view>

#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// Turns a text that somebody flattened, a block a line, into a page: every line is a block; lines
// that were wrapped at a width are joined before. `text` is valid UTF-8. `page` is overwritten.
void ReadPlainText(std::string_view text, size_t blocks_max, Page& page);

// Whether a page of HTML has no elements that part its text: nearly all of it stands in one, in
// lines that end at breaks.
bool LacksMarkup(const Page& page);

// Whether a page's elements hold less than half of the text that it states elsewhere, or hardly
// anything of it and no more prose than that: a script is to fill it in.
bool LacksText(const Page& page, std::string_view stated);

// The text of all blocks, a line each.
std::string LinesOf(const Page& page);

// Makes it a page of plain text with this one, every line a block. What its head says stays.
void ReplaceText(std::string_view text, size_t blocks_max, Page& page);

}  // namespace sluice::deboilerplate
