#include "services/deboilerplate/title.h"

#include <algorithm>
#include <array>
#include <vector>

#include "services/deboilerplate/loose_json.h"
#include "services/deboilerplate/witness.h"

namespace sluice::deboilerplate {
namespace {

constexpr size_t kTitleBytesMax = 600;

constexpr std::array<std::string_view, 12> kSeparators = {
    " | ",      " - ",      " \u2013 ", " \u2014 ", " :: ", " \u00BB ",
    " \u00B7 ", " \u2022 ", " // ",     "\uFF5C",   " > ",  " \u2039 "};
// Without blanks around them they separate in CJK titles only.
constexpr std::array<std::string_view, 5> kTightSeparators = {"_", "|", "-", "\u2014\u2014",
                                                              "\u2013"};

std::string_view Trim(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

size_t CountWords(std::string_view text) {
  std::vector<uint32_t> words;
  HashWords(text, 100, words);
  return words.size();
}

// Of a title, sorted.
std::vector<uint32_t> WordsOf(std::string_view text) {
  std::vector<uint32_t> words;
  HashWords(text, 100, words);
  std::sort(words.begin(), words.end());
  return words;
}

// Share of the words of `first` that occur in `second`.
double Overlap(const std::vector<uint32_t>& first, const std::vector<uint32_t>& second) {
  if (first.empty()) return 0;
  size_t found = 0;
  for (const uint32_t word : first)
    found += std::binary_search(second.begin(), second.end(), word) ? 1 : 0;
  return static_cast<double>(found) / static_cast<double>(first.size());
}

std::string_view Meta(const Page& page, std::string_view name) {
  for (const Hint& hint : page.hints) {
    if (hint.kind == Hint::Kind::kMeta && hint.name == name) return Trim(hint.value);
  }
  return {};
}

bool IsCjk(std::string_view text) {
  size_t wide = 0;
  for (const char c : text)
    wide += static_cast<unsigned char>(c) >= 0xE3 && static_cast<unsigned char>(c) <= 0xE9 ? 1 : 0;
  return wide * 6 > text.size();
}

struct Split {
  size_t at = std::string_view::npos;
  size_t bytes = 0;
};

// The last separator.
Split LastSeparator(std::string_view title) {
  Split last;
  const auto consider = [&](std::string_view separator) {
    const size_t at = title.rfind(separator);
    if (at != std::string_view::npos && at > 0 &&
        (last.at == std::string_view::npos || at > last.at))
      last = {at, separator.size()};
  };
  for (const std::string_view separator : kSeparators) consider(separator);
  if (last.at == std::string_view::npos && IsCjk(title)) {
    for (const std::string_view separator : kTightSeparators) consider(separator);
  }
  return last;
}

// Whether `part` is the site's name or a form of it.
bool IsSite(std::string_view part, std::string_view site) {
  const std::string a = Normalise(part);
  const std::string b = Normalise(site);
  if (a.empty() || b.size() < 2) return false;
  return a == b || (a.size() >= 4 && b.find(a) != std::string::npos) ||
         (b.size() >= 4 && a.find(b) != std::string::npos && a.size() < 3 * b.size());
}

struct Heading {
  std::string_view text;
  int block = 0;
  int level = 2;
};

std::vector<Heading> Headings(const Page& page) {
  std::vector<Heading> out;
  for (const Hint& hint : page.hints) {
    if (hint.kind != Hint::Kind::kHeading) continue;
    const std::string_view text = Trim(hint.value);
    if (text.empty() || text.size() > kTitleBytesMax) continue;
    out.push_back({text, hint.block, hint.name == "1" ? 1 : hint.name == "0" ? 0 : 2});
  }
  return out;
}

// A heading may begin with a kicker: what stands behind it is the headline where the page's head
// says so.
std::string WithoutKicker(std::string heading, const std::vector<std::string>& references) {
  constexpr size_t kWordsMin = 3;
  const std::string whole = Normalise(heading);
  for (const std::string& reference : references) {
    const std::string part = Normalise(reference);
    if (part.size() < whole.size() && 3 * part.size() > whole.size() && whole.ends_with(part) &&
        CountWords(reference) >= kWordsMin) {
      return reference;
    }
  }
  return heading;
}

std::string OneLine(std::string_view text) { return PlainText(text.substr(0, 2 * kTitleBytesMax)); }

}  // namespace

std::string Normalise(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z')) {
      out.push_back(text[i]);
    } else if (byte >= 'A' && byte <= 'Z') {
      out.push_back(static_cast<char>(byte | 0x20));
    } else if (byte == 0xE2 && i + 2 < text.size()) {
      i += 2;  // Punctuation.
    } else if (byte == 0xC2 && i + 1 < text.size()) {
      i += 1;  // Signs and no-break space.
    } else if (byte >= 0x80) {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::string WithoutSite(std::string_view title, std::string_view site) {
  constexpr size_t kTailWordsMax = 5;
  title = Trim(title);
  bool site_gone = false;
  for (int round = 0; round < 2; ++round) {
    const Split split = LastSeparator(title);
    if (split.at == std::string_view::npos) break;
    const std::string_view head = Trim(title.substr(0, split.at));
    const std::string_view tail = Trim(title.substr(split.at + split.bytes));
    const bool tail_is_site = !site.empty() && IsSite(tail, site);
    const bool short_tail = CountWords(tail) <= kTailWordsMax && CountWords(head) >= 3 &&
                            CountWords(head) > CountWords(tail);
    // Before the site's name there may stand a section's.
    const bool section = site_gone && short_tail && CountWords(tail) <= 2;
    if (!tail_is_site && !section && (!short_tail || round > 0)) break;
    site_gone = site_gone || tail_is_site;
    title = head;
  }
  if (!site.empty()) {
    // "The Site: headline", "The Site | headline".
    for (const std::string_view separator : {" | ", ": ", " - ", " \u2013 ", " \u2014 "}) {
      const size_t at = title.find(separator);
      if (at == std::string_view::npos || at == 0) continue;
      if (Normalise(title.substr(0, at)) == Normalise(site))
        return std::string(Trim(title.substr(at + separator.size())));
    }
  }
  return std::string(title);
}

std::string FindSite(const Page& page, const LinkedData& data) {
  for (const std::string_view name :
       {"og:site_name", "application-name", "twitter:app:name:iphone"}) {
    if (const std::string_view value = Meta(page, name); !value.empty() && value.size() < 80)
      return OneLine(value);
    if (name == "og:site_name" && !data.site.empty() && data.site.size() < 80) return data.site;
  }
  // What the title has behind the headline.
  for (const Hint& hint : page.hints) {
    if (hint.kind != Hint::Kind::kTitle) continue;
    const std::string title = OneLine(hint.value);
    const Split split = LastSeparator(title);
    if (split.at == std::string_view::npos) break;
    const std::string_view tail = Trim(std::string_view(title).substr(split.at + split.bytes));
    if (CountWords(tail) <= 4 && CountWords(std::string_view(title).substr(0, split.at)) >= 3)
      return std::string(tail);
  }
  return {};
}

std::string FindTitle(const Page& page, const LinkedData& data, std::string_view site,
                      int first_block) {
  std::vector<std::string> references;
  const auto add = [&](std::string_view text) {
    std::string plain = OneLine(text);
    if (!plain.empty()) references.push_back(std::move(plain));
  };
  add(data.headline);
  add(WithoutSite(Meta(page, "og:title"), site));
  add(WithoutSite(Meta(page, "twitter:title"), site));
  for (const Hint& hint : page.hints) {
    if (hint.kind == Hint::Kind::kTitle) add(WithoutSite(OneLine(hint.value), site));
  }
  const std::vector<Heading> headings = Headings(page);
  // The heading that a reference agrees with best.
  const Heading* best = nullptr;
  double best_score = 0;
  std::vector<std::vector<uint32_t>> reference_words;
  for (const std::string& reference : references) {
    std::vector<uint32_t> words = WordsOf(reference);
    if (std::find(reference_words.begin(), reference_words.end(), words) == reference_words.end())
      reference_words.push_back(std::move(words));
  }
  for (const Heading& heading : headings) {
    double score = 0;
    const std::vector<uint32_t> words = WordsOf(heading.text);
    for (const std::vector<uint32_t>& reference : reference_words) {
      const double there = Overlap(words, reference);
      const double back = there == 0 ? 0 : Overlap(reference, words);
      score = std::max(score, std::min(there, back) + 0.3 * std::max(there, back));
    }
    if (heading.level == 2) score -= 0.35;
    if (heading.block > first_block + 8) score -= 0.3;
    if (score > best_score && IsSite(heading.text, site)) score -= 0.5;
    if (score > best_score) {
      best_score = score;
      best = &heading;
    }
  }
  if (best != nullptr && best_score >= 0.6) return WithoutKicker(OneLine(best->text), references);
  // An only h1 right above the text is the headline even where the title is another one, made for
  // search engines.
  const Heading* only = nullptr;
  int count = 0;
  for (const Heading& heading : headings) {
    if (heading.level > 1 || IsSite(heading.text, site) || CountWords(heading.text) < 2) continue;
    if (only == nullptr || heading.text != only->text) ++count;
    only = &heading;
  }
  if (count == 1 && only->block <= first_block + 3 && CountWords(only->text) >= 3)
    return OneLine(only->text);
  if (!references.empty()) return references.front();
  return headings.empty() ? std::string() : OneLine(headings.front().text);
}

}  // namespace sluice::deboilerplate
