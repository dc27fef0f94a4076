#pragma once

#include <string_view>

#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// Whether a block is a heading behind which a page is no longer about its story: "Related
// articles", "Comments", "Das könnte Sie auch interessieren", "関連記事" and the like, in the
// languages of most news.
bool IsBarrier(const Page& page, const Block& block);

}  // namespace sluice::deboilerplate
