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
  MakeKeys(fingerprint.text.codes, fingerprint.keys);
  fingerprint.boilerplate =
      BoilerplateLexicon::Get().Share(fingerprint.text.codes) >= options_.boilerplate_share_min;
}

void Fingerprinter::MakeKeys(absl::Span<const WordCode> words, std::vector<uint32_t>& keys) const {
  HashShingles(words, options_.shingle_words, keys);
  Winnow(options_.winnow_window, options_.keys_max, keys);
}

}  // namespace sluice::dedupe
