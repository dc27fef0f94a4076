#include "services/deboilerplate/twice_encoded.h"

#include <gtest/gtest.h>

namespace sluice::deboilerplate {
namespace {

TEST(TwiceEncodedTest, QuotesComeBackFromLatin1AndFromWindows) {
  EXPECT_EQ(UndoSecondEncoding("The captain\u00E2\u0080\u0099s log"), "The captain\u2019s log");
  EXPECT_EQ(UndoSecondEncoding("The captain\u00E2\u20AC\u2122s log"), "The captain\u2019s log");
  EXPECT_EQ(UndoSecondEncoding("\u00E2\u20AC\u0153Log\u00E2\u20AC\u009D"), "\u201CLog\u201D");
}

TEST(TwiceEncodedTest, WhereOneIsBeyondDoubtOthersComeBackToo) {
  EXPECT_EQ(UndoSecondEncoding("caf\u00C3\u00A9 d\u00E2\u0080\u0099or, \u00C3\u00A9t\u00C3\u00A9"),
            "caf\u00E9 d\u2019or, \u00E9t\u00E9");
  EXPECT_EQ(UndoSecondEncoding("\u00E6\u00B1\u009F caf\u00E9"), "\u6C5F caf\u00E9");
}

TEST(TwiceEncodedTest, OtherTextsAreLeftAlone) {
  for (const char* text : {"", "The captain\u2019s log", "fatigu\u00E9\u201D\u2026", "\u00C3\u00A9",
                           "\u00C2\u00AB oui", "\u00E2\u20AC", "\u00C3", "\u00E9\u00A0\u00BB",
                           "\u8239\u53E3", "S\u00C3O PAULO"}) {
    EXPECT_EQ(UndoSecondEncoding(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace sluice::deboilerplate
