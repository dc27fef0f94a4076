#include "pipeline/base/strings.h"

#include <gtest/gtest.h>

namespace sluice::base {
namespace {

TEST(StringsTest, ViewsCrossOverWithAnyBytes) {
  const std::string_view odd("a\0b", 3);
  EXPECT_EQ(ToStd(ToAbsl(odd)), odd);
}

TEST(StringsTest, AStringMapIsAskedByView) {
  StringMap<int> map;
  map["one"] = 1;
  EXPECT_EQ(map.find(std::string_view("one"))->second, 1);
  EXPECT_FALSE(map.contains(std::string_view("two")));
}

TEST(StringsTest, FormatsWhatAbseilKnows) {
  EXPECT_EQ(fmt::format("{}", absl::string_view("text")), "text");
  EXPECT_EQ(fmt::format("{}", absl::NotFoundError("gone")), "NOT_FOUND: gone");
  EXPECT_EQ(fmt::format("{}", absl::Milliseconds(1500)), "1.5s");
  EXPECT_EQ(fmt::format("{}", absl::UnixEpoch()), "1970-01-01T00:00:00+00:00");
}

}  // namespace
}  // namespace sluice::base
