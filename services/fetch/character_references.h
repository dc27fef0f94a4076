#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace sluice::fetch {

// Decodes attribute values as the HTML standard has it (§13.2.5.72 ff.): &amp; and all other names,
// numbers, and the names that may do without ';' but not before '=' or a letter, so that
// "?a=1&copy=2" stays as it is. One thread.
class CharacterReferences {
 public:
  CharacterReferences();
  ~CharacterReferences();
  CharacterReferences(const CharacterReferences&) = delete;
  CharacterReferences& operator=(const CharacterReferences&) = delete;

  // `value` is what an attribute's quotes enclosed, or a value without quotes.
  std::string Decode(std::string_view value);

 private:
  struct Tokenizer;
  std::unique_ptr<Tokenizer> tokenizer_;
};

}  // namespace sluice::fetch
