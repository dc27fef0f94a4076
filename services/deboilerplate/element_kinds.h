#pragma once

#include <lexbor/dom/dom.h>
#include <lexbor/tag/const.h>

#include <cstdint>

#include "services/deboilerplate/lexicon.h"

namespace sluice::deboilerplate {

// How the walk treats an element.
enum class ElementKind : uint8_t {
  kInline,   // Its text belongs to the block around it.
  kBlock,    // A node; ends the block before it.
  kSkipped,  // Nothing in it is the page's text.
  kHead,     // title, meta, link: hints.
  kBreak,    // br.
  kVoid,     // img, input, hr.
};

// By lexbor's number of the tag. Elements that HTML does not know are blocks: sites make their
// cards and embeds of them.
ElementKind KindOf(uintptr_t tag);

// As above, but elements that HTML does not know are inline where they stand in a paragraph, a
// heading or beside words: there they mark places, names and terms.
ElementKind KindOf(const lxb_dom_node_t& element);

// h1 to h6.
constexpr bool IsHeadingTag(uintptr_t tag) { return tag >= LXB_TAG_H1 && tag <= LXB_TAG_H6; }

// Whether line breaks count in it.
bool IsPreformatted(uintptr_t tag);

// What a tag says by itself.
Roles TagRoles(uintptr_t tag);

}  // namespace sluice::deboilerplate
