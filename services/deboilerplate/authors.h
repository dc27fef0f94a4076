#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/deboilerplate/linked_data.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// The names in a byline such as "By Ann Lee and Bo Chen, staff writers". Empty: it has none.
std::vector<std::string> NamesInByline(std::string_view byline, std::string_view site);

// The article's authors: people where the page names people. `first_block`, `last_block`: where its
// text stands.
std::vector<std::string> FindAuthors(const Page& page, const LinkedData& data,
                                     std::string_view site, int first_block, int last_block);

}  // namespace sluice::deboilerplate
