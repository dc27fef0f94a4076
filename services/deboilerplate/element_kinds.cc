#include "services/deboilerplate/element_kinds.h"

#include <lexbor/dom/interfaces/character_data.h>
#include <lexbor/tag/const.h>

#include <algorithm>
#include <array>
#include <span>

namespace sluice::deboilerplate {
namespace {

constexpr std::array kBlocks = {
    LXB_TAG_HTML,       LXB_TAG_BODY,       LXB_TAG_ADDRESS, LXB_TAG_ARTICLE, LXB_TAG_ASIDE,
    LXB_TAG_BLOCKQUOTE, LXB_TAG_CAPTION,    LXB_TAG_CENTER,  LXB_TAG_DD,      LXB_TAG_DETAILS,
    LXB_TAG_DIALOG,     LXB_TAG_DIR,        LXB_TAG_DIV,     LXB_TAG_DL,      LXB_TAG_DT,
    LXB_TAG_FIELDSET,   LXB_TAG_FIGCAPTION, LXB_TAG_FIGURE,  LXB_TAG_FOOTER,  LXB_TAG_FORM,
    LXB_TAG_H1,         LXB_TAG_H2,         LXB_TAG_H3,      LXB_TAG_H4,      LXB_TAG_H5,
    LXB_TAG_H6,         LXB_TAG_HEADER,     LXB_TAG_HGROUP,  LXB_TAG_LEGEND,  LXB_TAG_LI,
    LXB_TAG_LISTING,    LXB_TAG_MAIN,       LXB_TAG_MENU,    LXB_TAG_NAV,     LXB_TAG_OL,
    LXB_TAG_P,          LXB_TAG_PLAINTEXT,  LXB_TAG_PRE,     LXB_TAG_SEARCH,  LXB_TAG_SECTION,
    LXB_TAG_SUMMARY,    LXB_TAG_TABLE,      LXB_TAG_TBODY,   LXB_TAG_TD,      LXB_TAG_TFOOT,
    LXB_TAG_TH,         LXB_TAG_THEAD,      LXB_TAG_TR,      LXB_TAG_UL,      LXB_TAG_XMP,
    LXB_TAG_BUTTON,
};
constexpr std::array kSkips = {
    LXB_TAG_SCRIPT,  LXB_TAG_STYLE,    LXB_TAG_TEMPLATE, LXB_TAG_NOSCRIPT, LXB_TAG_IFRAME,
    LXB_TAG_OBJECT,  LXB_TAG_APPLET,   LXB_TAG_EMBED,    LXB_TAG_SELECT,   LXB_TAG_TEXTAREA,
    LXB_TAG_CANVAS,  LXB_TAG_AUDIO,    LXB_TAG_VIDEO,    LXB_TAG_MAP,      LXB_TAG_DATALIST,
    LXB_TAG_NOEMBED, LXB_TAG_NOFRAMES, LXB_TAG_FRAMESET, LXB_TAG_SVG,      LXB_TAG_MATH,
    LXB_TAG_METER,   LXB_TAG_PROGRESS, LXB_TAG_OPTION,   LXB_TAG_OPTGROUP, LXB_TAG_RP,
    LXB_TAG_RT,
};
constexpr std::array kHeads = {LXB_TAG_TITLE, LXB_TAG_META, LXB_TAG_LINK, LXB_TAG_BASE};
constexpr std::array kVoids = {LXB_TAG_IMG,   LXB_TAG_IMAGE, LXB_TAG_INPUT,  LXB_TAG_HR,
                               LXB_TAG_WBR,   LXB_TAG_COL,   LXB_TAG_SOURCE, LXB_TAG_TRACK,
                               LXB_TAG_PARAM, LXB_TAG_AREA};

constexpr std::array<ElementKind, LXB_TAG__LAST_ENTRY> MakeKinds() {
  std::array<ElementKind, LXB_TAG__LAST_ENTRY> kinds = {};
  for (const auto tag : kBlocks) kinds[tag] = ElementKind::kBlock;
  for (const auto tag : kSkips) kinds[tag] = ElementKind::kSkipped;
  for (const auto tag : kHeads) kinds[tag] = ElementKind::kHead;
  for (const auto tag : kVoids) kinds[tag] = ElementKind::kVoid;
  kinds[LXB_TAG_BR] = ElementKind::kBreak;
  return kinds;
}
constexpr auto kKinds = MakeKinds();

bool IsWords(const lxb_dom_node_t* node) {
  if (node == nullptr || node->type != LXB_DOM_NODE_TYPE_TEXT) return false;
  const lexbor_str_t& text = reinterpret_cast<const lxb_dom_character_data_t*>(node)->data;
  return std::ranges::any_of(std::span(text.data, text.length),
                             [](lxb_char_t byte) { return byte > ' '; });
}

bool HoldsLine(uintptr_t tag) { return tag == LXB_TAG_P || IsHeadingTag(tag); }

// In a paragraph or a heading, whatever inline elements are between.
bool IsInLine(const lxb_dom_node_t& element) {
  const lxb_dom_node_t* at = element.parent;
  while (at != nullptr && at->ns == LXB_NS_HTML && KindOf(at->local_name) == ElementKind::kInline)
    at = at->parent;
  return at != nullptr && HoldsLine(at->local_name);
}

}  // namespace

ElementKind KindOf(uintptr_t tag) {
  return tag < kKinds.size() ? kKinds[tag] : ElementKind::kBlock;
}

ElementKind KindOf(const lxb_dom_node_t& element) {
  const bool known = element.local_name < kKinds.size();
  const bool in_text =
      !known && (IsWords(element.prev) || IsWords(element.next) || IsInLine(element));
  return in_text ? ElementKind::kInline : KindOf(element.local_name);
}

bool IsPreformatted(uintptr_t tag) {
  return tag == LXB_TAG_PRE || tag == LXB_TAG_PLAINTEXT || tag == LXB_TAG_XMP;
}

Roles TagRoles(uintptr_t tag) {
  switch (tag) {
    case LXB_TAG_ARTICLE:
      return Bit(kRoleTagArticle);
    case LXB_TAG_MAIN:
      return Bit(kRoleTagMain);
    case LXB_TAG_ASIDE:
      return Bit(kRoleTagAside);
    case LXB_TAG_NAV:
      return Bit(kRoleTagNav);
    case LXB_TAG_FOOTER:
      return Bit(kRoleTagFooter);
    case LXB_TAG_HEADER:
      return Bit(kRoleTagHeader);
    case LXB_TAG_FIGURE:
    case LXB_TAG_FIGCAPTION:
      return Bit(kRoleTagFigure);
    case LXB_TAG_FORM:
      return Bit(kRoleTagForm);
    case LXB_TAG_TABLE:
      return Bit(kRoleTagTable);
    case LXB_TAG_UL:
    case LXB_TAG_OL:
    case LXB_TAG_DL:
      return Bit(kRoleTagList);
    case LXB_TAG_BLOCKQUOTE:
      return Bit(kRoleTagQuote);
    case LXB_TAG_BUTTON:
      return Bit(kRoleTagButton);
    case LXB_TAG_DETAILS:
      return Bit(kRoleTagDetails);
    default:
      return 0;
  }
}

}  // namespace sluice::deboilerplate
