#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::deboilerplate {

// What a word or phrase is in bylines. A set of bits.
enum BylineWord : uint8_t {
  kBylineBefore = 1,     // Stands before names: "by", "written by", "von".
  kBylineRole = 2,       // What a person is: "editor", "Redakteurin".
  kBylineNewsroom = 4,   // In the names of those who are no person: "desk", "AFP", "GmbH".
  kBylineFurniture = 8,  // Of the page: "published", "share", "email".
  kBylineMonth = 16,     // The first three bytes of a month's name.
  kBylineLabel = 32,     // Stands before names and a colon: "words", "Haber".
};

// Of a phrase whose words are parted by one blank; letters of ASCII count in either case.
uint8_t BylineWordsOf(std::string_view phrase);

}  // namespace sluice::deboilerplate
