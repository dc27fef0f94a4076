#include "services/fetch/xml_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "services/fetch/html_text.h"

namespace sluice::fetch {
namespace {

using Event = XmlReader::Event;

// The document in one line: <name> and </name> for tags, text as it is.
std::string Read(std::string_view xml, const XmlReader::Limits& limits = {}) {
  XmlReader reader(xml, limits);
  std::string out;
  for (Event event = reader.Next(); event != Event::kEnd; event = reader.Next()) {
    if (event == Event::kStartTag) out += fmt::format("<{}>", reader.name());
    if (event == Event::kEndTag) out += fmt::format("</{}>", reader.name());
    if (event == Event::kText) out += reader.text();
  }
  return out;
}

// The first element's attribute.
std::string Attribute(std::string_view xml, std::string_view name) {
  XmlReader reader(xml, {});
  reader.Next();
  return std::string(reader.attribute(name));
}

TEST(XmlReaderTest, TellsTagsAndTextInOrder) {
  EXPECT_EQ(Read("<a>x<b/>y<C>z</c></a>"), "<a>x<b></b>y<c>z</c></a>");
}

TEST(XmlReaderTest, DecodesReferences) {
  EXPECT_EQ(Read("&lt;&amp;&gt;&quot;&apos;&#65;&#x42;&#X43;"), "<&>\"'ABC");
  EXPECT_EQ(Read("&mdash;&eacute;&nbsp;"), "—é\u00A0") << "HTML's too";
  EXPECT_EQ(Read("&#146;&#0;&#xFFFF;&#xD800;"), "’\uFFFD");
}

TEST(XmlReaderTest, LeavesBareAmpersandsAndAngles) {
  EXPECT_EQ(Read("<a>1 < 2 & 3 &nosuch; &</a>"), "<a>1 < 2 & 3 &nosuch; &</a>");
  EXPECT_EQ(Read("<a>?x=1&copy=2</a>"), "<a>?x=1&copy=2</a>") << "no semicolon, no reference";
}

TEST(XmlReaderTest, TakesCDataAsItIs) {
  EXPECT_EQ(Read("<a><![CDATA[<b>&amp;]]></a>"), "<a><b>&amp;</a>");
  EXPECT_EQ(Read("<a><![CDATA[cut"), "<a>cut</a>");
}

TEST(XmlReaderTest, PassesOverCommentsDeclarationsAndForbiddenCharacters) {
  EXPECT_EQ(Read("<?xml version='1.0'?><!-- <x> --><a>b\x01\x08"
                 "c</a><?php x ?>"),
            "<a>bc</a>");
  EXPECT_EQ(Read("<?xml version='1.0'?>\n<?xml version='1.0'?><a/>"), "\n<a></a>");
}

TEST(XmlReaderTest, ClosesWhatIsLeftOpenAndDropsStrayEnds) {
  EXPECT_EQ(Read("<a><b><c>x</a>y</b>"), "<a><b><c>x</c></b></a>y");
  EXPECT_EQ(Read("<a></b></a>"), "<a></a>");
}

TEST(XmlReaderTest, SaysWhenTheDocumentIsCutOff) {
  XmlReader whole("<a>x</a>", {});
  while (whole.Next() != Event::kEnd) {
  }
  EXPECT_FALSE(whole.truncated());
  XmlReader cut("<a><b>x</b><b>y", {});
  while (cut.Next() != Event::kEnd) {
  }
  EXPECT_TRUE(cut.truncated());
}

TEST(XmlReaderTest, ReadsAttributesHoweverTheyAreQuoted) {
  constexpr std::string_view kXml = "<a one='1' TWO=\"&lt;2\" three=3 four five = '5' x:six='6'>";
  EXPECT_EQ(Attribute(kXml, "one"), "1");
  EXPECT_EQ(Attribute(kXml, "two"), "<2");
  EXPECT_EQ(Attribute(kXml, "three"), "3");
  EXPECT_EQ(Attribute(kXml, "four"), "");
  EXPECT_EQ(Attribute(kXml, "five"), "5");
  EXPECT_EQ(Attribute(kXml, "six"), "") << "another namespace's";
  EXPECT_EQ(Attribute("<a href=\"http://x/>t</a>", "href"), "\"http://x/")
      << "the quote is missing";
}

TEST(XmlReaderTest, KnowsVocabulariesByNamespaceNotByPrefix) {
  const auto vocabulary = [](std::string_view xml) {
    XmlReader reader(xml, {});
    reader.Next();
    return reader.vocabulary();
  };
  using V = XmlVocabulary;
  EXPECT_EQ(vocabulary("<title>"), V::kCore);
  EXPECT_EQ(vocabulary("<x xmlns='http://nobody.example/'>"), V::kCore);
  EXPECT_EQ(vocabulary("<q:date xmlns:q='HTTP://purl.org/dc/elements/1.1'>"), V::kDublinCore);
  EXPECT_EQ(vocabulary("<dc:date>"), V::kDublinCore) << "not declared";
  EXPECT_EQ(vocabulary("<dc:date xmlns:dc='http://nobody.example/'>"), V::kOther);
  EXPECT_EQ(vocabulary("<div xmlns='http://www.w3.org/1999/xhtml'>"), V::kXhtml);
}

TEST(XmlReaderTest, ForgetsNamespacesWithTheirElement) {
  XmlReader reader("<r><x:a xmlns:x='http://purl.org/dc/terms/'/><x:b/></r>", {});
  reader.Next();
  reader.Next();
  EXPECT_EQ(reader.vocabulary(), XmlVocabulary::kDcTerms);
  reader.Next();
  EXPECT_EQ(reader.vocabulary(), XmlVocabulary::kDcTerms) << "at its end tag";
  reader.Next();
  EXPECT_EQ(reader.vocabulary(), XmlVocabulary::kOther);
}

TEST(XmlReaderTest, UsesOnlyPlainShortEntityDeclarations) {
  constexpr std::string_view kXml =
      "<!DOCTYPE r [ <!ENTITY ok 'yes'> <!ENTITY c '&#33;'> <!ENTITY lol '&ok;&ok;'>"
      " <!ENTITY file SYSTEM 'file:///etc/passwd'> <!ENTITY m '<b/>'> <!ENTITY % p 'q'>]>"
      "<r>&ok;&c;&lol;&file;&m;&p;</r>";
  EXPECT_EQ(Read(kXml), "<r>yes!&lol;&file;&m;&p;</r>");
}

TEST(XmlReaderTest, PassesOverElementsBeyondTheDepthLimit) {
  EXPECT_EQ(Read("<a><b><c>x</c></b></a>", {.depth_max = 2}), "<a><b>x</b></a>");
}

TEST(XmlReaderTest, StaysLinearInHostileDocuments) {
  constexpr size_t kCount = 200'000;
  std::string deep, stray = "<a>", instructions, doctypes;
  for (size_t i = 0; i < kCount; ++i) {
    deep += "<a>";
    stray += "</b>";
    instructions += "<? ";
    doctypes += "<!doctype [";
  }
  EXPECT_GT(Read(deep).size(), 1000U);
  EXPECT_EQ(Read(stray), "<a></a>");
  EXPECT_EQ(Read(instructions), "");
  EXPECT_EQ(Read(doctypes), "");
}

TEST(HtmlTextTest, KeepsWordsAndDropsTags) {
  EXPECT_EQ(TextOfMarkup("Example <b>A</b>tom<br>two<p>three &amp; four"),
            "Example Atom two three & four");
  EXPECT_EQ(TextOfMarkup("a<script>var x = '<b>';</script>b<style>p{}</style>"), "a b");
  EXPECT_EQ(TextOfMarkup("<img alt='x'>"), "");
}

TEST(HtmlTextTest, TellsMarkupFromText) {
  for (const char* text : {"<b>x</b>", "a &amp; b", "&#8217;", "x<br/>", "</p>"}) {
    EXPECT_TRUE(LooksLikeMarkup(text)) << text;
  }
  for (const char* text : {"1 < 2", "2 > 1", "a & b", "AT&T", "", "<", "a <b", "&;"}) {
    EXPECT_FALSE(LooksLikeMarkup(text)) << text;
  }
}

TEST(HtmlTextTest, FoldsWhiteSpace) {
  EXPECT_EQ(FoldWhiteSpace(" a\n\t b\u00A0c "), "a b c");
  EXPECT_EQ(FoldWhiteSpace(" \n"), "");
}

}  // namespace
}  // namespace sluice::fetch
