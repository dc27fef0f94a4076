#include "services/deboilerplate/app_state.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "services/deboilerplate/extractor.h"

namespace sluice::deboilerplate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Sentence(std::string_view who) {
  return fmt::format(
      "The {} of the town came back to the harbour on Friday morning, a day after the storm.", who);
}

// A story's paragraphs beside a menu and a notice.
std::string State() {
  std::string blocks;
  for (const char* who : {"pilots", "divers", "smiths", "sailors", "cooks", "painters"})
    blocks += fmt::format(R"({{"type":"paragraph","content":"{}"}},)", Sentence(who));
  return fmt::format(
      R"({{"props":{{"menu":[{{"title":"Home","href":"https://pier.example/start/of/all/that/there/is."}}],)"
      R"("story":{{"id":"a1","headline":"Harbour reopens","body":[{}]}},)"
      R"("notice":"By going on you agree to what stands in the terms of this site, all of it."}}}})",
      blocks);
}

TEST(AppStateTest, TheParagraphsOfOnePartOfTheDataAreTheText) {
  const std::string text = TextOfState(std::vector<std::string>{R"({"a":"b"})", State()});
  EXPECT_THAT(text, HasSubstr(Sentence("pilots") + "\n" + Sentence("divers") + "\n"));
  EXPECT_THAT(text, Not(HasSubstr("pier.example")));
  EXPECT_THAT(text, Not(HasSubstr("By going on")));
}

TEST(AppStateTest, MarkupIsReadByItsParagraphs) {
  const std::string state = fmt::format(R"(["Reactive",{{"data":1}},"<p>{}</p><p>{}</p>"])",
                                        Sentence("pilots"), Sentence("divers"));
  EXPECT_EQ(TextOfState(std::vector<std::string>{state}),
            Sentence("pilots") + "\n" + Sentence("divers") + "\n");
}

TEST(AppStateTest, OtherDataHaveNoText) {
  for (const char* state : {"", "{", "[]", R"({"locale":"en","keys":["a.b.c","d.e.f"]})"})
    EXPECT_EQ(TextOfState(std::vector<std::string>{state}), "") << state;
}

TEST(AppStateTest, APageThatAProgramShowsIsReadFromItsData) {
  const auto extractor = *Extractor::Create({});
  const auto read = [&extractor](std::string_view body) {
    return extractor->Extract(
        fmt::format(R"(<html lang=en><head><title>Harbour reopens</title></head><body>{})"
                    R"(<script id=__NEXT_DATA__ type="application/json">{}</script></body></html>)",
                    body, State()),
        {.content_type = "text/html"});
  };
  const Article article = read("<div id=__next></div>");
  EXPECT_EQ(article.kind, PageKind::kArticle);
  EXPECT_EQ(article.title, "Harbour reopens");
  EXPECT_THAT(article.text, HasSubstr(Sentence("cooks")));
  // What the elements show goes first.
  EXPECT_THAT(read("<p>" + Sentence("bakers") + "</p><p>" + Sentence("judges") + "</p><p>" +
                   Sentence("nurses") + "</p><p>" + Sentence("gulls"))
                  .text,
              Not(HasSubstr(Sentence("cooks"))));
}

}  // namespace
}  // namespace sluice::deboilerplate
