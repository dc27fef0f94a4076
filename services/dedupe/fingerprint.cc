#include "services/dedupe/fingerprint.h"

#include "services/dedupe/boilerplate.h"
#include "services/dedupe/shingles.h"

namespace sluice::dedupe {

Fingerprinter::Fingerprinter(const FingerprintOptions& options)
    : options_(options),
      text_tokenizer_(options.words_max),
      title_tokenizer_(options.title_words_max) {}

void Fingerprinter::Make(std::string_view title, std::string_view text,
                         Fingerprint& fingerprint) const {
  title_tokenizer_.Tokenize(title, fingerprint.title);
  text_tokenizer_.Tokenize(text, fingerprint.text);
  fingerprint.keys = Keys(fingerprint.text.codes);
  fingerprint.boilerplate =
      BoilerplateLexicon::Get().Share(fingerprint.text.codes) >= options_.boilerplate_share_min;
}

std::vector<uint32_t> Fingerprinter::Keys(absl::Span<const WordCode> words) const {
  std::vector<uint32_t> shingles;
  std::vector<uint32_t> keys;
  HashShingles(words, options_.shingle_words, shingles);
  keys.reserve(2 * shingles.size() / (options_.winnow_window + 1) + 8);
  Winnow(shingles, options_.winnow_window, options_.keys_max, keys);
  return keys;
}

}  // namespace sluice::dedupe
