#pragma once

#include <lexbor/html/html.h>

namespace sluice::deboilerplate {

// The end tag of raw text that begins at `data` behind a start tag `tag`, or the page's end. Null:
// a script that hides markup in a comment; the tokenizer's own states know when it ends.
const lxb_char_t* FindRawTextEnd(lxb_tag_id_t tag, const lxb_char_t* data, const lxb_char_t* end);

// The end tag of a drawing that begins at `data` behind its start tag. Null: it holds more than
// lines and shapes, or another drawing, which ends the search and so keeps the time linear.
const lxb_char_t* FindDrawingEnd(const lxb_char_t* data, const lxb_char_t* end);

}  // namespace sluice::deboilerplate
