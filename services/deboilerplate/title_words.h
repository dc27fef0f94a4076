#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::deboilerplate {

// What parts a headline from the names around it.
struct Separator {
  size_t at = 0;
  size_t bytes = 0;
  bool dash = false;  // Else a bar or the like, which headlines hardly have.
};

// All of a title, in order, but one at its very beginning. Without blanks around them they count in
// CJK titles only.
std::vector<Separator> FindSeparators(std::string_view title);

// Without white space at its ends, runs of it and invisible characters inside.
std::string CollapsedText(std::string_view text);

// Hashes of the words, sorted.
std::vector<uint32_t> SortedWords(std::string_view text);

// Of two lists of SortedWords: the smaller of the shares of words that the other has.
float Likeness(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b);

// What a site is called, normalised; empty: not known.
struct SiteKeys {
  std::string name;
  std::string host;
};

// Whether a text is the site's name or its host's, or a form of it.
bool NamesSite(std::string_view part, const SiteKeys& keys);

// "example" of https://www.example.co.uk/: the label that names the site.
std::string HostLabel(std::string_view url);

// The words of the part of an address that is made from a headline: letters of ASCII, lower case.
// Empty: no part is.
std::vector<std::string> SlugWords(std::string_view url);

struct SlugMatch {
  float found = 0;  // Share of the slug's words that the text has.
  float told = 0;   // Share of the text's words that the slug has.
};
SlugMatch MatchSlug(std::string_view text, const std::vector<std::string>& slug);

// Whether all letters are capitals.
bool IsCapitals(std::string_view text);

}  // namespace sluice::deboilerplate
