#include "services/deboilerplate/loose_json.h"

#include <gtest/gtest.h>

namespace sluice::deboilerplate {
namespace {

std::string Field(std::string_view json, std::string_view name) {
  const LooseValue value = ParseLooseJson(json);
  const LooseValue* field = value.Find(name);
  return field == nullptr ? "none" : field->text;
}

TEST(LooseJsonTest, ReadsJson) {
  EXPECT_EQ(Field(R"({"a": "b\u00e4\n", "c": [1, {"d": true}]})", "a"), "b\u00E4\n");
  EXPECT_EQ(ParseLooseJson(R"({"c": [1, {"d": true}]})").Find("c")->items[1].Find("d")->text,
            "true");
  EXPECT_EQ(Field(R"({"a": "\ud83d\ude00"})", "a"), "\U0001F600");
  EXPECT_EQ(Field(R"({"a": "\uD83D\uDFFF\uD800\uDC00"})", "a"), "\U0001F7FF\U00010000");
  EXPECT_EQ(Field(R"({"a": "x\ud83dy"})", "a"), "x\uFFFDy") << "half a pair";
  EXPECT_EQ(Field(R"({"a": "x\udc00y"})", "a"), "x\uFFFDy");
}

TEST(LooseJsonTest, LineBreaksInStringsStay) {
  EXPECT_EQ(Field("{\"a\": \"one\ntwo\", \"b\": \"x\"}", "b"), "x");
}

TEST(LooseJsonTest, BareQuotesBelongToTheText) {
  EXPECT_EQ(Field(R"({"a": "He said "no" to it", "b": "x"})", "a"), R"(He said "no" to it)");
}

TEST(LooseJsonTest, CommentsAndWrappersArePassedOver) {
  EXPECT_EQ(Field("<!-- <![CDATA[ {\"a\": /* why */ \"b\",} ]]> -->", "a"), "b");
}

TEST(LooseJsonTest, MissingEndsAreForgiven) {
  EXPECT_EQ(Field(R"({"a": "b", "c": ["d", )", "a"), "b");
  EXPECT_EQ(Field(R"({"a": {"x": ["y" }, "b": "z"})", "a"), "");
}

TEST(LooseJsonTest, DeepInputIsCutOff) {
  const std::string deep(100'000, '[');
  EXPECT_EQ(ParseLooseJson(deep).kind, LooseValue::Kind::kArray);
}

TEST(PlainTextTest, DecodesReferencesAndTags) {
  EXPECT_EQ(PlainText("A &amp; B &#8211; <b>C</b>\n D&#x27;s"), "A & B \u2013 C D's");
  EXPECT_EQ(PlainText("&iexcl;Ram&oacute;n! &yuml;&oelig;"), "\u00A1Ram\u00F3n! \u00FF\u0153");
  EXPECT_EQ(PlainLines("<p>A <b>b</b></p> <p class=x>C<br/>d\n\ne &lt;/p&gt; f"),
            "A b\nC\nd\ne\nf");
  EXPECT_EQ(PlainText("1 < 2 &unknown; &"), "1 < 2 &unknown; &");
}

}  // namespace
}  // namespace sluice::deboilerplate
