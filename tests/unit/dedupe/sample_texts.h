#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::dedupe {

// Texts of news vocabulary, made by a seed: hardly two runs of five words alike, with names and
// figures. Reads like nothing; counts like news.
class SampleTexts {
 public:
  explicit SampleTexts(uint64_t seed) : random_(seed) {}

  std::string Sentence();
  // At least so many words, in sentences.
  std::string Article(size_t words);
  std::string Title();

  // The text with a share of its words replaced.
  std::string Edited(std::string_view text, double share);
  // The text's first sentences, at least this share of them.
  static std::string Abridged(std::string_view text, double share);

  uint64_t Below(uint64_t bound) { return random_() % bound; }

 private:
  std::string_view Word();
  std::string Name();

  std::mt19937_64 random_;
};

// Cut at spaces.
std::vector<std::string> SplitWords(std::string_view text);

}  // namespace sluice::dedupe
