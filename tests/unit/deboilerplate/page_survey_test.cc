#include "services/deboilerplate/page_survey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lexbor/tag/const.h>

#include <string>

#include "services/deboilerplate/text_page.h"
#include "tests/unit/deboilerplate/walked.h"

namespace sluice::deboilerplate {
namespace {

using testing::ElementsAre;

constexpr char kStory[] = "<p>The ferry to the island will run again from the first of May.</p>";

TEST(PageSurveyTest, CountsWhatIsBeforeEachBlockAndWhereTheNextProseIs) {
  Page page;
  ReadPlainText(
      "Three short words\nThis sentence has more than ten words and it ends with a stop.\nBye", 10,
      page);
  const PageSurvey survey = SurveyPage(page);
  EXPECT_THAT(survey.words_before, ElementsAre(0, 3, 16, 17));
  EXPECT_THAT(survey.prose_before, ElementsAre(0, 0, 13, 13));
  EXPECT_THAT(survey.last_prose, ElementsAre(-1, -1, 1));
  EXPECT_THAT(survey.next_prose, ElementsAre(1, 3, 3));
  EXPECT_EQ(survey.prose_blocks, 1);
  EXPECT_EQ(survey.WordsIn(1, 3), 14);
  EXPECT_EQ(survey.ProseIn(0, 2), 13);
}

TEST(PageSurveyTest, ABarrierCountsFromTheFirstProseOn) {
  const std::string related = "<h3>Related articles</h3>";
  const Walked walked(related + kStory + related + "<p>Another headline</p>");
  const PageSurvey survey = SurveyPage(walked.page);
  EXPECT_THAT(survey.barriers_before, ElementsAre(0, 0, 0, 1, 1));
  EXPECT_THAT(survey.last_barrier, ElementsAre(-1, -1, -1, 2));
}

TEST(PageSurveyTest, BlocksOfOneTextAreCopiesAndOfOneStructureAGroup) {
  const Walked walked("<ul><li>One two</li><li>One two</li></ul><p>Three</p>");
  const PageSurvey survey = SurveyPage(walked.page);
  const PageSurvey::Copies& copies = survey.copies.at(walked.page.blocks.at(1).stats.hash);
  EXPECT_EQ(copies.first, 0U);
  EXPECT_EQ(copies.count, 2);
  EXPECT_THAT(survey.group_of, ElementsAre(0, 0, 1));
  EXPECT_EQ(survey.groups.at(0).words, 4);
  EXPECT_EQ(survey.items, 2);
}

TEST(PageSurveyTest, TheStoryIsInTheArticleWithMostProse) {
  const std::string story = kStory;
  const Walked walked("<article>" + story + "</article><article>" + story + story + "</article>");
  const PageSurvey survey = SurveyPage(walked.page);
  EXPECT_EQ(survey.articles, 2);
  ASSERT_GE(survey.article_node, 0);
  const Node& article = walked.page.nodes.at(static_cast<size_t>(survey.article_node));
  EXPECT_EQ(article.tag, LXB_TAG_ARTICLE);
  EXPECT_EQ(article.block_begin, 1);
  EXPECT_EQ(survey.root_node, survey.article_node);
}

TEST(PageSurveyTest, TheLastHeadingBeforeMostOfTheProseIsTheHeadline) {
  const std::string story = kStory;
  const Walked walked("<h1>The Island Paper</h1><p>News</p><h1>A ferry</h1>" + story + story +
                      "<h1>Weather</h1>");
  EXPECT_EQ(SurveyPage(walked.page).headline_block, 2);
}

TEST(PageSurveyTest, AnEmptyPageHasNothing) {
  const PageSurvey survey = SurveyPage(Page());
  EXPECT_EQ(survey.words(), 0);
  EXPECT_EQ(survey.root_node, -1);
  EXPECT_EQ(survey.article_node, -1);
  EXPECT_EQ(survey.headline_block, -1);
}

}  // namespace
}  // namespace sluice::deboilerplate
