#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/deboilerplate/linked_data.h"
#include "services/deboilerplate/page.h"
#include "services/deboilerplate/title_candidates.h"

namespace sluice::deboilerplate {

// Letters and digits of a text, those of ASCII in lower case: for telling whether two headlines are
// the same.
std::string Normalise(std::string_view text);

// The site's name, as the page gives it in one place or another.
std::string FindSite(const Page& page, const LinkedData& data);

// The page's candidates for its headline, best first; the first is the headline. Scores are sums of
// weights that script/train learned (title_weights.inc).
struct RankedTitle {
  TitleCandidate candidate;
  float score = 0;
};
std::vector<RankedTitle> RankTitles(const Page& page, const LinkedData& data,
                                    const TitleContext& context);

}  // namespace sluice::deboilerplate
