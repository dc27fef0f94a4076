#pragma once

#include <string>
#include <string_view>

#include "services/deboilerplate/linked_data.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// Letters and digits of a text, ASCII in lower case: for telling whether two headlines are the
// same.
std::string Normalise(std::string_view text);

// A title without the site's name: "Headline | The Site" and the like. `site` may be empty.
std::string WithoutSite(std::string_view title, std::string_view site);

// The site's name, as the page gives it in one place or another.
std::string FindSite(const Page& page, const LinkedData& data);

// The headline. `first_block`: where the article's text begins.
std::string FindTitle(const Page& page, const LinkedData& data, std::string_view site,
                      int first_block);

}  // namespace sluice::deboilerplate
