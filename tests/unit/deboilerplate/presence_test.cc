#include "services/deboilerplate/presence.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "services/deboilerplate/extractor.h"

namespace sluice::deboilerplate {
namespace {

constexpr const char* kParagraphs[] = {
    "The ferry to the northern islands sails again since Monday, the harbour office said after "
    "eleven weeks in which the islanders had to charter fishing boats.",
    "A bearing of its only engine had broken in a storm in late August. The yard had no spare "
    "part, and the maker of the engine closed twenty years ago.",
    "\"We turned the new bearing ourselves,\" said the master of the yard. The ferry passed its "
    "trial run on Saturday, with the mayor and two sheep on board.",
    "The islands want a second ferry. The county will decide in spring, when the report about "
    "the engine is there; the harbour office expects that it costs nine million."};

std::string Story() {
  std::string out;
  for (const char* paragraph : kParagraphs) out += fmt::format("<p>{}</p>", paragraph);
  return "<article><h1>Northern ferry sails again</h1>" + out + "</article>";
}

// The same sentences as the teasers of as many stories.
std::string Teasers() {
  std::string out = "<h1>Harbour news</h1>";
  for (int i = 0; i < 12; ++i) {
    out += fmt::format(
        "<div class=item><h3><a href=/{0}>What is new on pier number {0}</a></h3><p>{1}</p></div>",
        i, std::string(kParagraphs[i % 4]).substr(0, 60 + static_cast<size_t>(i)));
  }
  return out;
}

double Presence(const std::string& title, const std::string& body, const char* type = "text/html") {
  Extractor::Explanation why;
  (*Extractor::Create({}))
      ->Extract(fmt::format("<title>{}</title><body>{}</body>", title, body),
                {.url = "https://example.org/a", .content_type = type}, nullptr, &why);
  return why.presence;
}

TEST(PresenceTest, AStoryIsToldFromAListOfStories) {
  EXPECT_GT(Presence("Northern ferry sails again", Story()), 0.9);
  EXPECT_LT(Presence("Harbour news", Teasers()), 0.2);
}

TEST(PresenceTest, AStoryAmongTeasersIsThere) {
  EXPECT_GT(Presence("Northern ferry sails again", Story() + Teasers()), 0.45);
}

TEST(PresenceTest, ATitleOfAnotherPageDoesNotHideAStory) {
  EXPECT_GT(Presence("Harbour", Story()), 0.45);
}

TEST(PresenceTest, PlainTextIsTakenForAStory) {
  EXPECT_EQ(Presence("x", Teasers(), "text/plain"), 1);
}

// Two kept blocks of four words, and one between that is not.
PresenceFeatures DescribeThree(std::string_view title) {
  Page page;
  std::vector<Judgement> judgements;
  for (const std::string_view text :
       {"Ferry sails islands today", "Share this page now", "Islands await another ferry"}) {
    Block block;
    block.begin = static_cast<uint32_t>(page.text.size());
    page.text += text;
    block.end = static_cast<uint32_t>(page.text.size());
    block.node = -1;
    block.words_begin = static_cast<uint32_t>(page.words.size());
    block.stats = Measure(text, &page.words);
    block.words_end = static_cast<uint32_t>(page.words.size());
    page.blocks.push_back(block);
    judgements.push_back({.first = 0.5F, .story = 0.75F, .kept = judgements.size() != 1});
  }
  return DescribePresence(page, judgements, title);
}

TEST(PresenceTest, TheHeadlinesLongerWordsAreLookedForInWhatWasKept) {
  const PresenceFeatures f = DescribeThree("The islands share a ferry");
  EXPECT_EQ(f[0], 3);                // islands, share, ferry
  EXPECT_NEAR(f[1], 2.0 / 3, 1e-6);  // "share" is in no kept block.
  EXPECT_EQ(f[2], 1);                // Both kept blocks have one.
  EXPECT_EQ(DescribeThree("A b c")[1], -1);
}

TEST(PresenceTest, NothingKeptIsNoStory) {
  EXPECT_LT(Presence("Home", "<nav><ul><li><a href=/a>News</a></ul></nav>"), 0.45);
}

}  // namespace
}  // namespace sluice::deboilerplate
