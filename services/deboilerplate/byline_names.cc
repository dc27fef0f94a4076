#include "services/deboilerplate/byline_names.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "pipeline/base/strings.h"
#include "pipeline/base/utf8.h"
#include "services/deboilerplate/byline_words.h"
#include "services/deboilerplate/title.h"

namespace sluice::deboilerplate {
namespace {

constexpr size_t kAuthorsMax = 12;
constexpr size_t kNameBytesMax = 80;

// Before the names of Chinese bylines, up to a colon, a slash or a blank.
constexpr std::string_view kUnspacedPrefixes[] = {
    "责编", "責編", "责任编辑", "責任編輯", "编辑",   "編輯", "作者",     "记者", "記者",
    "撰文", "撰稿", "来源",     "來源",     "聞き手", "文",   "取材・文", "기자", "글"};
// Behind them.
constexpr std::string_view kUnspacedRoles[] = {"／綜合報導", "记者", "記者", " 기자", "기자"};

constexpr std::array<std::string_view, 12> kJoiners = {" and ",  " und ", " et ",   " y ",
                                                       " e ",    " & ",   " en ",   " og ",
                                                       " with ", " och ", " avec ", " mit "};

// What no name has in it; ASCII in lower case.
constexpr std::string_view kInNoName[] = {"min read",
                                          "@",
                                          "www.",
                                          "http",
                                          "all rights",
                                          "view all",
                                          "more from",
                                          "read more",
                                          "posts by",
                                          "see more",
                                          "about the author",
                                          "no comments",
                                          "leave a",
                                          "so far",
                                          "insights from",
                                          "alle artikel",
                                          "all articles",
                                          "last updated",
                                          "contact us",
                                          "table of contents",
                                          "bild:",
                                          "foto:"};

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kEnds = " \t\n\r,;:|/-*";
  constexpr std::string_view kMiddleDot = "\u00B7";
  while (!text.empty()) {
    if (text.starts_with(kMiddleDot)) {
      text.remove_prefix(kMiddleDot.size());
    } else if (text.front() == '.' || kEnds.find(text.front()) != std::string_view::npos) {
      text.remove_prefix(1);
    } else {
      break;
    }
  }
  while (!text.empty()) {
    if (text.ends_with(kMiddleDot)) {
      text.remove_suffix(kMiddleDot.size());
    } else if (kEnds.find(text.back()) != std::string_view::npos) {
      text.remove_suffix(1);
    } else {
      break;
    }
  }
  return text;
}

size_t CountWords(std::string_view text) {
  size_t words = 0;
  bool in_word = false;
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= ' ';
    words += !blank && !in_word ? 1 : 0;
    in_word = !blank;
  }
  return words;
}

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Whether a word begins with a figure: dates and counts, unlike "BR24".
bool HasNumber(std::string_view name) {
  bool begins = true;
  for (const char c : name) {
    if (begins && IsDigit(c)) return true;
    begins = c == ' ' || c == '.' || c == ':' || c == '(';
  }
  return false;
}

// How many bytes of a text are the beginning of a byline.
size_t PrefixBytes(std::string_view text) {
  constexpr size_t kPhraseBytesMax = 24;
  const std::string_view begin = text.substr(0, kPhraseBytesMax);
  size_t bytes = 0;
  for (size_t at = begin.find_first_of(" :\n"); at != std::string_view::npos;
       at = begin.find_first_of(" :\n", at + 1)) {
    const uint8_t words = BylineWordsOf(begin.substr(0, at));
    if ((words & kBylineBefore) != 0 || ((words & kBylineLabel) != 0 && begin[at] == ':'))
      bytes = at + 1;
  }
  if (bytes > 0 || text.empty() || static_cast<unsigned char>(text.front()) < 0xE0) return bytes;
  for (const std::string_view prefix : kUnspacedPrefixes) {
    if (!text.starts_with(prefix)) continue;
    for (const std::string_view mark : {"\uFF1A", "\uFF0F", "\u30FB", ":", "/", " "}) {
      if (text.substr(prefix.size()).starts_with(mark)) return prefix.size() + mark.size();
    }
  }
  return 0;
}

// Whether it can be the name of a person or of a newsroom.
bool LooksLikeName(std::string_view name) {
  if (name.size() < 3 || name.size() > kNameBytesMax || CountWords(name) > 5) return false;
  if ((BylineWordsOf(name) & (kBylineFurniture | kBylineBefore)) != 0 || HasNumber(name))
    return false;
  const std::string lower = absl::AsciiStrToLower(base::ToAbsl(name));
  if (std::any_of(std::begin(kInNoName), std::end(kInNoName),
                  [&lower](std::string_view no) { return lower.find(no) != std::string::npos; }))
    return false;
  if (lower.starts_with("photo") || lower.starts_with("image") || lower.ends_with(" says"))
    return false;
  if (name.front() == '(') return false;
  if (name.find(')') != std::string_view::npos && name.find('(') == std::string_view::npos)
    return false;
  // A key that nothing was put in place of.
  if (lower.find(' ') == std::string::npos && std::count(lower.begin(), lower.end(), '.') >= 2)
    return false;
  const auto first = static_cast<unsigned char>(name.front());
  return first >= 0x80 || IsUpper(name.front()) || CountWords(name) <= 3;
}

// The first word of a text, by letters of ASCII.
std::string_view FirstWord(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && (IsUpper(text[end]) || IsLower(text[end]))) ++end;
  return text.substr(0, end);
}

// Whether a word behind a name is no part of it.
bool EndsName(std::string_view word, bool last) {
  for (const std::string_view small : {"on", "at", "of", "for", "is"}) {
    if (word == small) return true;
  }
  for (const std::string_view small : {"le", "am", "el", "il"}) {
    if (last && word == small) return true;
  }
  word = word.substr(0, word.find(':'));
  for (const std::string_view large : {"Published", "Updated", "Posted", "Follow", "Special"}) {
    if (word == large) return true;
  }
  return word == "Staff" && !last;
}

// A person's name without what is said of the person: "Ann Lee of the Pier", "Ann Lee on Monday",
// "Ann Lee @ann".
std::string_view WithoutMore(std::string_view name) {
  for (const std::string_view role : kUnspacedRoles) {
    if (name.ends_with(role) && name.size() > role.size()) name.remove_suffix(role.size());
  }
  // From the third word on; a date has left the last of them.
  for (size_t at = name.find(' '); at != std::string_view::npos; at = name.find(' ', at + 1)) {
    const std::string_view person = name.substr(0, at);
    const std::string_view word = name.substr(at + 1, name.find(' ', at + 1) - at - 1);
    const bool last = at + 1 + word.size() == name.size();
    if (EndsName(word, last) && LooksLikePerson(person)) name = person;
  }
  if (const size_t sign = name.find('@'); sign != std::string_view::npos) {
    const std::string_view person = Trim(name.substr(0, name.rfind(' ', sign)));
    if (LooksLikePerson(person)) name = person;
  }
  return name;
}

// A name without what other elements left at its end: "Ann LeeStaff Writer", "Ann Lee (Oslo)".
std::string_view WithoutTail(std::string_view name) {
  constexpr size_t kNameBytesMin = 3;
  if (const size_t bracket = name.rfind('(');
      bracket != std::string_view::npos && bracket > 0 &&
      (name.ends_with(')') || name.find(')', bracket) == std::string_view::npos))
    name = name.substr(0, bracket);
  for (const std::string_view place : {" in ", " aus ", " from ", " on behalf of ", " para "})
    name = name.substr(0, name.find(place));
  for (size_t i = kNameBytesMin; i < name.size(); ++i) {
    if (!IsUpper(name[i]) || !IsLower(name[i - 1])) continue;
    const std::string_view word = FirstWord(name.substr(i));
    const bool date = (BylineWordsOf(word.substr(0, 3)) & kBylineMonth) != 0 && HasNumber(name);
    if (date || (BylineWordsOf(word) & (kBylineFurniture | kBylineRole | kBylineNewsroom)) != 0)
      return name.substr(0, i);
  }
  return name;
}

// What stands behind a comma and is no name: "PhD", "RD", "staff writer", "Managing Editor".
bool IsTitleOrRole(std::string_view part) {
  size_t letters = 0;
  size_t lower = 0;
  for (const char c : part) {
    letters += IsUpper(c) || IsLower(c) ? 1 : 0;
    lower += IsLower(c) ? 1 : 0;
  }
  constexpr size_t kTitleLettersMax = 5;
  const bool one_word = part.find(' ') == std::string_view::npos;
  if (one_word && letters > 0 && letters <= kTitleLettersMax && lower <= 1) return true;
  return (BylineWordsOf(part.substr(part.rfind(' ') + 1)) & kBylineRole) != 0;
}

// "ByAnn Lee" is what remains of two elements.
std::string_view WithoutGluedPrefix(std::string_view text) {
  for (const std::string_view prefix :
       {"Author", "author", "By", "by", "BY", "Von", "von", "Par"}) {
    if (text.size() > prefix.size() + 3 && text.starts_with(prefix) &&
        IsUpper(text[prefix.size()]) &&
        (IsLower(prefix.back()) || IsLower(text[prefix.size() + 1])))
      return text.substr(prefix.size());
  }
  return text;
}

std::string_view WithoutPrefix(std::string_view text) {
  text = WithoutGluedPrefix(Trim(text));
  for (size_t bytes = PrefixBytes(text); bytes > 0; bytes = PrefixBytes(text))
    text = Trim(text.substr(bytes));
  return text;
}

// A person's name without the date that follows it: "Ann Lee May 3, 2024".
std::string_view WithoutDate(std::string_view name) {
  const auto begins = [name](size_t at) {
    return IsDigit(name[at]) && (name[at - 1] == ' ' || IsLower(name[at - 1]));
  };
  size_t figure = 1;
  while (figure < name.size() && !begins(figure)) ++figure;
  if (figure >= name.size()) return name;
  std::string_view person = Trim(name.substr(0, figure));
  const size_t word = person.rfind(' ') + 1;
  const bool month = (BylineWordsOf(person.substr(word, 3)) & kBylineMonth) != 0;
  if (month) person = Trim(person.substr(0, word));
  return LooksLikePerson(person) ? person : name;
}

// "Special to the Pier", "in Oslo".
bool IsPlace(std::string_view part) {
  for (const std::string_view begin : {"special to ", "for ", "in ", "\u00E0 ", "en ", "aus "}) {
    if (absl::StartsWithIgnoreCase(base::ToAbsl(part), base::ToAbsl(begin))) return true;
  }
  return false;
}

void Add(std::string_view raw, std::vector<std::string>& names) {
  const std::string_view name = WithoutMore(Trim(WithoutTail(WithoutDate(WithoutPrefix(raw)))));
  if (!names.empty() && (IsTitleOrRole(name) || IsPlace(name))) return;
  if (!LooksLikeName(name) || names.size() >= kAuthorsMax) return;
  const std::string key = Normalise(name);
  for (const std::string& other : names) {
    if (Normalise(other) == key) return;
  }
  names.emplace_back(name);
}

// Splits at joiners, commas and the like; a comma may also part a name from a role.
void SplitNames(std::string_view text, std::vector<std::string>& names) {
  size_t best = std::string_view::npos;
  size_t bytes = 0;
  const auto consider = [&](std::string_view joiner) {
    const size_t at = text.find(joiner);
    if (at < best) {
      best = at;
      bytes = joiner.size();
    }
  };
  for (const std::string_view joiner : kJoiners) consider(joiner);
  for (const std::string_view mark :
       {", ", ";", "|", " / ", "\n", "\u00B7", "\u2022", "\u3001", " \u2013 ", " - ", " \u2014 "})
    consider(mark);
  Add(text.substr(0, best), names);
  if (best != std::string_view::npos) SplitNames(text.substr(best + bytes), names);
}

// "Ann Lee. Photos by Bo Chen" and "Ann Lee; editing by Bo Chen" name one who wrote.
std::string_view WithoutOthers(std::string_view names) {
  const std::string lower = absl::AsciiStrToLower(base::ToAbsl(names));
  for (const std::string_view cue :
       {" photos by", " photo by", " photographs by", " photography by", " pictures by",
        " illustrations by", " illustration by", " video by", " graphics by", "; editing by",
        "; edited by", " foto:", " fotos:", " photo:", " photos:", " bild:", " bilder:"})
    names = names.substr(0, lower.find(cue));
  return names.size() < lower.size() && names.ends_with('.') ? names.substr(0, names.size() - 1)
                                                             : names;
}

bool LooksLikeNewsroom(std::string_view name) {
  for (size_t begin = 0; begin < name.size();) {
    const size_t end = std::min(name.find_first_of(" ,-/&", begin), name.size());
    if ((BylineWordsOf(name.substr(begin, end - begin)) & kBylineNewsroom) != 0) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace

std::vector<std::string> NamesInByline(std::string_view byline) {
  constexpr size_t kBylineBytesMax = 300;
  std::vector<std::string> names;
  SplitNames(WithoutOthers(WithoutPrefix(base::CutUtf8(byline, kBylineBytesMax))), names);
  return names;
}

bool BeginsLikeByline(std::string_view text) {
  return WithoutPrefix(text).size() < Trim(text).size();
}

bool LooksLikePerson(std::string_view name) {
  constexpr size_t kWordsMin = 2;
  constexpr size_t kWordsMax = 4;
  constexpr size_t kUnspacedBytesMax = 12;  // Four characters.
  size_t words = 0;
  size_t capitals = 0;
  for (const absl::string_view word : absl::StrSplit(base::ToAbsl(name), ' ', absl::SkipEmpty())) {
    ++words;
    capitals += IsUpper(word.front()) || static_cast<unsigned char>(word.front()) >= 0x80 ? 1 : 0;
  }
  if (words == 1)
    return static_cast<unsigned char>(name.front()) >= 0xE0 && name.size() <= kUnspacedBytesMax;
  return words >= kWordsMin && words <= kWordsMax && capitals >= kWordsMin &&
         !LooksLikeNewsroom(name);
}

}  // namespace sluice::deboilerplate
