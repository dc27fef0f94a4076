#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "pipeline/base/hash.h"
#include "services/dedupe/tokenizer.h"

namespace sluice::dedupe {

struct FingerprintOptions {
  size_t words_max = 20'000;    // Of a text; the rest counts for its hash alone. In [64, 1000000].
  size_t title_words_max = 64;  // In [1, 65535].
  size_t shingle_words = 5;     // In [2, 16].
  size_t winnow_window = 16;    // Shingles; one key at least of every so many. In [1, 256].
  size_t keys_max = 512;        // Of a text. In [1, 65535].
  double boilerplate_share_min = 0.15;  // Of account and consent words. In (0, 1].
};

// Changes whenever the same text no longer gives the same fingerprint; stored with every record.
inline constexpr uint32_t kFingerprintVersion = 1;

// What is kept of a text to find it again and to compare it.
struct Fingerprint {
  Words text;
  Words title;
  std::vector<uint32_t> keys;  // Winnowed shingles, distinct; none where there are too few words.
  bool boilerplate = false;    // About the site and not about the world.
};

// Pure; any thread; linear in the text.
class Fingerprinter {
 public:
  explicit Fingerprinter(const FingerprintOptions& options);

  void Make(std::string_view title, std::string_view text, Fingerprint& fingerprint) const;

  // Of words that were kept, for a record that is loaded. Replaces what `keys` held.
  void MakeKeys(absl::Span<const WordCode> words, std::vector<uint32_t>& keys) const;

 private:
  FingerprintOptions options_;
  Tokenizer text_tokenizer_;
  Tokenizer title_tokenizer_;
};

}  // namespace sluice::dedupe
