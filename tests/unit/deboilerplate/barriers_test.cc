#include "services/deboilerplate/barriers.h"

#include <gtest/gtest.h>

#include "services/deboilerplate/text_page.h"

namespace sluice::deboilerplate {
namespace {

bool Barrier(std::string_view line) {
  Page page;
  ReadPlainText(line, 10, page);
  return IsBarrier(page, page.blocks.at(0));
}

TEST(BarriersTest, HeadingsOfOtherStoriesAreKnownInManyLanguages) {
  for (const char* line : {"Related Articles", "RELATED:", "Editor\u2019s Picks",
                           "Das k\u00F6nnte Sie auch interessieren", "Relaterede artikler",
                           "\u76F8\u5173\u9605\u8BFB", "More from The Pier", "Comments"}) {
    EXPECT_TRUE(Barrier(line)) << line;
  }
}

TEST(BarriersTest, SentencesAreNone) {
  EXPECT_FALSE(Barrier("The comments were related to the port and its ships."));
  EXPECT_FALSE(Barrier("Comments by the minister on shipping in the north of the country"));
}

}  // namespace
}  // namespace sluice::deboilerplate
