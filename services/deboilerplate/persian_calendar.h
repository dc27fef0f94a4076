#pragma once

#include <optional>
#include <string_view>

#include "absl/time/civil_time.h"

namespace sluice::deboilerplate {

// The day in our calendar of one in Iran's solar calendar; nothing if there is no such day, or the
// year is none of 1370 to 1410 (1991 to 2032): figures of other years mean something else.
std::optional<absl::CivilDay> FromPersian(int year, int month, int day);

// The month, from 1 on, that has this name in Persian; 0: none.
int PersianMonthOf(std::string_view word);

}  // namespace sluice::deboilerplate
