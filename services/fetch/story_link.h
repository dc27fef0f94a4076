#pragma once

#include "pipeline/url/url.h"

namespace sluice::fetch {

// Whether the page under an http(s) URL is a story, by what its path says: a headline of four words
// or of two and a number, a date with something behind it, a long number, or an identifier of
// letters and digits; and it is no image, document or archive. So newspapers write their addresses,
// and few of their menus.
bool LooksLikeStory(const url::Url& url);

}  // namespace sluice::fetch
