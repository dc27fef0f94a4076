#include "services/fetch/html_tag_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <string>
#include <vector>

#include "pipeline/base/strings.h"

namespace sluice::fetch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "name" or "name=href" of each start tag.
std::vector<std::string> Tags(std::string_view html) {
  std::vector<std::string> tags;
  HtmlTagReader reader(html);
  while (reader.Next()) {
    const auto href = reader.attribute("href");
    tags.emplace_back(reader.name());
    if (href) tags.back().append("=").append(*href);
  }
  return tags;
}

TEST(HtmlTagReaderTest, ReadsStartTagsAndPassesOverAllElse) {
  EXPECT_THAT(Tags("<!DOCTYPE html><HTML><p>1 < 2 <3</p><?php <a> ?><br/></nothing <a>>< a></>"),
              ElementsAre("html", "p", "br"));
}

TEST(HtmlTagReaderTest, ReadsAttributesAsTheStandardHasThem) {
  EXPECT_THAT(Tags("<a href=/1>"), ElementsAre("a=/1"));
  EXPECT_THAT(Tags("<a\nHREF = '/2\">'\tid>"), ElementsAre("a=/2\">"));
  EXPECT_THAT(Tags("<a title='href=\"/no\"' href=\"/3\">"), ElementsAre("a=/3"));
  EXPECT_THAT(Tags("<a href=/4/ b>"), ElementsAre("a=/4/")) << "a slash belongs to the value";
  EXPECT_THAT(Tags("<a/href=/5>"), ElementsAre("a=/5"));
  EXPECT_THAT(Tags("<a href=/6 href=/7>"), ElementsAre("a=/6")) << "the first counts";
  EXPECT_THAT(Tags("<a href>"), ElementsAre("a="));
  EXPECT_THAT(Tags("<a href=>"), ElementsAre("a="));
  EXPECT_THAT(Tags("<a =href=/8>"), ElementsAre("a")) << "a name may begin with =";
  EXPECT_THAT(Tags("<a data-href=/9>"), ElementsAre("a"));
  EXPECT_THAT(Tags("<a\"href=/10>"), ElementsAre("a\"href="));
}

TEST(HtmlTagReaderTest, PassesOverComments) {
  EXPECT_THAT(Tags("<!-- <a href=/1> --><b>"), ElementsAre("b"));
  EXPECT_THAT(Tags("<!-- <a> --!><b>"), ElementsAre("b"));
  EXPECT_THAT(Tags("<!--><b>"), ElementsAre("b"));
  EXPECT_THAT(Tags("<!---><b>"), ElementsAre("b"));
  EXPECT_THAT(Tags("<!----><b>"), ElementsAre("b"));
  EXPECT_THAT(Tags("<!-- > -- > - -> ---><b>"), ElementsAre("b"));
  EXPECT_THAT(Tags("<!- <a> --><b>"), ElementsAre("b")) << "a bogus one ends at the first >";
  EXPECT_THAT(Tags("<b><!-- <a>"), ElementsAre("b"));
  EXPECT_THAT(Tags("<![CDATA[ <a> ]]><b>"), ElementsAre("b"));
  EXPECT_THAT(Tags("<![CDATA[ > <a> ]]><b>"), ElementsAre("a", "b")) << "it is a bogus comment";
}

TEST(HtmlTagReaderTest, PassesOverTextThatIsNoMarkup) {
  EXPECT_THAT(Tags("<script>if (a<b) document.write('<a href=/1>')</SCRIPT ><b>"),
              ElementsAre("script", "b"));
  EXPECT_THAT(Tags("<style><a></style><textarea><a></textarea><title><a></title><xmp><a></xmp>"),
              ElementsAre("style", "textarea", "title", "xmp"));
  EXPECT_THAT(Tags("<iframe><a></iframe><noembed><a></noembed><noframes><a></noframes>"),
              ElementsAre("iframe", "noembed", "noframes"));
  EXPECT_THAT(Tags("<title><a></titles></title><b>"), ElementsAre("title", "b"));
  EXPECT_THAT(Tags("<title/><a></title><b>"), ElementsAre("title", "b"));
  EXPECT_THAT(Tags("<style><a>"), ElementsAre("style"));
  EXPECT_THAT(Tags("<b><plaintext><a></plaintext><a>"), ElementsAre("b", "plaintext"));
  EXPECT_THAT(Tags("<noscript><a href=/1></noscript>"), ElementsAre("noscript", "a=/1"))
      << "without scripts it is markup";
}

TEST(HtmlTagReaderTest, EndsAScriptWhereTheStandardDoes) {
  EXPECT_THAT(Tags("<script><!-- </script><b>"), ElementsAre("script", "b"));
  EXPECT_THAT(Tags("<script><!-- <script></script> <a> --></script><b>"),
              ElementsAre("script", "b"));
  EXPECT_THAT(Tags("<script><!-- <script> --></script><b>"), ElementsAre("script", "b"));
  EXPECT_THAT(Tags("<script><!--><script></script><b>"), ElementsAre("script", "b"));
  EXPECT_THAT(Tags("<script><!-- <scripts></script><b>"), ElementsAre("script", "b"));
  EXPECT_THAT(Tags("<script><!-- <script> </script> </script><b>"), ElementsAre("script", "b"));
  EXPECT_THAT(Tags("<script>-- --> </scripty></script><b>"), ElementsAre("script", "b"));
}

TEST(HtmlTagReaderTest, KnowsThatDrawingsHoldNoRawText) {
  EXPECT_THAT(Tags("<svg><style/><title/></svg><a>"), ElementsAre("svg", "style", "title", "a"));
  EXPECT_THAT(Tags("<svg><script/><![CDATA[ > <b> ]]><a></svg>"),
              ElementsAre("svg", "script", "a"));
  EXPECT_THAT(Tags("<svg/><style><a></style>"), ElementsAre("svg", "style"));
  EXPECT_THAT(Tags("<svg><p><style><a></style>"), ElementsAre("svg", "p", "style"))
      << "a paragraph ends the drawing";
}

TEST(HtmlTagReaderTest, TellsWhatIsInATemplate) {
  HtmlTagReader reader("<template><template></template><a></template><b>");
  for (const bool inside : {true, true, true, false}) {
    ASSERT_TRUE(reader.Next());
    EXPECT_EQ(reader.in_template(), inside) << reader.name();
  }
}

TEST(HtmlTagReaderTest, LeavesOutATagThatIsCutOff) {
  for (const std::string_view html :
       {"<", "<a", "<a ", "<a href", "<a href=", "<a href=/1", "<a href='/1>", "<a href='/1'", "</",
        "</a", "<!", "<!-", "<!--", "<?", "<a /", "<![CDATA["}) {
    EXPECT_THAT(Tags(html), IsEmpty()) << html;
  }
}

// Far more than what is linear takes, and far less than a square.
TEST(HtmlTagReaderTest, StaysLinearInHostileDocuments) {
  const auto cpu_seconds = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  };
  for (const std::string unit : {"<",
                                 "</",
                                 "<a",
                                 "<a ",
                                 "<a href='",
                                 "<!--",
                                 "<!-- -",
                                 "--",
                                 "<script>",
                                 "<script><!--",
                                 "<script><!--<script>",
                                 "</script",
                                 "<style></styl",
                                 "<svg>",
                                 "<svg><![CDATA[",
                                 "<template>",
                                 "<title>",
                                 "<a =",
                                 "<a b=\"",
                                 "/",
                                 "<textarea></textarea ",
                                 "<![CDATA[",
                                 "<a/"}) {
    std::string html;
    while (html.size() < 2 << 20) html += unit;
    const double begin = cpu_seconds();
    Tags(html);
    EXPECT_LT(cpu_seconds() - begin, 2.0) << unit;
  }
}

}  // namespace
}  // namespace sluice::fetch
