#include "pipeline/base/hash.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::base {
namespace {

// Ids and places are stored: these values may never change. They are XXH3's own for no bytes.
TEST(HashTest, IsTheHashThatIsStored) {
  EXPECT_EQ(HashBytes("").Hex(), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(HashBytes64(""), 0x2d06800538d394c2u);
}

TEST(HashTest, HexIsBytesWrittenOut) {
  const Hash128 hash{.high = 0x0123456789abcdef, .low = 0xfedcba9876543210};
  EXPECT_EQ(hash.Hex(), "0123456789abcdeffedcba9876543210");
  EXPECT_EQ(hash.Bytes(),
            std::string("\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10"));
}

TEST(HashTest, DiffersByContentAndSeed) {
  EXPECT_NE(HashBytes("a"), HashBytes("b"));
  EXPECT_NE(HashBytes64("a"), HashBytes64("a", 1));
}

TEST(IdTest, ACaptureIsAUrlWithABody) {
  const Hash128 body = HashBytes("body");
  const std::string id = CaptureId("https://example.org/a", body);
  EXPECT_EQ(id.size(), 32);
  EXPECT_EQ(id, CaptureId("https://example.org/a", body));
  EXPECT_NE(id, CaptureId("https://example.org/b", body));
  EXPECT_NE(id, CaptureId("https://example.org/a", HashBytes("other")));
  EXPECT_NE(id, TargetId("https://example.org/a"));
  EXPECT_EQ(TargetId("https://example.org/a").size(), 32);
}

}  // namespace
}  // namespace sluice::base
