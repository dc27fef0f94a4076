#include "services/feed/cursor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "pipeline/base/strings.h"

namespace sluice::feed {
namespace {

TEST(CursorTest, ComesBackAsItWas) {
  const Cursor cursor =
      Cursor::After(41, 0x0123456789abcdef, absl::FromUnixMicros(1767600000123456));
  const std::string text = cursor.Encode();
  EXPECT_EQ(text.size(), 40u);
  auto decoded = Cursor::Decode(text);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, cursor);
  EXPECT_EQ(decoded->item_offset(), 41u);
  EXPECT_EQ(decoded->next_offset, 42u);
}

TEST(CursorTest, CanPointAtAnItemAndAtTheBeginning) {
  const Cursor at = Cursor::At(41, 7, absl::FromUnixSeconds(5));
  EXPECT_EQ(Cursor::Decode(at.Encode())->item_offset(), 41u);
  EXPECT_EQ(*Cursor::Decode(Cursor().Encode()), Cursor());
}

TEST(CursorTest, IsTheSameTextForEverBecauseClientsKeepIt) {
  EXPECT_EQ(Cursor::After(41, 0x0123456789abcdef, absl::FromUnixMicros(1767600000123456)).Encode(),
            "AQEAAAAAAAAAKgEjRWeJq83vAAZHn3IcwkCFxC7X");
}

TEST(CursorTest, RefusesEverySingleAlteredCharacter) {
  const std::string text = Cursor::After(41, 12345, absl::FromUnixSeconds(1767600000)).Encode();
  for (size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'A', 'b', '7', '-', '_', '!', '=', '\0'}) {
      if (text[i] == c) continue;
      std::string altered = text;
      altered[i] = c;
      EXPECT_EQ(Cursor::Decode(altered).status().code(), absl::StatusCode::kInvalidArgument)
          << altered;
    }
  }
}

TEST(CursorTest, RefusesAnotherVersionAndAnotherKindThoughWhole) {
  const auto refusal = [](std::string_view text) {
    return std::string(base::ToStd(Cursor::Decode(text).status().message()));
  };
  EXPECT_THAT(refusal("AgEAAAAAAAAAKgEjRWeJq83vAAZHn3IcwkDOXE3b"),
              testing::HasSubstr("another version"));
  EXPECT_THAT(refusal("AQMAAAAAAAAAKgEjRWeJq83vAAZHn3IcwkBttyM1"), testing::HasSubstr("altered"));
  EXPECT_THAT(refusal("AQEAAAAAAAAAAAEjRWeJq83vAAZHn3IcwkA93J6-"), testing::HasSubstr("altered"))
      << "behind an item before the first";
}

TEST(CursorTest, RefusesWhatIsNone) {
  for (const char* text : {"", "x", "beginning", "AAAA", "2026-01-01T00:00:00Z"}) {
    auto cursor = Cursor::Decode(text);
    EXPECT_EQ(cursor.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(base::ToStd(cursor.status().message())), testing::HasSubstr("cursor"));
  }
  std::mt19937_64 random(20261122);
  for (int i = 0; i < 2000; ++i) {
    std::string noise(random() % 80, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    EXPECT_FALSE(Cursor::Decode(noise).ok());
  }
}

TEST(CursorTest, RefusesAnotherSpellingOfTheSameBytes) {
  const std::string text = Cursor::After(41, 12345, absl::FromUnixSeconds(1767600000)).Encode();
  EXPECT_FALSE(Cursor::Decode(text + "=").ok());
  EXPECT_FALSE(Cursor::Decode(text + "\n").ok());
  EXPECT_FALSE(Cursor::Decode(" " + text).ok());
}

TEST(CursorTest, TakesTheFirstBytesOfAnId) {
  EXPECT_EQ(IdPrefix("0123456789abcdef0000000000000000"), 0x0123456789abcdefu);
  EXPECT_NE(IdPrefix("not hex"), IdPrefix("not hex either"));
  EXPECT_NE(IdPrefix("00000000000000g0"), IdPrefix("0000000000000100"));
}

}  // namespace
}  // namespace sluice::feed
