#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace sluice::deboilerplate {

// A date as a page gives it: a day, with or without a time.
struct PageDate {
  absl::CivilSecond civil;  // In the page's own zone.
  bool has_time = false;
  std::optional<int> offset_minutes = std::nullopt;  // East of UTC. Empty: not said.

  // UTC where no zone was said.
  absl::Time ToTime() const;
  // The same instant in another zone.
  PageDate At(int minutes_east) const;
  // The same instant with the offset nearest to its own that puts it on `day`; unchanged where none
  // of the world's does.
  PageDate OnDay(absl::CivilDay day) const;
  // YYYY-MM-DD, or RFC 3339 where there is a time.
  std::string Format() const;
};

// A date in machine form: ISO 8601 and its many neighbours, RFC 822, seconds or milliseconds since
// the epoch. Empty: it is none, or outside the years 1990 to 2100.
std::optional<PageDate> ParseMachineDate(std::string_view text);

// The first date in a short text for people, in the languages of most news: "Published 3 May 2024",
// "3. Mai 2024", "2024年5月3日". Day before month where figures alone do not tell, unless
// `month_first`.
std::optional<PageDate> FindDate(std::string_view text, bool month_first);

// The day in a path such as /2024/05/03/ or /20240503-.
std::optional<PageDate> FindUrlDate(std::string_view url);

}  // namespace sluice::deboilerplate
