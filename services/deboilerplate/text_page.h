#pragma once

#include <string_view>

#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// Turns a text that somebody flattened, a block a line, into a page: every line is a block. `text`
// is valid UTF-8. `page` is overwritten.
void ReadPlainText(std::string_view text, size_t blocks_max, Page& page);

}  // namespace sluice::deboilerplate
