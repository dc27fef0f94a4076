// Two texts of any bytes, parted by the first 0xFF: they are cut into words, compared both ways and
// judged.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "services/dedupe/fingerprint.h"
#include "services/dedupe/join_policy.h"
#include "services/dedupe/similarity.h"

namespace {

using sluice::dedupe::Comparison;
using sluice::dedupe::Evidence;
using sluice::dedupe::Fingerprint;
using sluice::dedupe::Fingerprinter;
using sluice::dedupe::FingerprintOptions;
using sluice::dedupe::JoinPolicy;
using sluice::dedupe::TextView;

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

TextView View(const Fingerprint& fingerprint) {
  return {.words = fingerprint.text.codes, .title = fingerprint.title.codes};
}

Evidence Compare(const Fingerprint& a, const Fingerprint& b) {
  Comparison comparison;
  comparison.Begin(View(a));
  const Evidence evidence = comparison.Compare(View(b));
  Require(evidence.covered_words <= evidence.shorter_words);
  Require(evidence.shorter_words <= evidence.longer_words);
  Require(evidence.blocks_alike <= evidence.blocks);
  Require(evidence.names_shared <= evidence.names_least);
  Require(evidence.figures_shared <= evidence.figures_least);
  Require(evidence.title_shared <= evidence.title_least);
  return evidence;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t middle = std::min(bytes.find('\xFF'), bytes.size());
  FingerprintOptions options;
  options.words_max = 2000;
  options.title_words_max = 8;
  options.keys_max = 16;
  const Fingerprinter fingerprinter(options);
  Fingerprint a;
  Fingerprint b;
  fingerprinter.Make(bytes.substr(0, 40), bytes.substr(0, middle), a);
  fingerprinter.Make(bytes.substr(middle, 40), bytes.substr(middle), b);
  Require(a.text.codes.size() <= 2000 && a.text.codes.size() <= a.text.total);
  Require(a.title.codes.size() <= 8 && a.keys.size() <= 16);
  Require(a.text.total <= 3 * bytes.size());
  const Evidence evidence = Compare(a, b);
  Require(evidence.shorter_words == Compare(b, a).shorter_words);
  const JoinPolicy policy(absl::Hours(96));
  Require(!policy.Judge(evidence, {.apart = absl::Hours(size), .same_site = false}).reason.empty());
  const Evidence itself = Compare(a, a);
  Require(itself.covered_words == itself.shorter_words);
  return 0;
}
