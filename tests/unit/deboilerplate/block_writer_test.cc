#include "services/deboilerplate/block_writer.h"

#include <gtest/gtest.h>

#include "services/deboilerplate/text_page.h"

namespace sluice::deboilerplate {
namespace {

std::string Collapse(std::string_view text) {
  Page page;
  BlockWriter writer(page, 10);
  writer.Append(text, {});
  writer.Flush(0);
  return page.text;
}

TEST(BlockWriterTest, WhiteSpaceIsCollapsed) {
  EXPECT_EQ(Collapse("  a \t\n b\u00A0\u00A0c\u2003d\u3000e  "), "a b c d e");
}

TEST(BlockWriterTest, InvisibleCharactersGo) {
  EXPECT_EQ(Collapse("Schiff\u00ADfahrt\u200B\uFEFF"), "Schifffahrt");
}

TEST(BlockWriterTest, OtherScriptsStayWhole) {
  for (const char* text : {"\u0645\u0631\u062D\u0628\u0627", "\u0915\u094D\u0937\u093F", "e\u0301",
                           "\u8239\u53E3", "\U0001F600 x"}) {
    EXPECT_EQ(Collapse(text), text);
  }
}

TEST(BlockWriterTest, BlocksWithoutAWordAreNone) { EXPECT_EQ(Collapse(" | \u2022 - "), ""); }

TEST(BlockWriterTest, BlocksBeyondTheCapAreLeftOut) {
  Page page;
  ReadPlainText("one\ntwo\nthree", 2, page);
  EXPECT_EQ(page.blocks.size(), 2U);
  EXPECT_TRUE(page.truncated);
}

}  // namespace
}  // namespace sluice::deboilerplate
