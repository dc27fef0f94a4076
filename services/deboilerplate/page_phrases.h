#pragma once

#include <string_view>

namespace sluice::deboilerplate {

// What pages say that have no article to show, in the languages that we meet most. Letters of ASCII
// count in either case.

// Whether a headline is that of an error page. Those of articles have the shorter phrases too.
bool IsErrorHeadline(std::string_view headline);

// Whether a text says that the page is lost, moved or not for machines.
bool SaysError(std::string_view text);

// Whether a text says that the rest is for subscribers.
bool SaysPaywall(std::string_view text);

// Whether a text speaks of cookies and asks for consent in several phrases.
bool SaysConsent(std::string_view text);

// Whether an address is that of a page which is being added to.
bool IsLiveAddress(std::string_view url);

}  // namespace sluice::deboilerplate
