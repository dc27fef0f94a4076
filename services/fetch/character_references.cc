#include "services/fetch/character_references.h"

#include <lexbor/html/tokenizer.h>

namespace sluice::fetch {

// Lexbor's, which reads the value as that of a tag's only attribute.
struct CharacterReferences::Tokenizer {
  Tokenizer() : lexbor(lxb_html_tokenizer_create()) {
    if (lexbor == nullptr || lxb_html_tokenizer_init(lexbor) != LXB_STATUS_OK) return;
    lxb_html_tokenizer_callback_token_done_set(lexbor, &Tokenizer::Take, this);
    usable = true;
  }
  ~Tokenizer() {
    if (lexbor != nullptr) lxb_html_tokenizer_destroy(lexbor);
  }
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  static lxb_html_token_t* Take(lxb_html_tokenizer_t* /*tokenizer*/, lxb_html_token_t* token,
                                void* self) {
    const lxb_html_token_attr_t* attribute = token->attr_first;
    if (attribute != nullptr && attribute->value != nullptr) {
      static_cast<Tokenizer*>(self)->value.assign(reinterpret_cast<const char*>(attribute->value),
                                                  attribute->value_size);
    }
    return token;
  }

  bool Feed(std::string_view text) const {
    return lxb_html_tokenizer_chunk(lexbor, reinterpret_cast<const lxb_char_t*>(text.data()),
                                    text.size()) == LXB_STATUS_OK;
  }

  lxb_html_tokenizer_t* lexbor;
  bool usable = false;
  std::string value;
};

CharacterReferences::CharacterReferences() = default;
CharacterReferences::~CharacterReferences() = default;

std::string CharacterReferences::Decode(std::string_view value) {
  if (value.find('&') == std::string_view::npos) return std::string(value);
  if (tokenizer_ == nullptr) tokenizer_ = std::make_unique<Tokenizer>();
  Tokenizer& tokenizer = *tokenizer_;
  if (!tokenizer.usable) return std::string(value);
  tokenizer.value.clear();
  // A value with both quotes had none around it.
  const bool single = value.find('"') != std::string_view::npos;
  const bool bare = single && value.find('\'') != std::string_view::npos;
  const std::string_view quote = bare ? "" : single ? "'" : "\"";
  std::string tag = "<a b=";
  tag.append(quote).append(value).append(quote).append(">");
  lxb_html_tokenizer_clean(tokenizer.lexbor);
  const bool read = lxb_html_tokenizer_begin(tokenizer.lexbor) == LXB_STATUS_OK &&
                    tokenizer.Feed(tag) &&
                    lxb_html_tokenizer_end(tokenizer.lexbor) == LXB_STATUS_OK;
  return read ? std::move(tokenizer.value) : std::string(value);
}

}  // namespace sluice::fetch
