#include "services/deboilerplate/title_words.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "services/deboilerplate/title.h"
#include "services/deboilerplate/witness.h"

namespace sluice::deboilerplate {
namespace {

constexpr size_t kWordsMax = 100;

struct Mark {
  std::string_view text;
  bool dash = false;
};

constexpr std::array<Mark, 17> kMarks = {{{" | ", false},
                                          {" - ", true},
                                          {" \u2013 ", true},
                                          {" \u2014 ", true},
                                          {" :: ", false},
                                          {" \u00BB ", false},
                                          {" \u00AB ", false},
                                          {" \u00B7 ", false},
                                          {" \u2022 ", false},
                                          {" \u2502 ", false},
                                          {" // ", false},
                                          {"\uFF5C", false},
                                          {" > ", false},
                                          {" \u2039 ", false},
                                          {" / ", false},
                                          {" ~ ", false},
                                          {" >> ", false}}};
// Without blanks around them they separate in CJK titles only.
constexpr std::array<Mark, 6> kTightMarks = {{{"_", false},
                                              {"|", false},
                                              {"--", true},
                                              {"-", true},
                                              {"\u2014\u2014", true},
                                              {"\u2013", true}}};

bool IsCjk(std::string_view text) {
  size_t wide = 0;
  for (const char c : text)
    wide += static_cast<unsigned char>(c) >= 0xE3 && static_cast<unsigned char>(c) <= 0xE9 ? 1 : 0;
  return wide * 6 > text.size();
}

// Letters of Latin-1 as ASCII ones; `wide`: umlauts as two.
std::string FoldLatin(std::string_view text, bool wide) {
  constexpr std::string_view kNarrow =
      "aaaaaaaceeeeiiiidnooooo ouuuuypsaaaaaaaceeeeiiiidnooooo ouuuuypy";
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      const bool upper = byte >= 'A' && byte <= 'Z';
      out.push_back(static_cast<char>(upper ? byte | 0x20 : byte));
    } else if (byte == 0xC3 && i + 1 < text.size()) {
      const auto next = static_cast<unsigned char>(text[++i]);
      const char plain = kNarrow[next & 0x3F];
      const unsigned low = next & 0x1F;
      out.push_back(plain);
      if (next == 0x9F) out.push_back('s');
      if (wide && next != 0x9F && (low == 0x04 || low == 0x16 || low == 0x1C)) out.push_back('e');
    } else if (byte == 0xE2 && i + 2 < text.size()) {
      // An apostrophe joins; other punctuation separates.
      if (text.substr(i, 3) != "\u2019") out.push_back(' ');
      i += 2;
    } else {
      out.push_back(static_cast<char>(byte));
    }
  }
  return out;
}

std::vector<std::string> AsciiWords(std::string_view folded) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : folded) {
    if ((c >= 'a' && c <= 'z') || absl::ascii_isdigit(c) || (c & 0x80) != 0) {
      word.push_back(c);
    } else if (c != '\'' && !word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::string_view PathOfUrl(std::string_view url) {
  const size_t scheme = url.find("://");
  const size_t path = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  if (path == std::string_view::npos) return {};
  return url.substr(path, url.find_first_of("?#", path) - path);
}

}  // namespace

std::vector<Separator> FindSeparators(std::string_view title) {
  std::vector<Separator> found;
  const auto collect = [&](const auto& marks) {
    for (const Mark& mark : marks) {
      for (size_t at = title.find(mark.text, 1); at != std::string_view::npos;
           at = title.find(mark.text, at + mark.text.size()))
        found.push_back({at, mark.text.size(), mark.dash});
    }
  };
  collect(kMarks);
  if (found.empty() && IsCjk(title)) collect(kTightMarks);
  std::sort(found.begin(), found.end(), [](const Separator& a, const Separator& b) {
    return a.at != b.at ? a.at < b.at : a.bytes > b.bytes;
  });
  // One inside another goes.
  std::vector<Separator> out;
  for (const Separator& separator : found) {
    if (out.empty() || separator.at >= out.back().at + out.back().bytes - 1)
      out.push_back(separator);
  }
  return out;
}

std::string CollapsedText(std::string_view text) {
  std::string out;
  bool blank = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("\u00AD")) {
      ++i;  // A soft hyphen.
      continue;
    }
    if (rest.starts_with("\u200B") || rest.starts_with("\uFEFF") || rest.starts_with("\u2060")) {
      i += 2;
      continue;
    }
    const bool no_break = rest.starts_with("\u00A0");
    if (byte <= ' ' || no_break) {
      blank = true;
      i += no_break ? 1 : 0;
      continue;
    }
    if (blank && !out.empty()) out.push_back(' ');
    blank = false;
    out.push_back(text[i]);
  }
  return out;
}

std::vector<uint32_t> SortedWords(std::string_view text) {
  std::vector<uint32_t> words;
  HashWords(text, kWordsMax, words);
  std::sort(words.begin(), words.end());
  return words;
}

float Likeness(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b) {
  if (a.empty() || b.empty()) return 0;
  size_t both = 0;
  for (size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    if (a[i] == b[k]) ++both;
    const bool less = a[i] < b[k];
    const bool more = b[k] < a[i];
    i += more ? 0 : 1;
    k += less ? 0 : 1;
  }
  return static_cast<float>(both) / static_cast<float>(std::max(a.size(), b.size()));
}

bool NamesSite(std::string_view part, const SiteKeys& keys) {
  const std::string key = Normalise(part);
  const auto is_form_of = [&key](const std::string& site) {
    if (key.empty() || site.size() < 2) return false;
    return key == site || (key.size() >= 4 && site.find(key) != std::string::npos) ||
           (site.size() >= 4 && key.size() < 3 * site.size() &&
            key.find(site) != std::string::npos);
  };
  return is_form_of(keys.name) || is_form_of(keys.host);
}

std::string HostLabel(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  std::string_view host = url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#:"));
  std::vector<std::string_view> labels;
  while (!host.empty()) {
    const size_t dot = std::min(host.find('.'), host.size());
    labels.push_back(host.substr(0, dot));
    host.remove_prefix(std::min(dot + 1, host.size()));
  }
  const size_t n = labels.size();
  if (n < 2) return {};
  const bool second_level = n > 2 && labels[n - 2].size() <= 3 && labels[n - 1].size() == 2;
  return std::string(labels[second_level ? n - 3 : n - 2]);
}

std::vector<std::string> SlugWords(std::string_view url) {
  std::vector<std::string> best;
  std::string_view path = PathOfUrl(url);
  if (path.find('%') != std::string_view::npos) return best;
  while (!path.empty()) {
    const size_t end = std::min(path.find('/', 1), path.size());
    std::vector<std::string> words = AsciiWords(FoldLatin(path.substr(0, end), false));
    if (!words.empty() &&
        (words.back() == "html" || words.back() == "htm" || words.back() == "php"))
      words.pop_back();
    std::erase_if(words, [](const std::string& word) {
      return word.size() < 3 ||
             (word.size() > 4 && std::any_of(word.begin(), word.end(), absl::ascii_isdigit));
    });
    if (words.size() >= 2 && words.size() >= best.size()) best = std::move(words);
    path.remove_prefix(end);
  }
  return best;
}

SlugMatch MatchSlug(std::string_view text, const std::vector<std::string>& slug) {
  if (slug.empty()) return {};
  SlugMatch best;
  const bool latin = text.find('\xC3') != std::string_view::npos;
  for (const bool wide : {false, true}) {
    if (wide && !latin) break;
    const std::vector<std::string> words = AsciiWords(FoldLatin(text, wide));
    size_t found = 0;
    size_t told = 0;
    size_t longer = 0;
    for (const std::string& word : slug)
      found += std::find(words.begin(), words.end(), word) != words.end() ? 1 : 0;
    for (const std::string& word : words) {
      if (word.size() < 3) continue;
      ++longer;
      told += std::find(slug.begin(), slug.end(), word) != slug.end() ? 1 : 0;
    }
    const SlugMatch match = {
        static_cast<float>(found) / static_cast<float>(slug.size()),
        longer == 0 ? 0 : static_cast<float>(told) / static_cast<float>(longer)};
    if (match.found + match.told > best.found + best.told) best = match;
  }
  return best;
}

bool IsCapitals(std::string_view text) {
  size_t upper = 0;
  for (const char c : text) {
    if (c >= 'a' && c <= 'z') return false;
    upper += c >= 'A' && c <= 'Z' ? 1 : 0;
  }
  return upper > 3;
}

}  // namespace sluice::deboilerplate
