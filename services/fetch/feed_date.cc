#include "services/fetch/feed_date.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "services/fetch/feed_date_names.h"

namespace sluice::fetch {
namespace {

constexpr size_t kTextBytesMax = 128;  // Longer texts are no dates.

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// What was found of a date so far. Zeros: not given.
struct Fields {
  int year = -1;
  int month = 1;
  int day = 1;
  int day_of_year = 0;  // Instead of month and day.
  int hour = 0;
  int minute = 0;
  int second = 0;
  int offset_minutes = 0;
};

// Two digits: 90 and later is the last century.
int WholeYear(int value, size_t digits) {
  if (digits > 2) return value;
  return value < 90 ? value + 2000 : value + 1900;
}

std::optional<absl::Time> ToTime(const Fields& f) {
  if (f.year < 1 || f.year > 9999 || f.hour > 24 || f.minute > 59 || f.second > 60) {
    return std::nullopt;
  }
  absl::CivilDay day(f.year, f.month, f.day);
  if (f.day_of_year > 0) {
    day = absl::CivilDay(f.year, 1, 1) + (f.day_of_year - 1);
    if (day.year() != f.year) return std::nullopt;
  } else if (day.month() != f.month || day.day() != f.day) {
    return std::nullopt;
  }
  const absl::CivilSecond civil(day.year(), day.month(), day.day(), f.hour, f.minute, f.second);
  return absl::FromCivil(civil, absl::UTCTimeZone()) - absl::Minutes(f.offset_minutes);
}

// Reads from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool done() const { return text_.empty(); }
  char peek() const { return text_.empty() ? '\0' : text_[0]; }
  std::string_view rest() const { return text_; }
  void Skip(size_t count) { text_.remove_prefix(std::min(count, text_.size())); }
  bool Take(char c) {
    if (peek() != c) return false;
    Skip(1);
    return true;
  }
  void SkipSpaces() {
    while (peek() == ' ') Skip(1);
  }
  size_t CountDigits() const {
    size_t count = 0;
    while (count < text_.size() && IsDigit(text_[count])) ++count;
    return count;
  }
  // Exactly `count` digits, which are there.
  int Number(size_t count) {
    int value = 0;
    for (size_t i = 0; i < count; ++i) value = value * 10 + (text_[i] - '0');
    Skip(count);
    return value;
  }

 private:
  std::string_view text_;
};

// hh[:mm[:ss[.f]]] or hhmm[ss]. False: no time of day here.
bool ReadClock(Scanner& in, Fields& f) {
  const size_t digits = in.CountDigits();
  if (digits != 1 && digits != 2 && digits != 4 && digits != 6) return false;
  const bool basic = digits > 2;
  f.hour = in.Number(basic ? 2 : digits);
  if (basic) f.minute = in.Number(2);
  if (digits == 6) f.second = in.Number(2);
  if (!basic && in.Take(':')) {
    if (in.CountDigits() == 0 || in.CountDigits() > 2) return false;
    f.minute = in.Number(in.CountDigits());
    if (in.Take(':')) {
      if (in.CountDigits() == 0 || in.CountDigits() > 2) return false;
      f.second = in.Number(in.CountDigits());
    }
  }
  if ((in.peek() == '.' || in.peek() == ',') && in.rest().size() > 1 && IsDigit(in.rest()[1])) {
    in.Skip(1);
    in.Skip(in.CountDigits());
  }
  return true;
}

// +hh, +hhmm or +hh:mm. False: none here; nothing is taken.
bool ReadNumericZone(Scanner& in, Fields& f) {
  if (in.peek() != '+' && in.peek() != '-') return false;
  Scanner ahead(in.rest().substr(1));
  const size_t digits = ahead.CountDigits();
  if (digits == 0 || digits > 4) return false;
  int minutes = ahead.Number(std::min<size_t>(digits == 3 ? 1 : digits, 2)) * 60;
  if (digits > 2) {
    minutes += ahead.Number(2);
  } else if (ahead.peek() == ':' && Scanner(ahead.rest().substr(1)).CountDigits() == 2) {
    ahead.Skip(1);
    minutes += ahead.Number(2);
  }
  f.offset_minutes = in.peek() == '-' ? -minutes : minutes;
  in = ahead;
  return true;
}

// The calendar part of ISO 8601 with its truncated forms: a leading hyphen stands for the century.
bool ReadIsoDay(Scanner& in, Fields& f) {
  const bool short_year = in.Take('-');
  size_t digits = in.CountDigits();
  if (short_year) {
    if (digits != 2 && digits != 4) return false;  // -YY-MM, -YYMM
    f.year = WholeYear(in.Number(2), 2);
    if (digits == 2 && !in.Take('-')) return in.done();
    if (in.CountDigits() != 2) return false;
    f.month = in.Number(2);
    return true;
  }
  const bool two_digit_year = digits == 2 || digits == 5 || digits == 6;
  if (!two_digit_year && digits != 4 && digits != 7 && digits != 8) return false;
  f.year = two_digit_year ? WholeYear(in.Number(2), 2) : in.Number(4);
  digits = in.CountDigits();
  if (digits == 3) {  // YYYYOOO
    f.day_of_year = in.Number(3);
    return f.day_of_year > 0;
  }
  if (digits == 4) {  // YYYYMMDD
    f.month = in.Number(2);
    f.day = in.Number(2);
    return true;
  }
  if (!in.Take('-')) return !two_digit_year;
  digits = in.CountDigits();
  const bool three = digits == 3;  // YYYY-OOO, or a month with a zero too many.
  if (digits == 0 || digits > 4) return false;
  if (digits == 4) {  // YYYY-MMDD
    f.month = in.Number(2);
    f.day = in.Number(2);
    return true;
  }
  const int value = in.Number(digits);
  const bool day_follows = in.peek() == '-' && Scanner(in.rest().substr(1)).CountDigits() > 0 &&
                           Scanner(in.rest().substr(1)).CountDigits() <= 2;
  if (three && !day_follows) {
    f.day_of_year = value;
    return value > 0;
  }
  f.month = value;
  if (day_follows) {
    in.Skip(1);
    f.day = in.Number(in.CountDigits());
  }
  return true;
}

std::optional<Fields> ReadIso(std::string_view lower) {
  Scanner in(lower);
  Fields f;
  if (!ReadIsoDay(in, f)) return std::nullopt;
  if (in.done()) return f;
  const bool separated = in.Take('t') || in.peek() == ' ';
  in.SkipSpaces();
  if (!separated || !ReadClock(in, f)) return std::nullopt;
  in.SkipSpaces();
  if (!ReadNumericZone(in, f) && !in.done()) {
    const auto zone = ZoneOffsetMinutes(in.rest());
    if (!zone) return std::nullopt;
    f.offset_minutes = *zone;
    return f;
  }
  return in.done() ? std::optional(f) : std::nullopt;
}

// Reads a date word by word, in whatever order the parts come.
class LooseReader {
 public:
  explicit LooseReader(std::string_view lower) : in_(lower) {}

  std::optional<Fields> Run() {
    while (!in_.done()) {
      if (IsDigit(in_.peek())) {
        if (!Number()) return std::nullopt;
      } else if (IsWordByte(in_.peek())) {
        Word();
      } else if (!(has_clock_ || in_.peek() == '+') || !ReadNumericZone(in_, f_)) {
        separator_ = in_.peek();
        in_.Skip(1);
      }
    }
    if (!AssignNumbers()) return std::nullopt;
    if (noon_ == Noon::kAfter && f_.hour < 12) f_.hour += 12;
    if (noon_ == Noon::kBefore && f_.hour == 12) f_.hour = 0;
    return f_;
  }

 private:
  enum class Noon { kUnknown, kBefore, kAfter };
  struct Piece {
    int value;
    size_t digits;
    char separator;  // What stood before it.
  };

  static bool IsWordByte(char c) {
    return (c >= 'a' && c <= 'z') || (static_cast<unsigned char>(c) & 0x80) != 0;
  }

  bool Number() {
    const size_t digits = in_.CountDigits();
    const bool is_clock = digits <= 2 && digits < in_.rest().size() && in_.rest()[digits] == ':';
    if (is_clock && !has_clock_) {
      has_clock_ = true;
      return ReadClock(in_, f_);
    }
    if (digits > 4 || pieces_.size() == 3) return false;
    const int value = in_.Number(digits);
    pieces_.push_back({value, digits, separator_});
    separator_ = ' ';
    return true;
  }

  void Word() {
    size_t length = 0;
    while (length < in_.rest().size() &&
           (IsWordByte(in_.rest()[length]) || in_.rest()[length] == '/')) {
      ++length;
    }
    const std::string_view word = in_.rest().substr(0, length);
    in_.Skip(length);
    const bool dotted = in_.rest().starts_with(".m");  // As in "a.m.".
    if (word == "am" || word == "오전" || (dotted && word == "a")) noon_ = Noon::kBefore;
    if (word == "pm" || word == "오후" || (dotted && word == "p")) noon_ = Noon::kAfter;
    if (dotted) return in_.Skip(2);
    if (word == "오전" || word == "오후" || word == "년") f_.offset_minutes = 9 * 60;  // Korea's.
    if (const int month = MonthOfName(word); month != 0 && word.size() > 2) {
      month_ = month;
    } else if (has_clock_) {
      if (const auto zone = ZoneOffsetMinutes(word)) f_.offset_minutes = *zone;
    }
  }

  bool AssignNumbers() {
    if (month_ != 0) {
      if (pieces_.size() != 2) return false;
      const bool year_first = pieces_[0].digits > 2 || pieces_[0].value > 31;
      const Piece& year = pieces_[year_first ? 0 : 1];
      f_.month = month_;
      f_.day = pieces_[year_first ? 1 : 0].value;
      f_.year = WholeYear(year.value, year.digits);
      return true;
    }
    if (pieces_.size() != 3) return false;
    const bool year_first = pieces_[0].digits == 4;
    if (!year_first && pieces_[2].digits != 4) return false;
    f_.year = pieces_[year_first ? 0 : 2].value;
    const int first = pieces_[year_first ? 1 : 0].value;
    const int second = pieces_[year_first ? 2 : 1].value;
    // Only with slashes do some put the month first.
    const bool month_first = year_first || (pieces_[1].separator == '/' && first <= 12);
    f_.month = month_first ? first : second;
    f_.day = month_first ? second : first;
    return true;
  }

  Scanner in_;
  Fields f_;
  std::vector<Piece> pieces_;
  char separator_ = ' ';
  int month_ = 0;
  bool has_clock_ = false;
  Noon noon_ = Noon::kUnknown;
};

// Lower case for ASCII, and for the capitals with accents, Greek and Cyrillic that begin month
// names.
std::string Lower(std::string_view text) {
  constexpr auto kPairs = std::to_array<std::pair<std::string_view, std::string_view>>({
      {"Á", "á"}, {"É", "é"}, {"Ä", "ä"}, {"Û", "û"}, {"Α", "α"}, {"Δ", "δ"}, {"Ι", "ι"},
      {"Μ", "μ"}, {"Ν", "ν"}, {"Ο", "ο"}, {"Σ", "σ"}, {"Φ", "φ"}, {"А", "а"}, {"Д", "д"},
      {"И", "и"}, {"М", "м"}, {"Н", "н"}, {"О", "о"}, {"С", "с"}, {"Ф", "ф"}, {"Я", "я"},
  });
  std::string lower;
  lower.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const auto pair = std::ranges::find(kPairs, text.substr(i, 2),
                                        &std::pair<std::string_view, std::string_view>::first);
    if (pair != kPairs.end()) {
      lower += pair->second;
      i += 2;
      continue;
    }
    const char c = text[i++];
    lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return lower;
}

std::string_view Strip(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n\f\v";
  const size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

}  // namespace

std::optional<absl::Time> ParseFeedDate(std::string_view text) {
  text = Strip(text);
  if (text.empty() || text.size() > kTextBytesMax) return std::nullopt;
  const std::string lower = Lower(text);
  std::optional<Fields> fields = ReadIso(lower);
  if (!fields) fields = LooseReader(lower).Run();
  return fields ? ToTime(*fields) : std::nullopt;
}

}  // namespace sluice::fetch
