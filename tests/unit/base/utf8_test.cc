#include "pipeline/base/utf8.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

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
  EXPECT_EQ(ToValidUtf8("n\xF0\x9F\x98\x80\xFF", 4), "n") << "and nothing that comes later";
  EXPECT_EQ(CutUtf8("née", 2), "n");
  EXPECT_EQ(CutUtf8("née", 3), "né");
  EXPECT_EQ(CutUtf8("née", 4), "née");
}

TEST(Utf8Test, CountsReplacementsInTheLimit) {
  EXPECT_EQ(ToValidUtf8("a\xFFz", 3), "a");
  EXPECT_EQ(ToValidUtf8("a\xFFz", 4), "a\xEF\xBF\xBD");
  EXPECT_EQ(ToValidUtf8("a\xFFz", 5), "a\xEF\xBF\xBDz");
}

// By the table of RFC 3629, section 4, a byte at a time.
size_t PrefixByTheTable(std::string_view text) {
  struct Row {
    uint8_t first_min, first_max, second_min, second_max;
    size_t length;
  };
  constexpr std::array<Row, 8> kRows = {{{0xC2, 0xDF, 0x80, 0xBF, 2},
                                         {0xE0, 0xE0, 0xA0, 0xBF, 3},
                                         {0xE1, 0xEC, 0x80, 0xBF, 3},
                                         {0xED, 0xED, 0x80, 0x9F, 3},
                                         {0xEE, 0xEF, 0x80, 0xBF, 3},
                                         {0xF0, 0xF0, 0x90, 0xBF, 4},
                                         {0xF1, 0xF3, 0x80, 0xBF, 4},
                                         {0xF4, 0xF4, 0x80, 0x8F, 4}}};
  size_t i = 0;
  const auto within = [text](size_t at, uint8_t min, uint8_t max) {
    if (at >= text.size()) return false;
    const auto byte = static_cast<uint8_t>(text[at]);
    return byte >= min && byte <= max;
  };
  while (i < text.size()) {
    size_t length = within(i, 0, 0x7F) ? 1 : 0;
    for (const Row& row : kRows) {
      bool fits =
          within(i, row.first_min, row.first_max) && within(i + 1, row.second_min, row.second_max);
      for (size_t j = 2; j < row.length; ++j) fits = fits && within(i + j, 0x80, 0xBF);
      if (fits) length = row.length;
    }
    if (length == 0) break;
    i += length;
  }
  return i;
}

TEST(Utf8Test, FindsEveryBreakAtEveryPlaceOfABlock) {
  const std::array<std::string, 5> sequences = {"\xC3\xA9", "\xE2\x82\xAC", "\xED\x9F\xBF",
                                                "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"};
  for (size_t place = 0; place < 70; ++place) {
    for (const std::string& sequence : sequences) {
      for (size_t at = 0; at < sequence.size(); ++at) {
        for (int byte = 0; byte < 256; ++byte) {
          std::string text(place, place % 2 == 0 ? 'a' : 'b');
          text += sequence;
          text[place + at] = static_cast<char>(byte);
          for (const size_t behind : {size_t{0}, size_t{1}, size_t{40}}) {
            const std::string whole = text + std::string(behind, 'z');
            ASSERT_EQ(ValidUtf8Prefix(whole), PrefixByTheTable(whole))
                << "byte " << byte << " at " << place + at << " of " << whole.size();
          }
        }
      }
    }
  }
}

TEST(Utf8Test, ReadsAnyBytesAsTheTableOfTheRfcDoes) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  constexpr std::array<std::string_view, 9> kPieces = {"a",
                                                       "plain words ",
                                                       "\xC3\xA9",
                                                       "\xE4\xB8\xAD\xE6\x96\x87",
                                                       "\xF0\x9F\x98\x80",
                                                       "\xD0\xB6",
                                                       "\xEF\xBB\xBF",
                                                       "\xE2\x82",
                                                       "\x80"};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    const size_t pieces = random() % 60;
    // The last two are ill-formed: most texts have none, so that the break comes late.
    const size_t kinds = round % 4 == 0 ? kPieces.size() : kPieces.size() - 2;
    for (size_t i = 0; i < pieces; ++i) text += kPieces[random() % kinds];
    if (round % 3 == 0 && !text.empty())
      text[random() % text.size()] = static_cast<char>(random() % 256);
    ASSERT_EQ(ValidUtf8Prefix(text), PrefixByTheTable(text)) << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace sluice::base
