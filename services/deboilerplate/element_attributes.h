#pragma once

#include <lexbor/html/html.h>

#include <cstdint>
#include <string_view>

#include "services/deboilerplate/markup_names.h"

namespace sluice::deboilerplate {

// What the walk wants to know of an element: the values of its attributes, empty where there are
// none. They live as long as the document.
struct ElementAttributes {
  std::string_view class_names, id, role, itemprop, property, name, content, datetime, rel, href,
      type, style, lang;
  std::string_view component;  // Of data-component and its like: what a site's own code calls it.
  uint64_t class_hash = 0;     // Of class_names, where the walk has hashed them.
  bool hidden = false;         // By `hidden` or `aria-hidden`.
};

// Of an attribute that stands twice the first counts.
ElementAttributes ReadAttributes(const lxb_dom_element_t& element, const AttributeNames& names);

// Whether a list of words has one: "author" is in "Nofollow author" and in "schema:author".
bool HasWord(std::string_view list, std::string_view word);
// Whether one of the words begins so.
bool HasWordFrom(std::string_view list, std::string_view beginning);

// Whether the declarations of a style attribute hide the element, as far as can be said at a
// glance: display or visibility, none or hidden.
bool StyleHides(std::string_view style);

}  // namespace sluice::deboilerplate
