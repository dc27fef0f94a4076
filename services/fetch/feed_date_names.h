#pragma once

#include <optional>
#include <string_view>

namespace sluice::fetch {

// The month (1 to 12) that a lower-case UTF-8 word names in one of the languages that feeds are
// written in; matched by its first letters where these decide. 0: none.
int MonthOfName(std::string_view lower_word);

// Minutes east of UTC of a lower-case zone name: those of RFC 822 and the usual ones of Europe,
// Asia and Australia.
std::optional<int> ZoneOffsetMinutes(std::string_view lower_name);

}  // namespace sluice::fetch
