#include "services/deboilerplate/html_parser.h"

#include <lexbor/html/tokenizer/state.h>
#include <lexbor/html/tokenizer/state_script.h>
#include <lexbor/html/tree/insertion_mode.h>

#include "services/deboilerplate/byte_scan.h"
#include "services/deboilerplate/element_attributes.h"
#include "services/deboilerplate/element_kinds.h"
#include "services/deboilerplate/raw_text.h"

namespace sluice::deboilerplate {
namespace {

// Elements that a new paragraph opens again while they are unclosed (HTML, "reconstruct the active
// formatting elements").
bool IsFormatting(lxb_tag_id_t tag) {
  switch (tag) {
    case LXB_TAG_A:
    case LXB_TAG_B:
    case LXB_TAG_BIG:
    case LXB_TAG_CODE:
    case LXB_TAG_EM:
    case LXB_TAG_FONT:
    case LXB_TAG_I:
    case LXB_TAG_NOBR:
    case LXB_TAG_S:
    case LXB_TAG_SMALL:
    case LXB_TAG_STRIKE:
    case LXB_TAG_STRONG:
    case LXB_TAG_TT:
    case LXB_TAG_U:
      return true;
    default:
      return false;
  }
}

// Their content is not markup: the tree switches the tokenizer at the start tag, which therefore
// must not be left out.
bool IsRawText(lxb_tag_id_t tag) {
  switch (tag) {
    case LXB_TAG_SCRIPT:
    case LXB_TAG_TEXTAREA:
    case LXB_TAG_TITLE:
    case LXB_TAG_XMP:
      return true;
    default:
      return false;
  }
}

// Tags around text that the walk does not read. Linked data and other JSON are in scripts and are.
// As browsers see a page, what is for readers without scripts is no markup: lexbor's tree, even
// when told of scripts, takes it for markup.
bool IsSilentText(const lxb_html_token_t& token) {
  switch (token.tag_id) {
    case LXB_TAG_STYLE:
    case LXB_TAG_NOSCRIPT:
    case LXB_TAG_IFRAME:
    case LXB_TAG_NOEMBED:
    case LXB_TAG_NOFRAMES:
      return true;
    case LXB_TAG_SCRIPT:
      if ((token.type & LXB_HTML_TOKEN_TYPE_CLOSE) != 0) return false;
      break;
    default:
      return false;
  }
  for (const lxb_html_token_attr_t* at = token.attr_first; at != nullptr; at = at->next) {
    if (at->name == nullptr || at->name->attr_id != LXB_DOM_ATTR_TYPE || at->value == nullptr)
      continue;
    const std::string_view type(reinterpret_cast<const char*>(at->value), at->value_size);
    if (type.find("ld+json") != std::string_view::npos || type == "application/json") return false;
  }
  return true;
}

// Whether a template is what readers see of the element around it.
bool IsShadowRoot(const lxb_html_token_t& token) {
  if (token.tag_id != LXB_TAG_TEMPLATE) return false;
  for (const lxb_html_token_attr_t* at = token.attr_first; at != nullptr; at = at->next) {
    if (at->name == &AttributeNames::Get().entry(Attribute::kShadowRoot)) return true;
  }
  return false;
}

// Elements that say nothing to the walk and change nothing around them: they hold nothing, or
// nothing but what is there without them.
bool IsIdle(const lxb_html_token_t& token) {
  if (token.tag_id == LXB_TAG_SOURCE || token.tag_id == LXB_TAG_TRACK) return true;
  if (IsShadowRoot(token)) return true;
  if (token.tag_id != LXB_TAG_LINK) return false;
  for (const lxb_html_token_attr_t* at = token.attr_first; at != nullptr; at = at->next) {
    if (at->value == nullptr || at->name != &AttributeNames::Get().entry(Attribute::kRel)) continue;
    const std::string_view value(reinterpret_cast<const char*>(at->value), at->value_size);
    if (HasWord(value, "canonical") || HasWord(value, "amphtml")) return false;
  }
  return true;
}

// Of lexbor's own tokens, as MarkupReader has them: takes the attributes out that nobody reads;
// false: there were more than `wanted_max` others.
bool KeepWanted(lxb_html_token_t& token, size_t wanted_max) {
  size_t wanted = 0;
  lxb_html_token_attr_t* next = token.attr_first;
  token.attr_first = token.attr_last = nullptr;
  while (next != nullptr) {
    lxb_html_token_attr_t* at = next;
    next = at->next;
    if (at->name == nullptr) continue;
    const std::string_view name(
        reinterpret_cast<const char*>(lexbor_hash_entry_str(&at->name->entry)),
        at->name->entry.length);
    const Attribute attribute = AttributeNames::Find(KeyOf(name), name);
    if (SaysNothing(token.tag_id, attribute,
                    {reinterpret_cast<const char*>(at->value), at->value_size}))
      continue;
    if (++wanted > wanted_max) return false;
    at->name = &AttributeNames::Get().entry(attribute);
    at->prev = token.attr_last;
    at->next = nullptr;
    (token.attr_last == nullptr ? token.attr_first : token.attr_last->next) = at;
    token.attr_last = at;
  }
  return true;
}

bool IsBlank(const lxb_html_token_t& text) {
  return FindNoneOf<' ', '\n', '\t', '\r', '\f'>(text.text_start, text.text_end) == text.text_end;
}

// Unknown elements may stand in a line.
bool IsBlock(const lxb_dom_node_t& node) {
  return node.type == LXB_DOM_NODE_TYPE_ELEMENT && node.ns == LXB_NS_HTML &&
         node.local_name < LXB_TAG__LAST_ENTRY && KindOf(node.local_name) == ElementKind::kBlock;
}

// A table of names with so many chains that a page of nothing but new names is still read in linear
// time.
lexbor_hash_t* MakeNames(size_t chains, size_t entry_bytes) {
  lexbor_hash_t* names = lexbor_hash_create();
  if (names != nullptr && lexbor_hash_init(names, chains, entry_bytes) != LXB_STATUS_OK) {
    return lexbor_hash_destroy(names, true);
  }
  return names;
}

lxb_html_document_t* MakeDocument(size_t chains) {
  lxb_html_document_t* document = lxb_html_document_create();
  if (document == nullptr) return nullptr;
  lxb_dom_document_t& dom = document->dom_document;
  dom.attrs = lexbor_hash_destroy(dom.attrs, true);
  dom.tags = lexbor_hash_destroy(dom.tags, true);
  dom.attrs = MakeNames(chains, sizeof(lxb_dom_attr_data_t));
  dom.tags = MakeNames(chains, sizeof(lxb_tag_data_t));
  if (dom.attrs == nullptr || dom.tags == nullptr) return lxb_html_document_destroy(document);
  return document;
}

}  // namespace

HtmlParser::HtmlParser() : HtmlParser(Caps()) {}
HtmlParser::HtmlParser(const Caps& caps) : caps_(caps) {}

HtmlParser::~HtmlParser() {
  if (document_ != nullptr) lxb_html_document_destroy(document_);
}

// In a drawing: its labels are none of the page's text. HTML's own elements end it, as the standard
// has it.
bool HtmlParser::IsSilent(const lxb_html_token_t& token) {
  const bool closes = (token.type & LXB_HTML_TOKEN_TYPE_CLOSE) != 0;
  if (token.tag_id == LXB_TAG_SVG) {
    if (closes) {
      drawings_ -= drawings_ > 0 ? 1 : 0;
    } else if ((token.type & LXB_HTML_TOKEN_TYPE_CLOSE_SELF) == 0) {
      ++drawings_;
    }
    return true;
  }
  if (drawings_ == 0) return false;
  if (!closes && KindOf(token.tag_id) == ElementKind::kBlock && token.tag_id < LXB_TAG__LAST_ENTRY)
    drawings_ = 0;
  return drawings_ > 0;
}

// Where a text that comes now begins a block, so that blanks before it are none of it. Two thirds
// of a page's texts are such blanks and nothing else.
bool HtmlParser::BeginsBlock() const {
  // Between a table's parts blanks may end up before it, with other text that is misplaced there.
  if (tree_->mode != lxb_html_tree_insertion_mode_in_body) return false;
  // Unclosed formatting elements would be opened again by any text.
  if (preformatted_ || lexbor_array_length(tree_->active_formatting) > 0) return false;
  const lxb_dom_node_t& parent = *lxb_html_tree_current_node(tree_);
  return IsBlock(parent) && (parent.last_child == nullptr || IsBlock(*parent.last_child));
}

bool HtmlParser::Admits(lxb_html_token_t& token) {
  if (token.tag_id == LXB_TAG__END_OF_FILE) return true;
  if (token.tag_id == LXB_TAG__EM_COMMENT || elements_ > caps_.elements_max || IsSilent(token))
    return false;
  if (token.tag_id == LXB_TAG__TEXT) {
    if (silent_text_ || (IsBlank(token) && BeginsBlock())) return false;
    if (++texts_ <= caps_.texts_max) return true;
    truncated_ = true;
    return false;
  }
  silent_text_ = false;
  if (token.tag_id == LXB_TAG__EM_DOCTYPE || (token.type & LXB_HTML_TOKEN_TYPE_CLOSE) != 0)
    return true;
  return AdmitsElement(token);
}

bool HtmlParser::AdmitsElement(lxb_html_token_t& token) {
  if (IsIdle(token)) return false;
  preformatted_ = preformatted_ || IsPreformatted(token.tag_id);
  if (IsRawText(token.tag_id)) return true;
  ++elements_;
  if (elements_ <= caps_.elements_max &&
      lexbor_array_length(tree_->open_elements) < caps_.depth_max &&
      (!IsFormatting(token.tag_id) ||
       lexbor_array_length(tree_->active_formatting) < caps_.formatting_max)) {
    texts_ = 0;
    return true;
  }
  truncated_ = true;
  return false;
}

lxb_html_token_t* HtmlParser::OnToken(lxb_html_tokenizer_t* tokenizer, lxb_html_token_t* token,
                                      void* self) {
  auto& parser = *static_cast<HtmlParser*>(self);
  // A declaration's name is in an attribute.
  if (token->tag_id != LXB_TAG__EM_DOCTYPE && !KeepWanted(*token, parser.caps_.attributes_max))
    parser.truncated_ = true;
  token = TakeToken(tokenizer, token, self);
  // Behind this token the page may be ordinary again.
  if (tokenizer->state == lxb_html_tokenizer_state_data_before) tokenizer->state = ReadMarkup;
  return token;
}

const lxb_char_t* HtmlParser::ReadMarkup(lxb_html_tokenizer_t* tokenizer, const lxb_char_t* data,
                                         const lxb_char_t* end) {
  auto& parser = *static_cast<HtmlParser*>(tokenizer->callback_token_ctx);
  return parser.reader_.Read(*tokenizer, {ReadMarkup, TakeToken, &parser}, data, end);
}

// Raw text that nobody reads.
const lxb_char_t* HtmlParser::SkipRawText(lxb_html_tokenizer_t* tokenizer, const lxb_char_t* data,
                                          const lxb_char_t* end) {
  tokenizer->state = ReadMarkup;
  if (tokenizer->is_eof) return data;
  const lxb_char_t* stop = FindRawTextEnd(tokenizer->tmp_tag_id, data, end);
  return stop != nullptr ? stop : lxb_html_tokenizer_state_script_data_before(tokenizer, data, end);
}

const lxb_char_t* HtmlParser::SkipDrawing(lxb_html_tokenizer_t* tokenizer, const lxb_char_t* data,
                                          const lxb_char_t* end) {
  tokenizer->state = ReadMarkup;
  if (tokenizer->is_eof) return data;
  const lxb_char_t* stop = FindDrawingEnd(data, end);
  return stop != nullptr ? stop : data;
}

// Linked data and other JSON.
const lxb_char_t* HtmlParser::ReadScript(lxb_html_tokenizer_t* tokenizer, const lxb_char_t* data,
                                         const lxb_char_t* end) {
  auto& parser = *static_cast<HtmlParser*>(tokenizer->callback_token_ctx);
  const lxb_char_t* stop = tokenizer->is_eof ? nullptr : FindRawTextEnd(LXB_TAG_SCRIPT, data, end);
  if (stop == nullptr || stop == end || !MarkupReader::IsPlain(data, stop))
    return lxb_html_tokenizer_state_script_data_before(tokenizer, data, end);
  tokenizer->state = ReadMarkup;
  if (stop == data) return stop;
  return MarkupReader::EmitText(*tokenizer, {ReadMarkup, TakeToken, &parser}, data, stop) ? stop
                                                                                          : end;
}

lxb_html_token_t* HtmlParser::TakeToken(lxb_html_tokenizer_t* tokenizer, lxb_html_token_t* token,
                                        void* self) {
  auto& parser = *static_cast<HtmlParser*>(self);
  // In this state the tokenizer goes on behind a start tag.
  const bool in_data = tokenizer->state == lxb_html_tokenizer_state_data_before;
  if (parser.drawings_ == 0 && IsSilentText(*token)) {
    parser.silent_text_ = false;
    if ((token->type & LXB_HTML_TOKEN_TYPE_CLOSE) == 0 && in_data) {
      tokenizer->tmp_tag_id = token->tag_id;
      tokenizer->state = SkipRawText;
      parser.silent_text_ = true;
      parser.silent_script_ = token->tag_id == LXB_TAG_SCRIPT;
    }
    return token;
  }
  if (parser.silent_script_ && token->tag_id == LXB_TAG_SCRIPT) {
    parser.silent_script_ = parser.silent_text_ = false;
    if ((token->type & LXB_HTML_TOKEN_TYPE_CLOSE) != 0) return token;
  }
  if (!parser.Admits(*token)) {
    if (parser.drawings_ > 0 && token->tag_id == LXB_TAG_SVG && in_data)
      tokenizer->state = SkipDrawing;
    return token;
  }
  token = parser.next_(tokenizer, token, parser.next_context_);
  if (tokenizer->state == lxb_html_tokenizer_state_script_data_before)
    tokenizer->state = ReadScript;
  return token;
}

const lxb_html_document_t* HtmlParser::Parse(std::string_view html) {
  // A table is cleared for every page, so that a larger one for all would take a fiftieth of the
  // time.
  constexpr size_t kSmallBytes = 1 << 19;
  constexpr size_t kSmallChains = 4'096;
  // Some four names a chain at worst; a page of ordinary names does not pay for it.
  constexpr size_t kBytesAChain = 16;
  // The names of unknown tags and attributes stay in the document's tables: now and then a new one.
  constexpr size_t kDocumentReuseMax = 256;
  const bool large = html.size() > kSmallBytes;
  if (document_ != nullptr && (large || large_ || ++documents_ % kDocumentReuseMax == 0)) {
    document_ = lxb_html_document_destroy(document_);
  }
  if (document_ == nullptr) {
    document_ = MakeDocument(large ? html.size() / kBytesAChain : kSmallChains);
    if (document_ == nullptr) return nullptr;
  } else {
    lxb_html_document_clean(document_);
    // Lexbor leaves it as the page before had it.
    document_->dom_document.compat_mode = LXB_DOM_DOCUMENT_CMODE_NO_QUIRKS;
  }
  // Nobody waits for the events of elements that come into the tree.
  document_->dom_document.options |= LXB_DOM_DOCUMENT_OPT_WO_EVENTS;
  large_ = large;
  texts_ = elements_ = drawings_ = 0;
  silent_text_ = silent_script_ = preformatted_ = false;
  truncated_ = false;
  if (lxb_html_document_parse_chunk_begin(document_) != LXB_STATUS_OK) return nullptr;
  auto* parser = static_cast<lxb_html_parser_t*>(document_->dom_document.parser);
  lxb_html_tokenizer_t* tokenizer = lxb_html_parser_tokenizer(parser);
  tokenizer->state = ReadMarkup;
  tree_ = lxb_html_parser_tree(parser);
  // Looking for duplicates among a tag's attributes would take time by the square of their number.
  tokenizer->opt |= LXB_HTML_TOKENIZER_OPT_ATTR_KEEP_DUPLICATE;
  if (tokenizer->callback_token_done != &HtmlParser::OnToken) {
    next_ = tokenizer->callback_token_done;
    next_context_ = tokenizer->callback_token_ctx;
    lxb_html_tokenizer_callback_token_done_set(tokenizer, &HtmlParser::OnToken, this);
  }
  const auto* bytes = reinterpret_cast<const lxb_char_t*>(html.data());
  if (lxb_html_document_parse_chunk(document_, bytes, html.size()) != LXB_STATUS_OK) return nullptr;
  if (lxb_html_document_parse_chunk_end(document_) != LXB_STATUS_OK) return nullptr;
  return document_;
}

}  // namespace sluice::deboilerplate
