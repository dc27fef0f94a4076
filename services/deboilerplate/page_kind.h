#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/deboilerplate/article.h"
#include "services/deboilerplate/decide.h"
#include "services/deboilerplate/linked_data.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// What models say of what was kept.
struct KeptText {
  double presence = 0;   // How probably it is a story.
  double rightness = 0;  // If it is one, how much of it is expected to be right.
};

// Says what kind of page it is, and how sure that is. The article's text and title are there.
void JudgeKind(const Page& page, const LinkedData& data, const std::vector<Judgement>& judgements,
               std::string_view url, const KeptText& kept, Article& article);

// The names of a block's last three elements, as in "article > div.story > p".
std::string PathOf(const Page& page, const Block& block);

}  // namespace sluice::deboilerplate
