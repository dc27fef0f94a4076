#include "services/deboilerplate/markup_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <lexbor/dom/interfaces/character_data.h>
#include <lexbor/html/html.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "services/deboilerplate/element_kinds.h"
#include "services/deboilerplate/html_parser.h"

namespace sluice::deboilerplate {
namespace {

Attribute AttributeOf(const lxb_dom_attr_t& attribute) {
  const Attribute known = AttributeNames::Get().WithNumber(attribute.node.local_name);
  if (known != Attribute::kNone) return known;
  size_t length = 0;
  const auto* name = reinterpret_cast<const char*>(lxb_dom_attr_local_name(&attribute, &length));
  return AttributeNames::Find(KeyOf({name, length}), {name, length});
}

std::string ValueOf(const lxb_dom_attr_t& attribute) {
  if (attribute.value == nullptr || attribute.value->data == nullptr) return {};
  return {reinterpret_cast<const char*>(attribute.value->data), attribute.value->length};
}

bool IsBlock(const lxb_dom_node_t& node) {
  return node.type == LXB_DOM_NODE_TYPE_ELEMENT && node.ns == LXB_NS_HTML &&
         KindOf(node.local_name) == ElementKind::kBlock;
}

// Elements with what the walk reads of their attributes, and text but for the blanks that begin a
// block, as one line.
void Write(const lxb_dom_node_t& node, std::string& out) {
  if (node.type == LXB_DOM_NODE_TYPE_TEXT) {
    const lexbor_str_t& text = reinterpret_cast<const lxb_dom_character_data_t&>(node).data;
    std::string_view shown(reinterpret_cast<const char*>(text.data), text.length);
    if (IsBlock(node.prev == nullptr ? *node.parent : *node.prev))
      shown.remove_prefix(std::min(shown.find_first_not_of(" \n\t\f"), shown.size()));
    out += shown;
    return;
  }
  if (node.type != LXB_DOM_NODE_TYPE_ELEMENT) return;
  out += fmt::format("<{}", node.local_name < LXB_TAG__LAST_ENTRY ? node.local_name : 0);
  const auto& element = reinterpret_cast<const lxb_dom_element_t&>(node);
  for (const lxb_dom_attr_t* at = element.first_attr; at != nullptr; at = at->next) {
    const Attribute attribute = AttributeOf(*at);
    std::string value = ValueOf(*at);
    if (SaysNothing(node.local_name, attribute, value)) continue;
    if (attribute == Attribute::kHref && !value.empty()) value = "somewhere";
    out += fmt::format(" {}={}", static_cast<int>(attribute), value);
  }
  out += ">";
  for (const lxb_dom_node_t* at = node.first_child; at != nullptr; at = at->next) Write(*at, out);
  out += "</>";
}

std::string Tree(const lxb_html_document_t& document) {
  std::string out = fmt::format("{}", static_cast<int>(document.dom_document.compat_mode));
  if (document.dom_document.element != nullptr)
    Write(*reinterpret_cast<const lxb_dom_node_t*>(document.dom_document.element), out);
  return out;
}

// Of the page without its comments, which part a table's texts.
class LexborsTree {
 public:
  explicit LexborsTree(std::string_view html) {
    lxb_html_document_parse_chunk_begin(document_.get());
    auto* parser = static_cast<lxb_html_parser_t*>(document_->dom_document.parser);
    lxb_html_tokenizer_t* tokenizer = lxb_html_parser_tokenizer(parser);
    next_ = tokenizer->callback_token_done;
    next_context_ = tokenizer->callback_token_ctx;
    lxb_html_tokenizer_callback_token_done_set(tokenizer, &LexborsTree::OnToken, this);
    lxb_html_document_parse_chunk(document_.get(), reinterpret_cast<const lxb_char_t*>(html.data()),
                                  html.size());
    lxb_html_document_parse_chunk_end(document_.get());
  }
  std::string text() const { return Tree(*document_); }

 private:
  static lxb_html_token_t* OnToken(lxb_html_tokenizer_t* tokenizer, lxb_html_token_t* token,
                                   void* self) {
    auto& tree = *static_cast<LexborsTree*>(self);
    return token->tag_id == LXB_TAG__EM_COMMENT ? token
                                                : tree.next_(tokenizer, token, tree.next_context_);
  }

  const std::unique_ptr<lxb_html_document_t, decltype(&lxb_html_document_destroy)> document_{
      lxb_html_document_create(), &lxb_html_document_destroy};
  lxb_html_tokenizer_token_f next_ = nullptr;
  void* next_context_ = nullptr;
};

void ExpectSameTree(HtmlParser& parser, const std::string& html) {
  const lxb_html_document_t* document = parser.Parse(html);
  ASSERT_NE(document, nullptr);
  EXPECT_EQ(Tree(*document), LexborsTree(html).text()) << "of " << testing::PrintToString(html);
}

TEST(MarkupReaderTest, OrdinaryMarkupGivesLexborsTree) {
  HtmlParser parser;
  for (const std::string html : {
           "<!DOCTYPE html><html lang=en><head><title>A &amp; B</title></head><body><p>x</body>",
           "<p>no declaration<table><tr><td>so the table is in the paragraph</table>",
           "<!DOCTYPE html><p>declared<table><tr><td>so it is not</table>",
           "<DIV CLASS='a b' ID=c hidden>one<BR/>two</DIV >three",
           "<a href=/x/>y</a><a href>z</a><a href=''>w</a>",
           "<p class=a class=b id = 'c'data-type=\"d\">x",
           "<input type=hidden><table><input type=hidden><input type=text></table>",
           "<meta content='a &lt; b' name=description><link rel=canonical href='/a?b&amp;c'>",
           "<p style='display:none'>x<p style='color:red'>y<p style='display&colon;none'>z",
           "<custom-card class=a>x</custom-card><h1/>y</h1>",
       }) {
    ExpectSameTree(parser, html);
  }
}

TEST(MarkupReaderTest, OddMarkupGivesLexborsTree) {
  HtmlParser parser;
  for (const std::string_view html : {
           "<",
           "</",
           "<p",
           "<p ",
           "<p a",
           "<p a=",
           "<p a='",
           "<p a=''",
           "<p/",
           "a<",
           "a</",
           "a<p",
           "1 < 2 <p>3 <4",
           "a</>b",
           "a</ p>b",
           "a<?pi?>b",
           "a<!x>b",
           "<p =a>x",
           "<p a=>x",
           "<p a==b>x",
           "<p a\"b=c>x",
           "<p/ /a>x",
           "<p a=b/>x",
           "<p\fa\t=\n'b'\r>x",
           "a\r\nb\rc",
           "a<!-- b -->c",
           "a<!-->b-->c",
           "a<!--->b-->c",
           "a<!---->b",
           "a<!-- b --!>c",
           "a<!-- b -- >c-->d",
           "a<!-- <!-- b -->c-->d",
           "a<!-- b",
           "a<!--",
           "a<!-",
           "<!--x--",
           "&lt;p>a&nbsp;b&copy c&#65;&#x;",
           "<p title='&quot;'class='&quot;'>x",
           "<textarea></p>a</textarea>b",
           "<plaintext><p>",
           "<math><p class=a>x",
           "<math><mi definitionurl=a role=b>x",
       }) {
    ExpectSameTree(parser, std::string(html));
  }
  using namespace std::string_literals;
  ExpectSameTree(parser, "a\0b<p\0c>d<p class=\0>e<p class='\0'>f"s);
}

TEST(MarkupReaderTest, APageCutAnywhereGivesLexborsTree) {
  const std::string page =
      "<html lang=en><body class=\"a b\" data-x='1'><p id = c hidden>One &amp; two<br/>three</p>"
      "<a href='/x?y&amp;z' class=d>four</a><custom-card e=f>five</custom-card></body></html>";
  HtmlParser parser;
  for (size_t bytes = 1; bytes <= page.size(); ++bytes) {
    ExpectSameTree(parser, page.substr(0, bytes));
  }
}

TEST(MarkupReaderTest, RandomMarkupGivesLexborsTree) {
  constexpr std::string_view kPieces[] = {"<p>",
                                          "</p>",
                                          "<div class=a>",
                                          "</div>",
                                          "<b>",
                                          "</b>",
                                          "<a href='x'>",
                                          "</a>",
                                          "<table>",
                                          "</table>",
                                          "<tr>",
                                          "<td id=q>",
                                          "<li>",
                                          "<ul>",
                                          "</ul>",
                                          "<h2>",
                                          "</h2>",
                                          "<span>",
                                          "</span>",
                                          "text",
                                          " ",
                                          "\n",
                                          "\r\n",
                                          "&amp;",
                                          "&notit;",
                                          "<!-- c -->",
                                          "<!--",
                                          "-->",
                                          "<x-y z=1>",
                                          "</x-y>",
                                          "<br/>",
                                          "<i",
                                          " class=\"",
                                          "\"",
                                          "'",
                                          "=",
                                          "/",
                                          ">",
                                          "<",
                                          "</",
                                          "-",
                                          "!",
                                          "name=n",
                                          " hidden",
                                          "A",
                                          "<BODY ID=B>",
                                          "<button>",
                                          "\u00E9"};
  const uint32_t seed = 20261122;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  HtmlParser parser;
  for (int round = 0; round < 5'000; ++round) {
    std::string html(round % 2 == 0 ? "<!DOCTYPE html>" : "<p>");
    for (int i = 0; i < 25; ++i) html += kPieces[random() % std::size(kPieces)];
    ExpectSameTree(parser, html);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace sluice::deboilerplate
