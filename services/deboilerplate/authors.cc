#include "services/deboilerplate/authors.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "pipeline/base/strings.h"
#include "pipeline/base/utf8.h"
#include "services/deboilerplate/loose_json.h"
#include "services/deboilerplate/title.h"

namespace sluice::deboilerplate {
namespace {

constexpr size_t kAuthorsMax = 12;
constexpr size_t kNameBytesMax = 80;

// Before the names of a byline; ASCII in lower case, longest first.
constexpr std::array<std::string_view, 35> kPrefixes = {
    "story and photos by ",
    "reviewed by ",
    "written by: ",
    "written by ",
    "posted by ",
    "published by ",
    "reported by ",
    "reporting by ",
    "article by ",
    "medically reviewed by ",
    "fact checked by ",
    "analysis by ",
    "opinion by ",
    "words by ",
    "text by ",
    "ein artikel von ",
    "eine analyse von ",
    "ein kommentar von ",
    "ein gastbeitrag von ",
    "interview von ",
    "aus ",
    "author: ",
    "authors: ",
    "autor: ",
    "autorin: ",
    "editor: ",
    "by: ",
    "by ",
    "von ",
    "par ",
    "por ",
    "di ",
    "door ",
    "af ",
    "av ",
};

constexpr std::array<std::string_view, 10> kJoiners = {" and ", " und ", " et ", " y ",    " e ",
                                                       " & ",   " en ",  " og ", " with ", " och "};

// What is no name: roles, offices, remains of the page.
constexpr std::array<std::string_view, 52> kNoNames = {
    "admin",      "staff",
    "editor",     "editors",
    "redaktion",  "redaction",
    "editorial",  "correspondent",
    "reporter",   "contributor",
    "writer",     "published",
    "updated",    "min read",
    "minutes",    "comment",
    "follow",     "share",
    "subscribe",  "http",
    "www.",       "@",
    "all rights", "copyright",
    "view all",   "more from",
    "read more",  "posts by",
    "see more",   "about the author",
    "author",     "news desk",
    "webmaster",  "no comments",
    "leave a",    "photo",
    "bild:",      "foto:",
    "image",      "reviewed",
    "von",        "by",
    "folgen",     "nachrichten",
    "written",    "autor",
    "autorin",    "por",
    "par",        "text",
    "so far",     "sponsored by",
};

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

// Whether it can be the name of a person or of a newsroom.
bool LooksLikeName(std::string_view name, std::string_view site) {
  if (name.size() < 3 || name.size() > kNameBytesMax || CountWords(name) > 5) return false;
  const std::string lower = absl::AsciiStrToLower(base::ToAbsl(name));
  for (const std::string_view no : kNoNames) {
    if (no.size() <= 1
            ? lower.find(no) != std::string::npos
            : lower == no ||
                  (no.find(' ') != std::string_view::npos && lower.find(no) != std::string::npos) ||
                  (no.ends_with(".") && lower.find(no) != std::string::npos))
      return false;
  }
  if (lower.find("http") != std::string::npos) return false;
  if (lower.starts_with("photo") || lower.starts_with("image") || lower.ends_with(" says"))
    return false;
  if (name.front() == '(') return false;
  if (name.find(')') != std::string_view::npos && name.find('(') == std::string_view::npos)
    return false;
  // A key that nothing was put in place of.
  if (lower.find(' ') == std::string::npos && std::count(lower.begin(), lower.end(), '.') >= 2)
    return false;
  size_t digits = 0;
  for (const char c : name) digits += c >= '0' && c <= '9' ? 1 : 0;
  if (digits > 0) return false;
  if (!site.empty() && Normalise(name) == Normalise(site)) return false;
  const auto first = static_cast<unsigned char>(name.front());
  return first >= 0x80 || (first >= 'A' && first <= 'Z') || CountWords(name) <= 3;
}

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

// A name without what other elements left at its end: "Ann LeeStaff Writer", "Ann Lee (Oslo)".
std::string_view WithoutTail(std::string_view name) {
  constexpr size_t kPartBytesMin = 4;  // Longer than "Mac" and "De".
  if (const size_t bracket = name.rfind('(');
      bracket != std::string_view::npos && bracket > 0 &&
      (name.ends_with(')') || name.find(')', bracket) == std::string_view::npos))
    name = name.substr(0, bracket);
  size_t word = 0;
  for (size_t i = 1; i < name.size(); ++i) {
    if (name[i] == ' ') word = i + 1;
    const bool glued = IsUpper(name[i]) && IsLower(name[i - 1]) && i - word >= kPartBytesMin;
    if (glued && word > 0 && name.substr(word, 4) != "Fitz") return name.substr(0, i);
  }
  return name;
}

// What stands behind a comma and is no name: "PhD", "RD", "staff writer", "Managing Editor".
bool IsTitleOrRole(std::string_view part) {
  constexpr std::array<std::string_view, 26> kRoles = {
      "writer",     "editor",      "reporter",    "correspondent", "expert",    "dietitian",
      "director",   "manager",     "contributor", "journalist",    "educator",  "specialist",
      "consultant", "founder",     "analyst",     "coach",         "professor", "nutritionist",
      "producer",   "columnist",   "redakteur",   "redakteurin",   "officer",   "president",
      "strategist", "photographer"};
  size_t letters = 0;
  size_t lower = 0;
  for (const char c : part) {
    letters += IsUpper(c) || IsLower(c) ? 1 : 0;
    lower += IsLower(c) ? 1 : 0;
  }
  constexpr size_t kTitleLettersMax = 5;
  const bool one_word = part.find(' ') == std::string_view::npos;
  if (one_word && letters <= kTitleLettersMax && lower <= 1) return true;
  const std::string whole = absl::AsciiStrToLower(base::ToAbsl(part));
  const std::string_view last = std::string_view(whole).substr(whole.rfind(' ') + 1);
  return std::find(kRoles.begin(), kRoles.end(), last) != kRoles.end();
}

void Add(std::string_view raw, std::string_view site, std::vector<std::string>& names) {
  std::string_view name = Trim(WithoutTail(Trim(raw)));
  if (!names.empty() && IsTitleOrRole(name)) return;
  if (!LooksLikeName(name, site) || names.size() >= kAuthorsMax) return;
  const std::string key = Normalise(name);
  for (const std::string& other : names) {
    if (Normalise(other) == key) return;
  }
  names.emplace_back(name);
}

// Splits at joiners, commas and the like; a comma may also part a name from a role.
void SplitNames(std::string_view text, std::string_view site, std::vector<std::string>& names) {
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
  Add(text.substr(0, best), site, names);
  if (best != std::string_view::npos) SplitNames(text.substr(best + bytes), site, names);
}

// "ByAnn Lee" is what remains of two elements.
std::string_view WithoutGluedPrefix(std::string_view text) {
  for (const std::string_view prefix :
       {"Author", "author", "By", "by", "BY", "Von", "von", "Par"}) {
    if (text.size() > prefix.size() + 3 && text.starts_with(prefix) &&
        IsUpper(text[prefix.size()]) && IsLower(text[prefix.size() + 1]))
      return text.substr(prefix.size());
  }
  return text;
}

std::string_view WithoutPrefix(std::string_view text) {
  text = WithoutGluedPrefix(Trim(text));
  for (bool again = true; again;) {
    again = false;
    const std::string lower = absl::AsciiStrToLower(base::ToAbsl(text.substr(0, 32)));
    for (const std::string_view prefix : kPrefixes) {
      if (!lower.starts_with(prefix)) continue;
      text = Trim(text.substr(prefix.size()));
      again = true;
      break;
    }
  }
  return text;
}

bool HasPrefix(std::string_view text) { return WithoutPrefix(text).size() < Trim(text).size(); }

std::string_view MetaAuthor(const Page& page, std::vector<std::string>& all) {
  constexpr std::array<std::string_view, 9> kNames = {"author",
                                                      "article:author",
                                                      "parsely-author",
                                                      "sailthru.author",
                                                      "dc.creator",
                                                      "dcterms.creator",
                                                      "byl",
                                                      "cxenseparse:author",
                                                      "article:author_name"};
  for (const std::string_view name : kNames) {
    for (const Hint& hint : page.hints) {
      if (hint.kind == Hint::Kind::kMeta && hint.name == name &&
          hint.value.find("http") == std::string::npos)
        all.push_back(hint.value);
    }
    if (!all.empty()) return name;
  }
  return {};
}

// What cards of shared links show beside "Written by".
void LabelledAuthor(const Page& page, std::vector<std::string>& all) {
  const std::string label = absl::AsciiStrToLower(base::ToAbsl(page.Meta("twitter:label1")));
  for (const std::string_view says :
       {"written by", "verfasst von", "geschrieben von", "\u00E9crit par", "escrito por",
        "scritto da", "geschreven door", "skrevet av", "skriven av", "napisane przez"}) {
    if (!label.starts_with(says)) continue;
    all.emplace_back(page.Meta("twitter:data1"));
    return;
  }
}

}  // namespace

std::vector<std::string> NamesInByline(std::string_view byline, std::string_view site) {
  constexpr size_t kBylineBytesMax = 300;
  std::vector<std::string> names;
  SplitNames(WithoutPrefix(base::CutUtf8(byline, kBylineBytesMax)), site, names);
  return names;
}

std::vector<std::string> FindAuthors(const Page& page, const LinkedData& data,
                                     std::string_view site, int first_block, int last_block) {
  std::vector<std::string> names;
  for (const std::string& author : data.authors) {
    for (const std::string& name : NamesInByline(author, site)) Add(name, site, names);
  }
  if (!names.empty()) return names;
  std::vector<std::string> metas;
  MetaAuthor(page, metas);
  if (metas.empty()) LabelledAuthor(page, metas);
  for (const std::string& meta : metas) {
    for (const std::string& name : NamesInByline(PlainText(meta), site)) Add(name, site, names);
  }
  if (!names.empty()) return names;
  // Marked-up names around the headline, then bylines that say "by", then the text's end.
  constexpr int kReach = 12;
  for (const bool marked : {true, false}) {
    for (const Hint& hint : page.hints) {
      if (hint.kind != Hint::Kind::kAuthor || (hint.name == "marked") != marked) continue;
      if (hint.block < first_block - kReach || hint.block > last_block + 4 ||
          hint.value.size() > 160)
        continue;
      if (!marked && !HasPrefix(hint.value) && CountWords(hint.value) > 5) continue;
      for (const std::string& name : NamesInByline(hint.value, site)) Add(name, site, names);
      if (!marked && !names.empty()) return names;
    }
    if (!names.empty()) return names;
  }
  const int from = std::max(0, first_block - 6);
  for (int i = from; i <= first_block + 2 && i < static_cast<int>(page.blocks.size()); ++i) {
    const std::string_view text = page.TextOf(page.blocks[static_cast<size_t>(i)]);
    if (text.size() > 120 || !absl::StartsWithIgnoreCase(base::ToAbsl(text), "by ")) continue;
    for (const std::string& name : NamesInByline(text, site)) Add(name, site, names);
    if (!names.empty()) break;
  }
  if (!names.empty()) return names;
  // Nobody is named: then it is the newsroom, if the page says so, even where that is the site.
  for (const std::vector<std::string>& all : {data.authors, metas}) {
    for (const std::string& name : all) Add(PlainText(name), "", names);
    if (!names.empty()) break;
  }
  return names;
}

}  // namespace sluice::deboilerplate
