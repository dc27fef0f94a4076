#include "services/deboilerplate/date_candidates.h"

#include <gtest/gtest.h>

namespace sluice::deboilerplate {
namespace {

Hint Make(Hint::Kind kind, std::string name, std::string value, int block = 0) {
  Hint hint;
  hint.kind = kind;
  hint.name = std::move(name);
  hint.value = std::move(value);
  hint.block = block;
  return hint;
}

// A page whose blocks are these lines.
Page PageOf(const std::vector<std::string>& lines) {
  Page page;
  for (const std::string& line : lines) {
    Block block;
    block.begin = static_cast<uint32_t>(page.text.size());
    page.text += line;
    block.end = static_cast<uint32_t>(page.text.size());
    block.stats = Measure(line);
    page.blocks.push_back(block);
  }
  return page;
}

std::string Best(const Page& page, const LinkedData& data, const DateContext& context = {}) {
  const std::vector<DateCandidate> ranked = RankDates(page, data, context);
  return ranked.empty() ? std::string() : ranked.front().date.Format();
}

TEST(DateCandidatesTest, MetaElementsSayByTheirNamesThatTheyHaveTheDate) {
  for (const char* name :
       {"citation_publication_date", "prism.publicationdate", "cdc:first_published",
        "govuk:first-published-at", "release_date", "iso-8601-publish-date", "article:create_at",
        "article:published_date"}) {
    Page page;
    page.hints = {Make(Hint::Kind::kMeta, name, "2024-05-03")};
    EXPECT_EQ(Best(page, {}), "2024-05-03") << name;
  }
  for (const char* name :
       {"article:publisher", "last_published_date", "unpublish_date", "publication_updated_time"}) {
    Page page;
    page.hints = {Make(Hint::Kind::kMeta, name, "2024-05-03")};
    EXPECT_EQ(Best(page, {}), "") << name;
  }
}

TEST(DateCandidatesTest, LinkedDataTell) {
  LinkedData data;
  data.published = "2024-05-03T07:00:00+02:00";
  data.modified = "2024-05-09T07:00:00+02:00";
  EXPECT_EQ(Best(Page(), data), "2024-05-03T07:00:00+02:00");
}

TEST(DateCandidatesTest, AChangesDateIsNoneWhereNothingIsShown) {
  LinkedData data;
  data.modified = "2024-05-09T07:00:00+02:00";
  EXPECT_EQ(Best(Page(), data), "");
}

TEST(DateCandidatesTest, TheOnlyDayThatIsShownCountsEvenIfItIsAChanges) {
  const Page page = PageOf({"The ferry is back", "Updated on May 9, 2024",
                            "The ferry that links both banks is running again since Monday."});
  EXPECT_EQ(Best(page, LinkedData(), {.first_block = 2, .last_block = 2, .month_first = true}),
            "2024-05-09");
}

TEST(DateCandidatesTest, OfTwoDatesInALineThePublishedOneCounts) {
  const Page page = PageOf({"The ferry is back", "Updated May 9, 2024. Published May 3, 2024",
                            "The ferry that links both banks is running again since Monday."});
  EXPECT_EQ(Best(page, LinkedData(), {.first_block = 2, .last_block = 2, .month_first = true}),
            "2024-05-03");
}

TEST(DateCandidatesTest, ATimeInUtcGetsTheDayThatReadersSee) {
  Page page = PageOf({"The ferry is back", "May 3, 2024",
                      "The ferry that links both banks is running again since Monday."});
  page.hints = {Make(Hint::Kind::kMeta, "article:published_time", "2024-05-04T02:41:00Z"),
                Make(Hint::Kind::kTime, "", "2024-05-03", 1)};
  EXPECT_EQ(Best(page, LinkedData(),
                 {.url = "https://thepier.example/2024/05/03/ferry",
                  .first_block = 2,
                  .last_block = 2,
                  .month_first = true}),
            "2024-05-03T23:41:00-03:00");
}

TEST(DateCandidatesTest, DatesAfterTheFetchAreNotBelieved) {
  LinkedData data;
  data.published = "2031-01-01";
  EXPECT_EQ(Best(Page(), data,
                 {.latest = absl::FromCivil(absl::CivilDay(2025, 1, 1), absl::UTCTimeZone())}),
            "");
}

TEST(DateCandidatesTest, CountriesWithOneZoneHaveAnOffset) {
  EXPECT_EQ(CountryOffset("https://www.hafen.example.de/x"), 60);
  EXPECT_EQ(CountryOffset("https://puerto.com.uy/"), -180);
  EXPECT_EQ(CountryOffset("https://thepier.com/"), std::nullopt);
  EXPECT_EQ(CountryOffset("no address"), std::nullopt);
}

TEST(DateCandidatesTest, EveryFeatureHasAName) {
  for (size_t i = 0; i < kDateFeatures; ++i) EXPECT_FALSE(DateFeatureName(i).empty()) << i;
}

}  // namespace
}  // namespace sluice::deboilerplate
