#include "services/deboilerplate/persian_calendar.h"

#include <algorithm>
#include <array>

namespace sluice::deboilerplate {
namespace {

constexpr int kYearMin = 1370;
constexpr int kYearMax = 1410;
constexpr int kLongMonths = 6;  // Of 31 days; then five of 30, and the last one.

constexpr std::array<std::string_view, 12> kMonths = {"فروردین", "اردیبهشت", "خرداد", "تیر",
                                                      "مرداد",   "شهریور",   "مهر",   "آبان",
                                                      "آذر",     "دی",       "بهمن",  "اسفند"};

// By the cycle of 33 years, which holds from 1343 to 1472.
bool IsLeap(int year) {
  constexpr int kCycle = 33;
  constexpr std::array kLeaps = {1, 5, 9, 13, 17, 22, 26, 30};
  return std::ranges::find(kLeaps, year % kCycle) != kLeaps.end();
}

int DaysOf(int year, int month) {
  if (month <= kLongMonths) return 31;
  return month < 12 || IsLeap(year) ? 30 : 29;
}

}  // namespace

std::optional<absl::CivilDay> FromPersian(int year, int month, int day) {
  if (year < kYearMin || year > kYearMax || month < 1 || month > 12 || day < 1 ||
      day > DaysOf(year, month))
    return std::nullopt;
  absl::CivilDay out(1991, 3, 21);  // The first of 1370.
  for (int y = kYearMin; y < year; ++y) out += IsLeap(y) ? 366 : 365;
  for (int m = 1; m < month; ++m) out += DaysOf(year, m);
  return out + (day - 1);
}

int PersianMonthOf(std::string_view word) {
  const auto* const found = std::ranges::find(kMonths, word);
  return found == kMonths.end() ? 0 : static_cast<int>(found - kMonths.begin()) + 1;
}

}  // namespace sluice::deboilerplate
