#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "services/deboilerplate/decide.h"
#include "services/deboilerplate/forest.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// What tells a page that has a story of its own from one that has none: the block models keep the
// best of any page, be it a list of stories, an empty shell or what is left where a text was taken
// away. In a fixed order.
constexpr size_t kPresenceFeatures = 34;
using PresenceFeatures = std::array<float, kPresenceFeatures>;

// Of a page of markup and what was kept of it. `title`: the article's. Linear in blocks.
PresenceFeatures DescribePresence(const Page& page, const std::vector<Judgement>& judgements,
                                  std::string_view title);

// The probability that what was kept is a story, where one page in seven has none. Learned by
// script/train on pages with and without theirs.
double StoryPresence(const Forest& model, const PresenceFeatures& features);

}  // namespace sluice::deboilerplate
