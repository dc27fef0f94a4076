#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::deboilerplate {

// The names in a byline such as "By Ann Lee and Bo Chen, staff writers". Empty: it has none.
std::vector<std::string> NamesInByline(std::string_view byline);

// Whether a text begins as bylines do: "By ", "Von ", "Posted by ", "责编：".
bool BeginsLikeByline(std::string_view text);

// Whether a name looks like a person's: two to four words that begin with capitals and are no
// newsroom's, such as "News Desk", or a short name in a script without capitals.
bool LooksLikePerson(std::string_view name);

}  // namespace sluice::deboilerplate
