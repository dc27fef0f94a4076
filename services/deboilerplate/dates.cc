#include "services/deboilerplate/dates.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "absl/strings/ascii.h"
#include "pipeline/base/strings.h"
#include "services/deboilerplate/month_names.h"
#include "services/deboilerplate/persian_calendar.h"

namespace sluice::deboilerplate {
namespace {

constexpr int kYearMin = 1990;
constexpr int kYearMax = 2100;

bool IsWordByte(char c) {
  return absl::ascii_isdigit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c & 0x80) != 0;
}

bool Valid(int year, int month, int day) {
  if (year < kYearMin || year > kYearMax || month < 1 || month > 12 || day < 1 || day > 31)
    return false;
  const absl::CivilDay civil(year, month, day);
  return civil.month() == month && civil.day() == day;
}

// A word of a text: a number or letters.
struct Token {
  std::string_view text;
  int number = -1;    // Of up to 8 digits.
  char before = ' ';  // The character before it.
};

std::vector<Token> Tokenise(std::string_view text) {
  constexpr size_t kTokensMax = 64;
  std::vector<Token> tokens;
  for (size_t at = 0; at < text.size() && tokens.size() < kTokensMax;) {
    if (!IsWordByte(text[at])) {
      ++at;
      continue;
    }
    const size_t begin = at;
    const bool digits = absl::ascii_isdigit(text[at]);
    while (at < text.size() && IsWordByte(text[at]) && absl::ascii_isdigit(text[at]) == digits)
      ++at;
    Token token{text.substr(begin, at - begin), -1, begin == 0 ? ' ' : text[begin - 1]};
    if (digits && token.text.size() <= 8) token.number = std::atoi(std::string(token.text).c_str());
    tokens.push_back(token);
  }
  return tokens;
}

// Figures of Arabic, Persian, Devanagari and Bengali as those of ASCII.
std::string WithPlainFigures(std::string_view text) {
  struct Figures {
    std::string_view lead;
    uint8_t zero;
  };
  constexpr Figures kFigures[] = {
      {"\xD9", 0xA0}, {"\xDB", 0xB0}, {"\xE0\xA5", 0xA6}, {"\xE0\xA7", 0xA6}};
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char figure = text[i];
    for (const auto& [lead, zero] : kFigures) {
      if (!text.substr(i).starts_with(lead) || i + lead.size() >= text.size()) continue;
      const int value = static_cast<uint8_t>(text[i + lead.size()]) - zero;
      if (value < 0 || value > 9) continue;
      figure = static_cast<char>('0' + value);
      i += lead.size();
      break;
    }
    out.push_back(figure);
  }
  return out;
}

int YearOf(const Token& token) {
  if (token.text.size() == 4 && token.number >= kYearMin && token.number <= kYearMax)
    return token.number;
  return 0;
}

std::optional<PageDate> Day(int year, int month, int day) {
  if (!Valid(year, month, day)) return std::nullopt;
  return PageDate{.civil = absl::CivilSecond(year, month, day)};
}

// Of an hour before "pm" or "A.M."; the hour itself before anything else.
int HourOfDay(int hour, std::string_view behind) {
  constexpr int kNoon = 12;
  const std::string lower = absl::AsciiStrToLower(base::ToAbsl(behind.substr(0, 3)));
  if (hour > kNoon) return hour;
  if (lower.starts_with("pm") || lower.starts_with("p.m")) return hour % kNoon + kNoon;
  if (lower.starts_with("am") || lower.starts_with("a.m")) return hour % kNoon;
  return hour;
}

// Reads HH:MM[:SS[.fff]][zone] at the beginning of `text` into `date`.
void ReadTime(std::string_view text, PageDate& date) {
  const auto two = [&text](size_t at) {
    return at + 1 < text.size() && absl::ascii_isdigit(text[at]) &&
                   absl::ascii_isdigit(text[at + 1])
               ? (text[at] - '0') * 10 + (text[at + 1] - '0')
               : -1;
  };
  const int hour = two(0);
  if (hour < 0 || hour > 23) return;
  size_t at = 2;
  const bool colon = at < text.size() && text[at] == ':';
  if (colon) ++at;
  const int minute = two(at);
  if (minute < 0 || minute > 59) return;
  at += 2;
  int second = 0;
  if (at < text.size() && text[at] == ':' && two(at + 1) >= 0) {
    second = std::min(two(at + 1), 59);
    at += 3;
  }
  if (at < text.size() && text[at] == '.') {
    ++at;
    while (at < text.size() && absl::ascii_isdigit(text[at])) ++at;
  }
  while (at < text.size() && text[at] == ' ') ++at;
  const absl::CivilDay day(date.civil);
  date.civil = absl::CivilSecond(day.year(), day.month(), day.day(),
                                 HourOfDay(hour, text.substr(at)), minute, second);
  date.has_time = true;
  if (at >= text.size()) return;
  const bool named = text.substr(at).starts_with("GMT") || text.substr(at).starts_with("UTC");
  if (named) at += 3;
  if (named || text[at] == 'Z') date.offset_minutes = 0;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    const int hours = two(at + 1);
    if (hours < 0 || hours > 14) return;
    const size_t rest = at + 3 < text.size() && text[at + 3] == ':' ? at + 4 : at + 3;
    const int minutes = std::max(two(rest), 0);
    date.offset_minutes = (text[at] == '-' ? -1 : 1) * (hours * 60 + minutes);
  }
}

// YYYYMMDDhhmm[ss].
std::optional<PageDate> FromFigures(std::string_view text) {
  constexpr size_t kDayFigures = 8;
  if ((text.size() != 12 && text.size() != 14) ||
      text.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  const int day = std::atoi(std::string(text.substr(0, kDayFigures)).c_str());
  std::optional<PageDate> date = Day(day / 10000, day / 100 % 100, day % 100);
  if (date.has_value()) ReadTime(text.substr(kDayFigures), *date);
  return date;
}

std::optional<PageDate> FromEpoch(std::string_view text) {
  if (text.size() != 10 && text.size() != 13) return std::nullopt;
  for (const char c : text) {
    if (!absl::ascii_isdigit(c)) return std::nullopt;
  }
  const int64_t seconds = std::strtoll(std::string(text.substr(0, 10)).c_str(), nullptr, 10);
  PageDate date{.civil = absl::ToCivilSecond(absl::FromUnixSeconds(seconds), absl::UTCTimeZone()),
                .has_time = true};
  date.offset_minutes = 0;
  if (date.civil.year() < kYearMin || date.civil.year() > kYearMax) return std::nullopt;
  return date;
}

// Where the time stands that follows a date: after a T, blanks, commas and at most a short word.
void FindTime(std::string_view rest, PageDate& date) {
  constexpr size_t kReachBytes = 24;
  for (size_t at = 0; at + 4 < rest.size() && at < kReachBytes; ++at) {
    if (!absl::ascii_isdigit(rest[at]) || (at > 0 && absl::ascii_isdigit(rest[at - 1]))) continue;
    if (at + 2 < rest.size() && absl::ascii_isdigit(rest[at + 1]) && rest[at + 2] == ':')
      return ReadTime(rest.substr(at), date);
  }
}

// 1403/02/24; 24 and the name of a month before 1403.
std::optional<PageDate> PersianAt(const Token& a, const Token& b, const Token& c) {
  std::optional<absl::CivilDay> day;
  if (b.number < 0) {
    day = FromPersian(c.number, PersianMonthOf(b.text), a.number);
  } else if (b.before == c.before && (b.before == '/' || b.before == '-')) {
    day = FromPersian(a.number, b.number, c.number);
  }
  return day.has_value() ? Day(static_cast<int>(day->year()), day->month(), day->day())
                         : std::nullopt;
}

std::optional<PageDate> AtToken(const std::vector<Token>& tokens, size_t i, bool month_first) {
  const Token& a = tokens[i];
  if (a.text.size() == 8 && a.number > 0)
    return Day(a.number / 10000, a.number / 100 % 100, a.number % 100);
  if (i + 2 >= tokens.size()) return std::nullopt;
  const Token& b = tokens[i + 1];
  const Token& c = tokens[i + 2];
  if (auto date = PersianAt(a, b, c); date.has_value()) return date;
  const auto cjk = [&](std::string_view unit, size_t at) {
    return at < tokens.size() && tokens[at].text.starts_with(unit);
  };
  if (YearOf(a) != 0) {
    if ((cjk("年", i + 1) || cjk("년", i + 1)) && c.number > 0 && i + 4 < tokens.size()) {
      return Day(a.number, c.number, tokens[i + 4].number);
    }
    if (b.number > 0 && c.number > 0 && b.text.size() <= 2 && c.text.size() <= 2)
      return Day(a.number, b.number, c.number);
    if (b.number < 0 && MonthOf(b.text) != 0 && c.number > 0)
      return Day(a.number, MonthOf(b.text), c.number);
    return std::nullopt;
  }
  if (a.number > 0 && a.text.size() <= 2) {
    // 3 May 2024; 3rd of May, 2024; 3 de mayo de 2024.
    for (size_t j = i + 1; j < tokens.size() && j <= i + 3; ++j) {
      if (tokens[j].number >= 0) break;
      const int month = MonthOf(tokens[j].text);
      if (month == 0) continue;
      for (size_t k = j + 1; k < tokens.size() && k <= j + 2; ++k) {
        if (YearOf(tokens[k]) != 0) return Day(tokens[k].number, month, a.number);
        if (tokens[k].number >= 0) break;
      }
      return std::nullopt;
    }
    if (b.number > 0 && b.text.size() <= 2 && YearOf(c) != 0 &&
        std::string_view("./- ").find(b.before) != std::string_view::npos) {
      const bool us = b.number > 12 || (month_first && a.number <= 12 && b.before == '/');
      return us ? Day(c.number, a.number, b.number) : Day(c.number, b.number, a.number);
    }
    // 09/23/22: a month, no day of a month before it, no month.
    constexpr int kMonthsMax = 12;
    if (b.number > kMonthsMax && a.text.size() == 2 && b.text.size() == 2 && c.text.size() == 2 &&
        c.number >= 0 && b.before == '/' && c.before == '/')
      return Day(2000 + c.number, a.number, b.number);
    // 23.09.22
    if (b.number > 0 && a.text.size() == 2 && b.text.size() == 2 && c.text.size() == 2 &&
        c.number >= 0 && b.before == '.' && c.before == '.')
      return Day(2000 + c.number, b.number, a.number);
    return std::nullopt;
  }
  if (a.number < 0) {
    // May 3, 2024; May 3rd 2024.
    if (b.number <= 0 || b.text.size() > 2) return std::nullopt;
    const int month = MonthOf(a.text);
    if (month == 0) return std::nullopt;
    // May 3 09:30:00 EDT 2024.
    const bool clock =
        i + 4 < tokens.size() && tokens[i + 3].before == ':' && tokens[i + 4].before == ':';
    for (size_t k = i + 2; k < tokens.size() && k <= i + (clock ? 6 : 3); ++k) {
      if (YearOf(tokens[k]) != 0) return Day(tokens[k].number, month, b.number);
    }
  }
  return std::nullopt;
}

}  // namespace

absl::Time PageDate::ToTime() const {
  return absl::FromCivil(civil, absl::FixedTimeZone(60 * offset_minutes.value_or(0)));
}

PageDate PageDate::At(int minutes_east) const {
  return {.civil = absl::ToCivilSecond(ToTime(), absl::FixedTimeZone(60 * minutes_east)),
          .has_time = has_time,
          .offset_minutes = minutes_east};
}

PageDate PageDate::OnDay(absl::CivilDay day) const {
  constexpr int kHoursMax = 12;
  for (int hours = 0; hours <= kHoursMax; ++hours) {
    for (const int sign : {-1, 1}) {
      PageDate moved = At(offset_minutes.value_or(0) + sign * 60 * hours);
      if (absl::CivilDay(moved.civil) == day) return moved;
    }
  }
  return *this;
}

std::string PageDate::Format() const {
  std::string day = fmt::format("{:04}-{:02}-{:02}", civil.year(), civil.month(), civil.day());
  if (!has_time) return day;
  const int offset = offset_minutes.value_or(0);
  const std::string zone = offset == 0 ? "Z"
                                       : fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+',
                                                     std::abs(offset) / 60, std::abs(offset) % 60);
  return fmt::format("{}T{:02}:{:02}:{:02}{}", day, civil.hour(), civil.minute(), civil.second(),
                     zone);
}

std::optional<PageDate> ParseMachineDate(std::string_view text) {
  constexpr size_t kTextBytesMax = 64;
  while (text.starts_with(' ') || text.starts_with('\n')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\n')) text.remove_suffix(1);
  if (auto date = FromEpoch(text); date.has_value()) return date;
  if (auto date = FromFigures(text); date.has_value()) return date;
  return FindDate(text.substr(0, kTextBytesMax), true);
}

std::optional<PageDate> FindDate(std::string_view text, bool month_first) {
  constexpr size_t kTextBytesMax = 600;
  text = text.substr(0, kTextBytesMax);
  std::string plain;
  if (text.find_first_of("0123456789") == std::string_view::npos) {
    plain = WithPlainFigures(text);
    text = plain;
    if (text.find_first_of("0123456789") == std::string_view::npos) return std::nullopt;
  }
  const std::vector<Token> tokens = Tokenise(text);
  for (size_t i = 0; i < tokens.size(); ++i) {
    std::optional<PageDate> date = AtToken(tokens, i, month_first);
    if (!date.has_value()) continue;
    const size_t token_end =
        static_cast<size_t>(tokens[i].text.data() - text.data()) + tokens[i].text.size();
    FindTime(text.substr(token_end), *date);
    return date;
  }
  return std::nullopt;
}

std::optional<PageDate> FindUrlDate(std::string_view url) {
  const size_t scheme = url.find("://");
  const size_t path = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  if (path == std::string_view::npos) return std::nullopt;
  const std::string_view rest = url.substr(path, url.find('?', path) - path);
  const std::vector<Token> tokens = Tokenise(rest);
  for (size_t i = 0; i < tokens.size(); ++i) {
    const Token& a = tokens[i];
    if (a.text.size() == 8 && a.number > 0) {
      if (auto date = Day(a.number / 10000, a.number / 100 % 100, a.number % 100); date.has_value())
        return date;
    }
    if (YearOf(a) == 0 || i + 2 >= tokens.size()) continue;
    const Token& b = tokens[i + 1];
    const Token& c = tokens[i + 2];
    const int month = b.number > 0 && b.text.size() <= 2   ? b.number
                      : b.number < 0 && b.text.size() <= 9 ? MonthOf(b.text)
                                                           : 0;
    if (month == 0 || c.number <= 0 || c.text.size() > 2) continue;
    if (b.before != c.before || (b.before != '/' && b.before != '-' && b.before != '_')) continue;
    if (auto date = Day(a.number, month, c.number); date.has_value()) return date;
  }
  return std::nullopt;
}

}  // namespace sluice::deboilerplate
