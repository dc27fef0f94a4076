#pragma once

#include <string_view>
#include <vector>

#include "services/deboilerplate/decide.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// The block of a flattened page that is its headline; -1: it has none. `feed_title` helps where it
// is given.
int FindTextTitle(const Page& page, const std::vector<Judgement>& judgements,
                  std::string_view feed_title);

}  // namespace sluice::deboilerplate
