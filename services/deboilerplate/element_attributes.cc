#include "services/deboilerplate/element_attributes.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "pipeline/base/strings.h"

namespace sluice::deboilerplate {
namespace {

std::string_view ValueOf(const lxb_dom_attr_t& attribute) {
  const lexbor_str_t* value = attribute.value;
  return value == nullptr || value->data == nullptr
             ? std::string_view()
             : std::string_view(reinterpret_cast<const char*>(value->data), value->length);
}

// Without the vocabularies that words are of.
template <typename Is>
bool AnyWord(std::string_view list, const Is& is) {
  while (!list.empty()) {
    const std::string_view word = list.substr(0, list.find_first_of(" \t\n"));
    if (is(base::ToAbsl(word.substr(word.find(':') + 1)))) return true;
    list.remove_prefix(std::min(word.size() + 1, list.size()));
  }
  return false;
}

}  // namespace

ElementAttributes ReadAttributes(const lxb_dom_element_t& element, const AttributeNames& names) {
  ElementAttributes out;
  // Backwards: of duplicates the first counts.
  for (const lxb_dom_attr_t* at = element.last_attr; at != nullptr; at = at->prev) {
    const std::string_view value = ValueOf(*at);
    switch (names.WithNumber(at->node.local_name)) {
      case Attribute::kClass:
        out.class_names = value;
        break;
      case Attribute::kId:
        out.id = value;
        break;
      case Attribute::kStyle:
        out.style = value;
        break;
      case Attribute::kHref:
        out.href = value;
        break;
      case Attribute::kContent:
        out.content = value;
        break;
      case Attribute::kType:
        out.type = value;
        break;
      case Attribute::kRel:
        out.rel = value;
        break;
      case Attribute::kRole:
        out.role = value;
        break;
      case Attribute::kName:
        out.name = value;
        break;
      case Attribute::kLang:
        out.lang = value;
        break;
      case Attribute::kItemprop:
        out.itemprop = value;
        break;
      case Attribute::kProperty:
        out.property = value;
        break;
      case Attribute::kDatetime:
        out.datetime = value;
        break;
      case Attribute::kDataType:
      case Attribute::kDataTestid:
      case Attribute::kDataComponent:
        out.component = value;
        break;
      case Attribute::kHidden:
        out.hidden = true;
        break;
      case Attribute::kAriaHidden:
        out.hidden = out.hidden || value == "true";
        break;
      case Attribute::kShadowRoot:
      case Attribute::kNone:
        break;
    }
  }
  return out;
}

bool HasWord(std::string_view list, std::string_view word) {
  return AnyWord(list, [word](absl::string_view is) {
    return absl::EqualsIgnoreCase(is, base::ToAbsl(word));
  });
}

bool HasWordFrom(std::string_view list, std::string_view beginning) {
  return AnyWord(list, [beginning](absl::string_view is) {
    return absl::StartsWithIgnoreCase(is, base::ToAbsl(beginning));
  });
}

bool StyleHides(std::string_view style) {
  for (const std::string_view property : {"display", "visibility"}) {
    size_t at = style.find(property);
    if (at == std::string_view::npos) continue;
    at = style.find_first_not_of(" :\t", at + property.size());
    if (at == std::string_view::npos) continue;
    if (style.substr(at).starts_with("none") || style.substr(at).starts_with("hidden")) return true;
  }
  return false;
}

}  // namespace sluice::deboilerplate
