#include "pipeline/base/utf8.h"

#include <gtest/gtest.h>

namespace sluice::base {
namespace {

TEST(Utf8Test, PutsOneReplacementForEachMaximalSubpart) {
  EXPECT_EQ(ToValidUtf8("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(ToValidUtf8("\xE2\x82"), "\xEF\xBF\xBD");
  EXPECT_EQ(ToValidUtf8("\xF0\x80\x80\x41"),
            "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
            "A");
  EXPECT_EQ(ToValidUtf8("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD") << "a surrogate";
  EXPECT_EQ(ToValidUtf8("né"), "né");
}

TEST(Utf8Test, FindsWhereUtf8Breaks) {
  EXPECT_EQ(ValidUtf8Prefix("né\xC3("), 3U);
  EXPECT_TRUE(IsValidUtf8("\xF4\x8F\xBF\xBF"));
  EXPECT_FALSE(IsValidUtf8("\xF4\x90\x80\x80"));
  EXPECT_FALSE(IsValidUtf8("\xC0\xAF")) << "overlong";
}

TEST(Utf8Test, CutsBeforeACharacterThatDoesNotFit) {
  EXPECT_EQ(ToValidUtf8("née", 1), "n");
  EXPECT_EQ(ToValidUtf8("née", 2), "n");
  EXPECT_EQ(ToValidUtf8("née", 3), "né");
  EXPECT_EQ(ToValidUtf8("née", 4), "née");
  EXPECT_EQ(ToValidUtf8("née", 0), "");
}

TEST(Utf8Test, CountsReplacementsInTheLimit) {
  EXPECT_EQ(ToValidUtf8("a\xFFz", 3), "a");
  EXPECT_EQ(ToValidUtf8("a\xFFz", 4), "a\xEF\xBF\xBD");
  EXPECT_EQ(ToValidUtf8("a\xFFz", 5), "a\xEF\xBF\xBDz");
}

}  // namespace
}  // namespace sluice::base
