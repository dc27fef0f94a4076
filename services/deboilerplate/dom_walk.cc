#include "services/deboilerplate/dom_walk.h"

#include <lexbor/dom/interfaces/character_data.h>

#include <algorithm>
#include <string>

#include "pipeline/base/hash.h"
#include "pipeline/base/utf8.h"
#include "services/deboilerplate/element_attributes.h"
#include "services/deboilerplate/element_kinds.h"
#include "services/deboilerplate/markup_names.h"

namespace sluice::deboilerplate {
namespace {

std::string_view TextOf(const lxb_dom_node_t& node) {
  const lexbor_str_t& text = reinterpret_cast<const lxb_dom_character_data_t&>(node).data;
  return text.data == nullptr
             ? std::string_view()
             : std::string_view(reinterpret_cast<const char*>(text.data), text.length);
}

uint32_t Fingerprint(uint64_t hash) { return static_cast<uint32_t>(hash ^ (hash >> 32)); }

// Few elements are, and all are asked.
bool IsMarked(const ElementAttributes& attributes) {
  return !attributes.itemprop.empty() || !attributes.rel.empty() || !attributes.property.empty();
}

bool IsHeadlineTag(uintptr_t tag) { return tag == LXB_TAG_H1 || tag == LXB_TAG_H2; }

class Walker {
 public:
  Walker(const WalkCaps& caps, RolesCache& roles, Page& page)
      : caps_(caps), roles_(roles), page_(page), writer_(page, caps.blocks_max) {}

  void Run(const lxb_dom_node_t* root) {
    const lxb_dom_node_t* at = root;
    while (true) {
      if (Enter(*at) && at->first_child != nullptr) {
        at = at->first_child;
        continue;
      }
      while (true) {
        Leave(at);
        if (at == root) return Finish();
        if (at->next != nullptr) {
          at = at->next;
          break;
        }
        at = at->parent;
      }
    }
  }

 private:
  struct Frame {
    const lxb_dom_node_t* dom = nullptr;
    int32_t node = -1;  // -1: an inline element.
    bool link = false, bold = false, italic = false, preformatted = false;
    int32_t hint = -1;  // Its text becomes this hint's value.
    uint32_t text_begin = 0;
  };

  int32_t node() const { return open_node_; }

  // Whether to go into it.
  bool Enter(const lxb_dom_node_t& dom) {
    if (dom.type == LXB_DOM_NODE_TYPE_TEXT) {
      const BlockWriter::Style style{links_ > 0, bolds_ > 0, italics_ > 0};
      if (preformatted_ > 0) {
        writer_.AppendPreformatted(TextOf(dom), style, node());
      } else {
        writer_.Append(TextOf(dom), style);
      }
      return false;
    }
    if (dom.type != LXB_DOM_NODE_TYPE_ELEMENT) return dom.type == LXB_DOM_NODE_TYPE_DOCUMENT;
    const auto& element = reinterpret_cast<const lxb_dom_element_t&>(dom);
    if (dom.ns != LXB_NS_HTML) return false;
    const ElementKind kind = KindOf(dom);
    switch (kind) {
      case ElementKind::kSkipped:
        return EnterSkipped(element);
      case ElementKind::kHead:
        return EnterHead(element);
      case ElementKind::kBreak:
        writer_.Break(node());
        return false;
      case ElementKind::kVoid:
        EnterVoid(element);
        return false;
      default:
        EnterElement(element, kind);
        return true;
    }
  }

  bool EnterSkipped(const lxb_dom_element_t& element) {
    if (element.node.local_name == LXB_TAG_SCRIPT) {
      const ElementAttributes attributes = ReadAttributes(element, names_);
      if (attributes.type.find("ld+json") != std::string_view::npos) {
        AddScript(element, caps_.json_ld_bytes_max, json_ld_bytes_, page_.json_ld);
      } else if (attributes.type == "application/json") {
        AddScript(element, caps_.states_bytes_max, states_bytes_, page_.states);
      }
    }
    page_.videos += element.node.local_name == LXB_TAG_VIDEO ? 1 : 0;
    return false;
  }

  static void AddScript(const lxb_dom_element_t& element, size_t bytes_max, size_t& bytes,
                        std::vector<std::string>& scripts) {
    std::string body;
    for (const lxb_dom_node_t* at = element.node.first_child; at != nullptr; at = at->next) {
      if (at->type != LXB_DOM_NODE_TYPE_TEXT) continue;
      const std::string_view part = TextOf(*at);
      if (bytes + part.size() > bytes_max) break;
      bytes += part.size();
      body.append(part);
    }
    if (!body.empty()) scripts.push_back(std::move(body));
  }

  // The head's own elements, wherever they stand.
  bool EnterHead(const lxb_dom_element_t& element) {
    const ElementAttributes attributes = ReadAttributes(element, names_);
    switch (element.node.local_name) {
      case LXB_TAG_META: {
        const std::string_view name = !attributes.property.empty() ? attributes.property
                                      : !attributes.name.empty()   ? attributes.name
                                                                   : attributes.itemprop;
        if (!name.empty() && !attributes.content.empty())
          AddHint(Hint::Kind::kMeta, name, attributes.content);
        return false;
      }
      case LXB_TAG_LINK:
        if (HasWord(attributes.rel, "canonical"))
          AddHint(Hint::Kind::kCanonical, "", attributes.href);
        if (HasWord(attributes.rel, "amphtml")) AddHint(Hint::Kind::kAmp, "", attributes.href);
        return false;
      case LXB_TAG_TITLE:
        if (!title_seen_) AddHint(Hint::Kind::kTitle, "", TextInside(element.node));
        title_seen_ = true;
        return false;
      default:
        return true;
    }
  }

  static std::string TextInside(const lxb_dom_node_t& dom) {
    std::string text;
    for (const lxb_dom_node_t* at = dom.first_child; at != nullptr; at = at->next) {
      if (at->type == LXB_DOM_NODE_TYPE_TEXT) text.append(TextOf(*at));
    }
    return text;
  }

  void EnterVoid(const lxb_dom_element_t& element) {
    if (element.node.local_name == LXB_TAG_INPUT) {
      page_.password_inputs += ReadAttributes(element, names_).type == "password" ? 1 : 0;
    } else if (element.node.local_name == LXB_TAG_IMG) {
      writer_.AddImage();
    } else if (element.node.local_name == LXB_TAG_HR) {
      writer_.Flush(node());
    }
  }

  void EnterElement(const lxb_dom_element_t& element, ElementKind kind) {
    const lxb_dom_node_t& dom = element.node;
    ElementAttributes attributes = ReadAttributes(element, names_);
    if (!attributes.class_names.empty())
      attributes.class_hash = base::HashBytes64(attributes.class_names);
    Frame frame{.dom = &dom};
    const Roles roles = element.first_attr == nullptr ? 0 : ElementRoles(attributes);
    if (kind == ElementKind::kBlock) {
      writer_.Flush(node());
      frame.node = AddNode(element, attributes, roles);
      open_node_ = frame.node;
      frame.preformatted = IsPreformatted(dom.local_name);
    } else {
      writer_.AddRoles(roles);
      frame.link = dom.local_name == LXB_TAG_A && !attributes.href.empty();
      frame.bold = dom.local_name == LXB_TAG_B || dom.local_name == LXB_TAG_STRONG;
      frame.italic = dom.local_name == LXB_TAG_I || dom.local_name == LXB_TAG_EM;
      if (frame.link) writer_.AddLink();
    }
    links_ += frame.link ? 1 : 0;
    bolds_ += frame.bold ? 1 : 0;
    italics_ += frame.italic ? 1 : 0;
    preformatted_ += frame.preformatted ? 1 : 0;
    frame.text_begin = static_cast<uint32_t>(writer_.text_bytes());
    frame.hint = AddElementHint(dom, attributes, roles);
    AddSeam();
    authors_ += NamesAuthor(frame) ? 1 : 0;
    frames_.push_back(frame);
  }

  // Elements whose text says a headline, a date or a name.
  int32_t AddElementHint(const lxb_dom_node_t& dom, const ElementAttributes& attributes,
                         Roles roles) {
    if (dom.local_name == LXB_TAG_HTML && !attributes.lang.empty())
      AddHint(Hint::Kind::kHtmlLang, "", attributes.lang);
    if (dom.local_name == LXB_TAG_TIME)
      return AddHint(Hint::Kind::kTime, attributes.itemprop, attributes.datetime);
    if (IsHeadlineTag(dom.local_name)) {
      constexpr int kPartsMax = 8;
      heading_parts_left_ = kPartsMax;
      return AddHint(Hint::Kind::kHeading, dom.local_name == LXB_TAG_H1 ? "1" : "2", "");
    }
    if (IsMarked(attributes)) {
      if (HasWord(attributes.itemprop, "headline")) return AddHint(Hint::Kind::kHeading, "0", "");
      if (HasWord(attributes.rel, "author") || HasWord(attributes.itemprop, "author"))
        return AddHint(Hint::Kind::kAuthor, "marked", "");
      for (const std::string_view says : {attributes.itemprop, attributes.property}) {
        if (!HasWordFrom(says, "date") && !HasWord(says, "created")) continue;
        return AddHint(Hint::Kind::kTime, says,
                       attributes.datetime.empty() ? attributes.content : attributes.datetime);
      }
    }
    const bool named = !attributes.class_names.empty() || !attributes.id.empty();
    if (named && (roles & Bit(kRoleAuthor)) != 0)
      return AddHint(Hint::Kind::kAuthor, attributes.class_names, "");
    if (named && (roles & Bit(kRoleDate)) != 0)
      return AddHint(Hint::Kind::kDateText, attributes.class_names, attributes.datetime);
    if (heading_parts_left_ == 0) return -1;
    --heading_parts_left_;
    return AddHint(Hint::Kind::kHeadingPart, "", "");
  }

  int32_t AddHint(Hint::Kind kind, std::string_view name, std::string_view value) {
    constexpr size_t kValueBytesMax = 4096;
    if (page_.hints.size() >= caps_.hints_max) return -1;
    Hint hint;
    hint.kind = kind;
    hint.block = static_cast<int32_t>(page_.blocks.size());
    hint.name.assign(name.substr(0, 128));
    for (char& c : hint.name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    hint.value.assign(base::CutUtf8(value, kValueBytesMax));
    page_.hints.push_back(std::move(hint));
    return static_cast<int32_t>(page_.hints.size()) - 1;
  }

  Roles ElementRoles(const ElementAttributes& attributes) {
    Roles roles = 0;
    if (!attributes.class_names.empty())
      roles |= roles_.Find(attributes.class_names, attributes.class_hash);
    if (!attributes.id.empty()) roles |= roles_.Find(attributes.id);
    if (!attributes.role.empty()) roles |= roles_.Find(attributes.role);
    if (!attributes.component.empty()) roles |= roles_.Find(attributes.component);
    if (!attributes.itemprop.empty()) {
      roles |= roles_.Find(attributes.itemprop);
      if (HasWord(attributes.itemprop, "articleBody")) roles |= Bit(kRoleItemBody);
    }
    if (attributes.hidden || (!attributes.style.empty() && StyleHides(attributes.style)))
      roles |= Bit(kRoleHidden);
    return roles;
  }

  int32_t AddNode(const lxb_dom_element_t& element, const ElementAttributes& attributes,
                  Roles roles) {
    const uintptr_t tag = element.node.local_name;
    Node node;
    node.parent = open_node_;
    node.tag = static_cast<uint16_t>(tag < LXB_TAG__LAST_ENTRY ? tag : 0);
    node.depth =
        open_node_ < 0
            ? 0
            : static_cast<uint16_t>(page_.nodes[static_cast<size_t>(open_node_)].depth + 1);
    if (tag != LXB_TAG_BODY && tag != LXB_TAG_HTML) {
      node.roles = roles | TagRoles(tag);
      if (tag >= LXB_TAG__LAST_ENTRY) node.roles |= CustomRoles(element);
    }
    node.signature = Fingerprint((attributes.class_hash ^ tag) * 0x9E3779B97F4A7C15ULL);
    node.block_begin = static_cast<int32_t>(page_.blocks.size());
    page_.nodes.push_back(node);
    return static_cast<int32_t>(page_.nodes.size()) - 1;
  }

  Roles CustomRoles(const lxb_dom_element_t& element) {
    size_t length = 0;
    const lxb_char_t* name = lxb_dom_node_name(const_cast<lxb_dom_node_t*>(&element.node), &length);
    if (name == nullptr) return 0;
    // Names come in capitals here.
    std::string lower(reinterpret_cast<const char*>(name), std::min<size_t>(length, 64));
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return roles_.Find(lower);
  }

  void Leave(const lxb_dom_node_t* dom) {
    if (frames_.empty() || frames_.back().dom != dom) return;
    const Frame frame = frames_.back();
    frames_.pop_back();
    AddSeam();
    if (frame.hint >= 0) FillHint(frame);
    authors_ -= NamesAuthor(frame) ? 1 : 0;
    if (authors_ == 0) seams_.clear();
    if (IsHeadlineTag(dom->local_name)) heading_parts_left_ = 0;
    if (frame.node >= 0) {
      writer_.Flush(frame.node);
      Node& node = page_.nodes[static_cast<size_t>(frame.node)];
      node.end = static_cast<int32_t>(page_.nodes.size());
      node.block_end = static_cast<int32_t>(page_.blocks.size());
      open_node_ = node.parent;
    }
    links_ -= frame.link ? 1 : 0;
    bolds_ -= frame.bold ? 1 : 0;
    italics_ -= frame.italic ? 1 : 0;
    preformatted_ -= frame.preformatted ? 1 : 0;
  }

  void FillHint(const Frame& frame) {
    constexpr size_t kHintTextBytesMax = 600;
    Hint& hint = page_.hints[static_cast<size_t>(frame.hint)];
    if (!hint.value.empty() || frame.text_begin >= page_.text.size()) return;
    const size_t bytes = page_.text.size() - frame.text_begin;
    if (bytes > kHintTextBytesMax) return;
    std::string_view text = std::string_view(page_.text).substr(frame.text_begin);
    while (text.starts_with(' ') || text.starts_with('\n')) text.remove_prefix(1);
    const auto begin = static_cast<uint32_t>(page_.text.size() - text.size());
    hint.value = hint.kind == Hint::Kind::kAuthor ? WithSeams(text, begin) : std::string(text);
  }

  bool NamesAuthor(const Frame& frame) const {
    return frame.hint >= 0 &&
           page_.hints[static_cast<size_t>(frame.hint)].kind == Hint::Kind::kAuthor;
  }

  void AddSeam() {
    constexpr size_t kSeamsMax = 64;
    if (authors_ > 0 && seams_.size() < kSeamsMax)
      seams_.push_back(static_cast<uint32_t>(writer_.text_bytes()));
  }

  // What follows each other without a blank, but in different elements, stands on lines.
  std::string WithSeams(std::string_view text, uint32_t begin) const {
    std::string out;
    size_t done = 0;
    for (const uint32_t seam : seams_) {
      const size_t at = seam - begin;
      if (seam <= begin || at <= done || at >= text.size() || text[at] == ' ' ||
          text[at - 1] == ' ')
        continue;
      out.append(text.substr(done, at - done)).push_back('\n');
      done = at;
    }
    return out.append(text.substr(done));
  }

  void Finish() {
    writer_.Flush(node());
    page_.truncated = page_.truncated || page_.hints.size() >= caps_.hints_max;
  }

  const WalkCaps& caps_;
  RolesCache& roles_;
  Page& page_;
  const AttributeNames& names_ = AttributeNames::Get();
  BlockWriter writer_;
  std::vector<Frame> frames_;
  int32_t open_node_ = -1;
  int links_ = 0, bolds_ = 0, italics_ = 0, preformatted_ = 0;
  int heading_parts_left_ = 0;   // How many elements of the open heading are noted yet.
  int authors_ = 0;              // How many open elements name an author.
  std::vector<uint32_t> seams_;  // Where elements begin and end in them, in the page's text.
  size_t json_ld_bytes_ = 0;
  size_t states_bytes_ = 0;
  bool title_seen_ = false;
};

}  // namespace

Roles RolesCache::Find(std::string_view names) {
  return names.empty() ? 0 : Find(names, base::HashBytes64(names));
}

Roles RolesCache::Find(std::string_view names, uint64_t hash) {
  Slot& slot = slots_[hash % slots_.size()];
  if (slot.hash != hash) slot = {hash, RolesOf(names)};
  return slot.roles;
}

void WalkDocument(const lxb_html_document_t& document, const WalkCaps& caps, RolesCache& roles,
                  Page& page) {
  page.Clear();
  const auto* root = reinterpret_cast<const lxb_dom_node_t*>(document.dom_document.element);
  if (root == nullptr) return;
  Walker(caps, roles, page).Run(root);
}

}  // namespace sluice::deboilerplate
