#include "pipeline/config/nearest.h"

#include <gtest/gtest.h>

namespace sluice::config {
namespace {

TEST(NearestTest, CountsWhatWasAddedLeftOutAndReplaced) {
  const std::vector<std::string> known = {"interval", "topics", "sources"};
  EXPECT_EQ(Nearest("topic", known), "topics");
  EXPECT_EQ(Nearest("ttopics", known), "topics");
  EXPECT_EQ(Nearest("sorces", known), "sources");
  EXPECT_EQ(Nearest("inxervxl", known), "interval");
  EXPECT_EQ(Nearest("nterva", known), "interval");
}

TEST(NearestTest, TakesTheNearerOneAndOfEqualsTheFirst) {
  EXPECT_EQ(Nearest("cat", {"cats", "cat", "bat"}), "cat");
  EXPECT_EQ(Nearest("cat", {"bat", "rat"}), "bat");
  EXPECT_EQ(Nearest("cat", {"", "bat"}), "bat");
}

TEST(NearestTest, FindsNothingBeyondAThirdOfTheWord) {
  EXPECT_EQ(Nearest("ab", {"abcd"}), "abcd") << "two are near in any word";
  EXPECT_EQ(Nearest("ab", {"abcde"}), "");
  EXPECT_EQ(Nearest("abcdefghi", {"xyzdefghi"}), "xyzdefghi");
  EXPECT_EQ(Nearest("abcdefghi", {"xyzuefghi"}), "");
  EXPECT_EQ(Nearest("abc", {}), "");
}

}  // namespace
}  // namespace sluice::config
