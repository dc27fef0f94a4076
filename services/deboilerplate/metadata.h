#pragma once

#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "services/deboilerplate/article.h"
#include "services/deboilerplate/authors.h"
#include "services/deboilerplate/date_candidates.h"
#include "services/deboilerplate/linked_data.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// Where the article's text stands among the blocks, and what is known from outside the page.
struct MetadataInput {
  std::string_view url;
  int first_block = 0;  // Kept.
  int last_block = 0;
  absl::Time latest = absl::InfiniteFuture();  // Later dates are not believed.
  // Filled in where given: all that were considered.
  std::vector<DateCandidate>* dates = nullptr;
  std::vector<AuthorCandidate>* authors = nullptr;
};

// Fills in all of the article but title, site, text, kind and confidence, from linked data, the
// page's head, marked-up elements and the lines around the headline, in this order of trust. Dates
// are never those of a change, of a comment or of the footer.
void FillMetadata(const Page& page, const LinkedData& data, const MetadataInput& input,
                  Article& article);

// "en" of "en-US". Empty: it begins with no two-letter code.
std::string PrimaryLanguage(std::string_view declared);

// ISO 639-1 code of the language of a text; `declared` is what the page says and decides where the
// text is too short to tell. Empty: unknown.
std::string DetectLanguage(std::string_view text, std::string_view declared);

}  // namespace sluice::deboilerplate
