#include "services/fetch/jsonl_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::fetch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// "url: body" of pages, "! problem" of bad lines.
std::vector<std::string> Read(std::string_view text, const JsonlPages::Limits& limits = {}) {
  MemorySource source(text);
  JsonlPages pages(source, limits);
  std::vector<std::string> told;
  while (true) {
    const auto event = pages.Next();
    EXPECT_TRUE(event.ok());
    if (!event.ok() || *event == JsonlPages::Event::kEnd) return told;
    if (*event == JsonlPages::Event::kPage) {
      told.push_back(pages.page().url + ": " + pages.page().body);
    } else {
      told.push_back("! " + pages.problem());
    }
  }
}

TEST(JsonlPagesTest, ReadsPages) {
  MemorySource source(
      R"({"url": "https://a/", "html": "<p>\u00e9", "title": "T", "date": "2024-01-02", "x": {"html": [1]}})"
      "\n\n"
      R"({"url": "https://b/", "text": "plain"})");
  JsonlPages pages(source, {});
  ASSERT_EQ(*pages.Next(), JsonlPages::Event::kPage);
  EXPECT_EQ(pages.page().url, "https://a/");
  EXPECT_EQ(pages.page().body, "<p>é");
  EXPECT_TRUE(pages.page().is_html);
  EXPECT_EQ(pages.page().title, "T");
  EXPECT_TRUE(pages.page().date.has_value());
  ASSERT_EQ(*pages.Next(), JsonlPages::Event::kPage);
  EXPECT_FALSE(pages.page().is_html);
  EXPECT_EQ(pages.page().title, "") << "not that of the line before";
  EXPECT_FALSE(pages.page().date.has_value());
  EXPECT_EQ(pages.line(), 3U);
  EXPECT_EQ(*pages.Next(), JsonlPages::Event::kEnd);
  EXPECT_EQ(*pages.Next(), JsonlPages::Event::kEnd);
}

TEST(JsonlPagesTest, NamesTheLineAndGoesOn) {
  EXPECT_THAT(
      Read("{\"url\": \"u\", \"text\": \"x\"}\nnonsense\n{\"text\": \"x\"}\n{\"url\": \"u\"}\n"
           "{\"url\": \"u\", \"text\": \"x\", \"html\": \"y\"}\n{\"url\": \"u\", \"text\": 5}\n"
           "{\"url\": \"u\", \"text\": \"x\", \"date\": \"soon\"}\n[1]\n"
           "{\"url\": \"u\", \"text\": \"x\", \"date\": 1769860800}\n"
           "{\"url\": \"u\", \"text\": \"x\", \"title\": 5}\n"
           "{\"url\": \"v\", \"text\": \"z\"}\n"),
      ElementsAre("u: x", HasSubstr("line 2: "), HasSubstr("line 3: \"url\""),
                  HasSubstr("line 4: one of"), HasSubstr("line 5: one of"), HasSubstr("line 6: "),
                  HasSubstr("soon"), HasSubstr("line 8: "), HasSubstr("line 9: \"date\""),
                  HasSubstr("line 10: \"title\""), "v: z"));
}

TEST(JsonlPagesTest, TakesNullForAMissingMember) {
  EXPECT_THAT(
      Read("{\"url\": \"u\", \"html\": null, \"text\": \"x\", \"title\": null, \"date\": null}\n"
           "{\"url\": \"v\", \"html\": \"y\", \"text\": null}\n"
           "{\"url\": \"w\", \"html\": null, \"text\": null}\n"
           "{\"url\": null, \"text\": \"x\"}\n"
           "{\"url\": \"\", \"text\": \"x\"}\n"),
      ElementsAre("u: x", "v: y", HasSubstr("line 3: one of"), HasSubstr("line 4: \"url\""),
                  HasSubstr("line 5: \"url\"")));
}

TEST(JsonlPagesTest, PassesOverALineAboveTheLimit) {
  const std::string large = "{\"url\": \"u\", \"text\": \"" + std::string(3 << 20, 'x') + "\"}\n";
  EXPECT_THAT(Read(large + "{\"url\": \"v\", \"text\": \"y\"}", {.line_bytes_max = 1000}),
              ElementsAre(HasSubstr("line 1: longer than 1000"), "v: y"));
}

TEST(JsonlPagesTest, RefusesIllFormedUtf8) {
  EXPECT_THAT(Read("{\"url\": \"u\", \"text\": \"\xFF\"}"), ElementsAre(HasSubstr("UTF-8")));
}

}  // namespace
}  // namespace sluice::fetch
