#include "services/deboilerplate/hard_wrap.h"

#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "services/deboilerplate/text_page.h"

namespace sluice::deboilerplate {
namespace {

constexpr std::string_view kNotice =
    "The county board met on Monday evening to hear how the\n"
    "new ferry timetable had worked in its first month, and\n"
    "what the crews had to say about it.\n"
    "\n"
    "Most of the speakers asked for one more crossing before\n"
    "seven in the morning. The harbour master told the board\n"
    "that a second crew could be ready by the end of spring,\n"
    "if the money for it was found before the budget closed.\n";

TEST(HardWrapTest, AParagraphBecomesOneLineAndEmptyLinesStay) {
  EXPECT_EQ(
      Unwrap(kNotice),
      "The county board met on Monday evening to hear how the new ferry timetable had worked in "
      "its first month, and what the crews had to say about it.\n\n"
      "Most of the speakers asked for one more crossing before seven in the morning. The harbour "
      "master told the board that a second crew could be ready by the end of spring, if the "
      "money for it was found before the budget closed.\n");
}

TEST(HardWrapTest, APageOfAParagraphALineIsLeftAlone) {
  const std::string paragraph(Unwrap(kNotice)->substr(0, 140));
  std::string text = "Home\nNews\nWeather\nFerry timetable divides the county\nBy A. Writer\n";
  for (int i = 0; i < 12; ++i) text += paragraph + "\n";
  EXPECT_EQ(Unwrap(text), std::nullopt);
}

TEST(HardWrapTest, LinesThatEndWhereTheyWantAreLeftAlone) {
  EXPECT_EQ(Unwrap("Ferry timetable divides the county\n"
                   "Harbour master asks for a second crew before the spring\n"
                   "What the budget says\n"
                   "Crews tell the board of long days on the water\n"
                   "Letters: one more crossing\n"
                   "The bridge that nobody wanted to pay for\n"
                   "Fish market opens on Sundays\n"
                   "Old lighthouse is sold to a family from the mainland\n"
                   "In pictures: the storm of last week\n"
                   "Weather\n"),
            std::nullopt);
}

TEST(HardWrapTest, ItemsAndIndentedParagraphsBeginOnLinesOfTheirOwn) {
  std::string wrapped(kNotice);
  wrapped +=
      "\n"
      "- a crossing before seven in the morning, on every day\n"
      "  but Sunday\n"
      "- lights at the pier, which has been dark since January\n"
      "   The board will meet again in May, and has asked for a\n"
      "report.\n";
  const std::string text = *Unwrap(wrapped);
  EXPECT_NE(text.find("\n- a crossing before seven in the morning, on every day but Sunday\n"
                      "- lights at the pier"),
            std::string::npos)
      << text;
}

TEST(HardWrapTest, AFirstLineThatIsIndentedBeginsAParagraph) {
  const std::string text = *Unwrap(
      "   The county board met on Monday evening to hear how\n"
      "the new ferry timetable had worked in its first month,\n"
      "and what the crews had to say about it at the meeting.\n"
      "   Most of the speakers asked for one more crossing in\n"
      "the morning. The harbour master told the board that it\n"
      "could be done, and that a second crew could be ready by\n"
      "the end of spring, if the money for it was found before\n"
      "the budget closed.\n");
  EXPECT_NE(text.find("at the meeting.\nMost of the speakers asked for one more crossing in the "
                      "morning."),
            std::string::npos)
      << text;
}

TEST(HardWrapTest, AHyphenAtTheEndTakesNoSpace) {
  std::string wrapped(kNotice);
  const size_t at = wrapped.find("how the\nnew");
  wrapped.replace(at, 11, "a well-\nknown");
  EXPECT_NE(Unwrap(wrapped)->find("a well-known ferry"), std::string::npos);
}

TEST(HardWrapTest, ScriptsWithoutSpacesAreJoinedWithoutAndHangulWith) {
  std::string chinese;
  std::string hangul;
  for (int line = 0; line < 8; ++line) {
    for (int i = 0; i < 30; ++i) chinese += "\u8239";
    for (int i = 0; i < 10; ++i) hangul += i == 0 ? "\uBC30\uAC00" : " \uBC30\uAC00";
    chinese += '\n';
    hangul += '\n';
  }
  EXPECT_EQ(Unwrap(chinese)->find_first_of(" \n"), 8U * 30 * 3);
  const std::string joined = *Unwrap(hangul);
  EXPECT_EQ(joined.find('\n'), joined.size() - 1);
  EXPECT_EQ(std::count(joined.begin(), joined.end(), ' '), 79);
}

TEST(HardWrapTest, WhatWasWrappedAtAnyWidthComesBack) {
  const uint32_t seed = std::random_device()();
  std::cout << "seed " << seed << '\n';
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    const size_t width = 50 + random() % 60;
    std::string text;
    std::string wrapped;
    for (int paragraph = 0; paragraph < 6; ++paragraph) {
      size_t columns = 0;
      for (int i = 0; i < 80; ++i) {
        const std::string word(1 + random() % 10, static_cast<char>('a' + random() % 26));
        if (i > 0) text += ' ';
        text += word;
        if (i > 0) wrapped += columns + 1 + word.size() > width ? '\n' : ' ';
        columns =
            wrapped.empty() || wrapped.back() == '\n' ? word.size() : columns + 1 + word.size();
        wrapped += word;
      }
      text += "\n\n";
      wrapped += "\n\n";
    }
    ASSERT_EQ(Unwrap(wrapped), text) << "width " << width;
  }
}

TEST(HardWrapTest, APageThatWasWrappedHasTheBlocksOfTheOneThatWasNot) {
  Page wrapped;
  Page whole;
  ReadPlainText(kNotice, 100, wrapped);
  ReadPlainText(*Unwrap(kNotice), 100, whole);
  EXPECT_EQ(wrapped.blocks.size(), 2U);
  EXPECT_EQ(wrapped.text, whole.text);
}

}  // namespace
}  // namespace sluice::deboilerplate
