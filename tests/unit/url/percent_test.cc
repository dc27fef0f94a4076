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

}  // namespace
}  // namespace sluice::url
