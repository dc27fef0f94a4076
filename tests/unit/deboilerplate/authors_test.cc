#include "services/deboilerplate/authors.h"

#include <gtest/gtest.h>

namespace sluice::deboilerplate {
namespace {

using Names = std::vector<std::string>;

TEST(AuthorsTest, BylinesAreSplitIntoNames) {
  EXPECT_EQ(NamesInByline("By Ann Lee and Bo Chen", ""), (Names{"Ann Lee", "Bo Chen"}));
  EXPECT_EQ(NamesInByline("Von Ute Groß, Jan Weiß und Kim Yu", ""),
            (Names{"Ute Groß", "Jan Weiß", "Kim Yu"}));
  EXPECT_EQ(NamesInByline("Ann Lee | Bo Chen", ""), (Names{"Ann Lee", "Bo Chen"}));
}

TEST(AuthorsTest, RolesDatesAndSitesAreNoNames) {
  EXPECT_EQ(NamesInByline("By admin", ""), Names());
  EXPECT_EQ(NamesInByline("The Pier", "The Pier"), Names());
  EXPECT_EQ(NamesInByline("3 May 2024", ""), Names());
  EXPECT_EQ(NamesInByline("https://example.org/ann", ""), Names());
}

TEST(AuthorsTest, LinkedDataComesBeforeMeta) {
  Page page;
  Hint hint;
  hint.name = "author";
  hint.value = "Web Desk One";
  page.hints.push_back(hint);
  LinkedData data;
  EXPECT_EQ(FindAuthors(page, data, "", 0, 0), Names{"Web Desk One"});
  data.authors = {"Ann Lee"};
  EXPECT_EQ(FindAuthors(page, data, "", 0, 0), Names{"Ann Lee"});
}

}  // namespace
}  // namespace sluice::deboilerplate
