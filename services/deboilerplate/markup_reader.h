#pragma once

#include <lexbor/html/html.h>

#include <array>
#include <string_view>

#include "services/deboilerplate/markup_names.h"

namespace sluice::deboilerplate {

// Reads the markup that most of a page is made of, and leaves what is out of the ordinary
// (character references, unknown tags, declarations, texts that never end) to lexbor's tokenizer.
// For what it reads it gives lexbor's tokens but for what nobody reads: comments and most
// attributes. Attributes' values and texts are not copied; they are the page's own bytes, which
// must outlive the tree.
//
// Every byte is looked at here once at most before lexbor goes beyond it, which keeps the time
// linear. One thread.
class MarkupReader {
 public:
  struct Host {
    lxb_html_tokenizer_state_f state;  // Of the tokenizer, in which this reader is asked.
    lxb_html_tokenizer_token_f take;   // Gets the tokens.
    void* context;
  };

  // What a state of lexbor's tokenizer does between texts and tags: goes on behind what was read,
  // or in another state.
  const lxb_char_t* Read(lxb_html_tokenizer_t& tokenizer, const Host& host, const lxb_char_t* data,
                         const lxb_char_t* end);

  // Whether a text's bytes are its characters: no line ends of other systems, no NUL.
  static bool IsPlain(const lxb_char_t* begin, const lxb_char_t* end);
  // Hands on a text that is not empty; false: the page cannot be read further.
  static bool EmitText(lxb_html_tokenizer_t& tokenizer, const Host& host, const lxb_char_t* begin,
                       const lxb_char_t* end);

 private:
  // Behind the tag that begins at `at`; nullptr: not an ordinary one. Fills `token`.
  const lxb_char_t* ReadTag(const lxb_char_t* at, const lxb_char_t* end, lxb_html_token_t& token);
  // As ReadTag, of an attribute of the token.
  const lxb_char_t* ReadAttribute(const lxb_char_t* at, const lxb_char_t* end,
                                  lxb_html_token_t& token);
  bool AddAttribute(Attribute attribute, std::string_view value, lxb_html_token_t& token);

  static constexpr size_t kAttributesMax = 16;  // Of a tag; those with more are lexbor's.

  const TagNames tags_;
  std::array<lxb_html_token_attr_t, kAttributesMax> attributes_;
  size_t attributes_count_ = 0;
  bool cut_ = false;  // The page ends in the tag that was to be read.
};

// Whether nobody reads this value of the attribute of a tag.
bool SaysNothing(lxb_tag_id_t tag, Attribute attribute, std::string_view value);

}  // namespace sluice::deboilerplate
