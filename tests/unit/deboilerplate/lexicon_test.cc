#include "services/deboilerplate/lexicon.h"

#include <gtest/gtest.h>

namespace sluice::deboilerplate {
namespace {

TEST(LexiconTest, NamesAreReadWordByWord) {
  EXPECT_EQ(RolesOf("articleBody"), Bit(kRoleArticle) | Bit(kRoleBody));
  EXPECT_EQ(RolesOf("site-footer"), Bit(kRoleHeader) | Bit(kRoleFooter));
  EXPECT_EQ(RolesOf("xyz"), Roles{0});
}

TEST(LexiconTest, ANumberedCommentIsOneOfTheReaders) {
  for (const char* names : {"comment-4711", "li-comment-12", "comment_3", "kommentar17"})
    EXPECT_NE(RolesOf(names) & Bit(kRoleCommentItem), 0U) << names;
  for (const char* names :
       {"comments", "comment-list", "comment-form 3", "post-4711", "discussion-12"})
    EXPECT_EQ(RolesOf(names) & Bit(kRoleCommentItem), 0U) << names;
}

TEST(LexiconTest, ConsentManagersAreKnownByName) {
  EXPECT_NE(RolesOf("onetrust-pc-sdk") & Bit(kRoleConsentManager), 0U);
  EXPECT_EQ(RolesOf("cookie-recipe") & Bit(kRoleConsentManager), 0U);
}

}  // namespace
}  // namespace sluice::deboilerplate
