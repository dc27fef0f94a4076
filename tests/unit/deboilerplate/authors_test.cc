#include "services/deboilerplate/authors.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/deboilerplate/walked.h"

namespace sluice::deboilerplate {
namespace {

using Names = std::vector<std::string>;

// Where the article's text is the last block.
Names AuthorsOf(const Page& page, const LinkedData& data = {}) {
  const int text = std::max(0, static_cast<int>(page.blocks.size()) - 1);
  return RankAuthors(page, data, {.first_block = text, .last_block = text}).front().names;
}

Names AuthorsOf(std::string_view head) {
  return AuthorsOf(
      Walked(fmt::format("<h1>The ferry is back</h1>{}<p>The ferry that links both banks is "
                         "running again since Monday, after the flood of last year.</p>",
                         head))
          .page);
}

Page WithMeta(std::initializer_list<std::pair<const char*, const char*>> metas) {
  Page page;
  for (const auto& [name, value] : metas) {
    Hint hint;
    hint.name = name;
    hint.value = value;
    page.hints.push_back(hint);
  }
  return page;
}

TEST(AuthorsTest, NobodyIsNamedWhereNobodyIs) { EXPECT_EQ(AuthorsOf(Page()), Names()); }

TEST(AuthorsTest, LinkedDataComesBeforeMeta) {
  const Page page = WithMeta({{"author", "Bo Chen"}});
  LinkedData data;
  EXPECT_EQ(AuthorsOf(page, data), Names{"Bo Chen"});
  data.authors = {"Ann Lee"};
  data.authors_are_people = true;
  EXPECT_EQ(AuthorsOf(page, data), Names{"Ann Lee"});
}

TEST(AuthorsTest, ANewsroomIsTheAuthorWhereNobodyElseIsNamed) {
  LinkedData data;
  data.authors = {"The Pier"};
  EXPECT_EQ(AuthorsOf(Page(), data), Names{"The Pier"});
}

TEST(AuthorsTest, CardsOfSharedLinksNameAuthors) {
  const Page page = WithMeta({{"twitter:label1", "Written by"}, {"twitter:data1", "Ann Lee"}});
  EXPECT_EQ(AuthorsOf(page), Names{"Ann Lee"});
}

TEST(AuthorsTest, JournalsHaveTheSurnameInFront) {
  EXPECT_EQ(
      AuthorsOf(WithMeta({{"citation_author", "Lee, Ann B."}, {"citation_author", "Bo Chen"}})),
      (Names{"Ann B. Lee", "Bo Chen"}));
}

TEST(AuthorsTest, ASignOffIsNoHeadingAndNothingButNames) {
  const auto with_end = [](std::string_view end) {
    return AuthorsOf(
        Walked(fmt::format("<p>The ferry is running again since Monday.</p>{}", end)).page);
  };
  EXPECT_EQ(with_end("<p>Ann Lee</p>"), Names{"Ann Lee"});
  EXPECT_EQ(with_end("<h3>More Ferries</h3>"), Names());
  EXPECT_EQ(with_end("<div>Related Stories</div>"), Names());
  EXPECT_EQ(with_end("<p>The Future of Ferries</p>"), Names());
}

TEST(AuthorsTest, MarksOfAuthorsMayStandAmongOthers) {
  EXPECT_EQ(AuthorsOf("<a rel='nofollow author' href=/>Ann Lee</a>, <a rel='Author me' href=/>Bo "
                      "Chen</a>"),
            (Names{"Ann Lee", "Bo Chen"}));
  EXPECT_EQ(AuthorsOf("<b itemprop='creator author'>Ann Lee</b>"), Names{"Ann Lee"});
}

TEST(AuthorsTest, APersonWhomReadersSeeComesBeforeAnOfficeThatMachinesAreTold) {
  Walked walked(
      R"(<h1>The ferry is back</h1><p class="byline">By <a rel="author" href="/a">Ann Lee</a></p>
                   <p>The ferry that links both banks is running again since Monday.</p>)");
  LinkedData data;
  data.authors = {"Harbour News"};
  EXPECT_EQ(AuthorsOf(walked.page, data), Names{"Ann Lee"});
}

TEST(AuthorsTest, BylinesAreFoundHoweverTheyAreMarked) {
  for (const char* head : {
           R"(<p class="byline">Ann Lee</p>)",
           R"(<div class="story-byline">By <span>Ann Lee</span> <span>May 3, 2024</span></div>)",
           R"(<p>By <a href="https://pier.example/people/ann-lee">Ann Lee</a></p>)",
           R"(<p><span>By</span><span>Ann Lee</span></p>)",
           R"(<ul><li>Written by <address>Ann Lee</address></li></ul>)",
           R"(<div class="author-box"><b>Ann Lee</b><i>founder of two boats</i></div>)",
       }) {
    EXPECT_EQ(AuthorsOf(head), Names{"Ann Lee"}) << head;
  }
}

TEST(AuthorsTest, TheElementsOfABylineNameSeveral) {
  for (const char* head : {
           R"(<div class="byline"><span>Ann Lee</span><span>Bo Chen</span></div>)",
           R"(<div class="byline"><div>Ann Lee</div><div>Bo Chen</div></div>)",
           R"(<a rel="author">Ann Lee</a>, <a rel="author">Bo Chen</a>)",
       }) {
    EXPECT_EQ(AuthorsOf(head), (Names{"Ann Lee", "Bo Chen"})) << head;
  }
}

}  // namespace
}  // namespace sluice::deboilerplate
