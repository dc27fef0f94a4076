#include "services/deboilerplate/element_attributes.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "services/deboilerplate/html_parser.h"

namespace sluice::deboilerplate {
namespace {

// The first child of the body, with the parser that holds it.
class Element {
 public:
  explicit Element(std::string html) : html_(std::move(html)) {
    const lxb_html_document_t* document = parser_.Parse(html_);
    attributes = ReadAttributes(*reinterpret_cast<const lxb_dom_element_t*>(
                                    document->body->element.element.node.first_child),
                                AttributeNames::Get());
  }
  ElementAttributes attributes;

 private:
  const std::string html_;
  HtmlParser parser_;
};

TEST(ElementAttributesTest, ReadsLexborsNumbersAndOurs) {
  const Element element("<p class='lead intro' id=a itemprop=headline datetime=2026-05-03>x");
  EXPECT_EQ(element.attributes.class_names, "lead intro");
  EXPECT_EQ(element.attributes.id, "a");
  EXPECT_EQ(element.attributes.itemprop, "headline");
  EXPECT_EQ(element.attributes.datetime, "2026-05-03");
  EXPECT_EQ(element.attributes.rel, "");
  EXPECT_FALSE(element.attributes.hidden);
}

TEST(ElementAttributesTest, AComponentHasSeveralNames) {
  EXPECT_EQ(Element("<p data-component=teaser>x").attributes.component, "teaser");
  EXPECT_EQ(Element("<p data-testid=teaser>x").attributes.component, "teaser");
  EXPECT_EQ(Element("<p data-type=teaser data-testid=box>x").attributes.component, "teaser");
}

TEST(ElementAttributesTest, HiddenIsWhatSaysSo) {
  EXPECT_TRUE(Element("<p hidden>x").attributes.hidden);
  EXPECT_TRUE(Element("<p aria-hidden=true>x").attributes.hidden);
  EXPECT_FALSE(Element("<p aria-hidden=false>x").attributes.hidden);
}

TEST(ElementAttributesTest, WordsAreFoundWhateverTheirVocabulary) {
  EXPECT_TRUE(HasWord("nofollow  Author", "author"));
  EXPECT_TRUE(HasWord("schema:author", "author"));
  EXPECT_FALSE(HasWord("co-author authors", "author"));
  EXPECT_FALSE(HasWord("", "author"));
  EXPECT_TRUE(HasWordFrom("sioc:x schema:datePublished", "date"));
  EXPECT_FALSE(HasWordFrom("update", "date"));
}

TEST(ElementAttributesTest, AStyleHidesByDisplayAndByVisibility) {
  EXPECT_TRUE(StyleHides("display:none"));
  EXPECT_TRUE(StyleHides("color: red; visibility : hidden"));
  EXPECT_FALSE(StyleHides("display: block"));
  EXPECT_FALSE(StyleHides("background: none"));
  EXPECT_FALSE(StyleHides("display"));
}

}  // namespace
}  // namespace sluice::deboilerplate
