#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::fetch {

// The plain text of an HTML snippet such as a feed's title: tags out, entities decoded, white space
// folded, a blank where a block or line ends; scripts and styles are no text.
std::string TextOfMarkup(std::string_view markup);

// Whether the text holds a tag or an entity, so that it was probably meant as HTML.
bool LooksLikeMarkup(std::string_view text);

// `text` with each run of white space (no-break spaces too) as one blank, none at the ends.
std::string FoldWhiteSpace(std::string_view text);

// A language as a document gives it (BCP 47, mostly), folded. It is copied into every entry, so
// that what is longer than any tag is cut off.
inline constexpr size_t kLanguageBytesMax = 64;
std::string LanguageOf(std::string_view text);

}  // namespace sluice::fetch
