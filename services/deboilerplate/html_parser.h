#pragma once

#include <lexbor/html/html.h>

#include <cstddef>
#include <memory>
#include <string_view>

#include "services/deboilerplate/markup_reader.h"

namespace sluice::deboilerplate {

// Parses HTML into lexbor's tree, without what the walk does not look at (scripts but JSON,
// styles, drawings, most attributes), and with caps that keep hostile pages linear in time and
// memory. Its tree is reused from page to page: one page at a time, one thread.
class HtmlParser {
 public:
  struct Caps {
    size_t elements_max = 200'000;  // Tags beyond it are not seen.
    size_t depth_max =
        512;  // As browsers have it: deeper elements are flattened into their parents.
    size_t formatting_max =
        48;  // Unclosed formatting elements, which each new paragraph would repeat.
    size_t texts_max = 2'000;  // Pieces of text in a row without a tag between them, which are put
                               // together one by one.
    size_t attributes_max = 128;  // Of one tag; later ones are not seen.
  };

  HtmlParser();
  explicit HtmlParser(const Caps& caps);
  ~HtmlParser();
  HtmlParser(const HtmlParser&) = delete;
  HtmlParser& operator=(const HtmlParser&) = delete;

  // `html` is valid UTF-8 and outlives the tree, which lives until the next Parse. nullptr: out of
  // memory.
  const lxb_html_document_t* Parse(std::string_view html);

  // Whether a cap was met in the last Parse.
  bool truncated() const { return truncated_; }

 private:
  // Of lexbor's own tokens.
  static lxb_html_token_t* OnToken(lxb_html_tokenizer_t* tokenizer, lxb_html_token_t* token,
                                   void* self);
  // States of the tokenizer.
  static const lxb_char_t* ReadMarkup(lxb_html_tokenizer_t* tokenizer, const lxb_char_t* data,
                                      const lxb_char_t* end);
  static const lxb_char_t* ReadScript(lxb_html_tokenizer_t* tokenizer, const lxb_char_t* data,
                                      const lxb_char_t* end);
  static const lxb_char_t* SkipRawText(lxb_html_tokenizer_t* tokenizer, const lxb_char_t* data,
                                       const lxb_char_t* end);
  static const lxb_char_t* SkipDrawing(lxb_html_tokenizer_t* tokenizer, const lxb_char_t* data,
                                       const lxb_char_t* end);

  // Of all tokens, lexbor's and this parser's.
  static lxb_html_token_t* TakeToken(lxb_html_tokenizer_t* tokenizer, lxb_html_token_t* token,
                                     void* self);
  bool Admits(lxb_html_token_t& token);
  bool AdmitsElement(lxb_html_token_t& token);
  bool IsSilent(const lxb_html_token_t& token);
  bool BeginsBlock() const;

  const Caps caps_;
  MarkupReader reader_;
  lxb_html_document_t* document_ = nullptr;
  lxb_html_tree_t* tree_ = nullptr;  // Not owned.
  lxb_html_tokenizer_token_f next_ = nullptr;
  void* next_context_ = nullptr;
  size_t elements_ = 0;
  size_t texts_ = 0;
  size_t drawings_ = 0;         // svg elements that are open.
  bool silent_text_ = false;    // The text that comes next is of a script.
  bool silent_script_ = false;  // Its end tag has not come yet.
  bool preformatted_ = false;   // There has been an element in which line breaks count.
  bool large_ = false;  // The document has been made for a large page and is not used again.
  size_t documents_ = 0;
  bool truncated_ = false;
};

}  // namespace sluice::deboilerplate
