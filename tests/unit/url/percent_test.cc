#include "pipeline/url/percent.h"

#include <gtest/gtest.h>

namespace sluice::url {
namespace {

TEST(PercentTest, EncodesTheBytesOfTheSet) {
  std::string out = "x";
  AppendPercentEncoded("a b\"é?#", kPathSet, out);
  EXPECT_EQ(out, "xa%20b%22%C3%A9%3F%23");
}

TEST(PercentTest, DecodesOnlyWholeEscapes) {
  EXPECT_EQ(PercentDecode("%41%4a%zz%4"), "AJ%zz%4");
  EXPECT_EQ(PercentDecode("%"), "%");
  EXPECT_EQ(PercentDecode("%%41"), "%A");
}

TEST(PercentTest, NormalizesCaseAndUnreservedCharacters) {
  EXPECT_EQ(NormalizePercentEncoding("/%7ejim/%e2%82%ac%2f%41"), "/~jim/%E2%82%AC%2FA");
  EXPECT_EQ(NormalizePercentEncoding("%2"), "%2");
}

TEST(PercentTest, PutsOneReplacementForEachMaximalSubpart) {
  EXPECT_EQ(ReplaceInvalidUtf8("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(ReplaceInvalidUtf8("\xE2\x82"), "\xEF\xBF\xBD");
  EXPECT_EQ(ReplaceInvalidUtf8("\xF0\x80\x80\x41"),
            "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
            "A");
  EXPECT_EQ(ReplaceInvalidUtf8("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD")
      << "a surrogate";
  EXPECT_EQ(ReplaceInvalidUtf8("né"), "né");
}

TEST(PercentTest, FindsWhereUtf8Breaks) {
  EXPECT_EQ(ValidUtf8Prefix("né\xC3("), 3U);
  EXPECT_TRUE(IsValidUtf8("\xF4\x8F\xBF\xBF"));
  EXPECT_FALSE(IsValidUtf8("\xF4\x90\x80\x80"));
  EXPECT_FALSE(IsValidUtf8("\xC0\xAF")) << "overlong";
}

}  // namespace
}  // namespace sluice::url
