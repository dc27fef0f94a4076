#include "services/deboilerplate/witness.h"

#include <algorithm>

namespace sluice::deboilerplate {
namespace {

constexpr size_t kTitleWordsMax = 60;
constexpr size_t kDescriptionWordsMax = 120;
constexpr size_t kBodyWordsMax = 20'000;
constexpr size_t kBodyBytesMin = 200;
constexpr size_t kBlockWordsMax = 400;

uint32_t Mix(uint32_t a, uint32_t b) {
  return (a ^ (b + 0x9E3779B9U + (a << 6) + (a >> 2))) * 0x85EBCA6BU;
}

void ToRuns(std::vector<uint32_t>& words, size_t length) {
  if (words.size() < length) {
    words.clear();
    return;
  }
  const size_t count = words.size() - length + 1;
  for (size_t i = 0; i < count; ++i) {
    uint32_t hash = words[i];
    for (size_t j = 1; j < length; ++j) hash = Mix(hash, words[i + j]);
    words[i] = hash;
  }
  words.resize(count);
}

void SortUnique(std::vector<uint32_t>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

float ShareIn(const std::vector<uint32_t>& values, const std::vector<uint32_t>& set) {
  if (values.empty()) return 0;
  size_t found = 0;
  for (const uint32_t value : values)
    found += std::binary_search(set.begin(), set.end(), value) ? 1 : 0;
  return static_cast<float>(found) / static_cast<float>(values.size());
}

}  // namespace

void HashWords(std::string_view text, size_t words_max, std::vector<uint32_t>& out) {
  constexpr uint32_t kSeed = 2166136261U;
  out.clear();
  uint32_t hash = kSeed;
  bool in_word = false;
  const auto end_word = [&] {
    if (in_word) out.push_back(hash);
    hash = kSeed;
    in_word = false;
  };
  for (size_t i = 0; i < text.size() && out.size() < words_max; ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    const uint8_t lower = byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
    const bool high = byte >= 0x80;
    if (byte >= 0xE2 && byte <= 0xE9 && i + 2 < text.size()) {
      // Punctuation separates; an ideograph is a word.
      end_word();
      if (byte != 0xE2) {
        hash = ((kSeed ^ byte) * 16777619U ^ static_cast<uint8_t>(text[i + 1])) * 16777619U ^
               static_cast<uint8_t>(text[i + 2]);
        in_word = true;
        end_word();
      }
      i += 2;
    } else if (high || (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9')) {
      hash = (hash ^ lower) * 16777619U;
      in_word = true;
    } else {
      end_word();
    }
  }
  end_word();
}

void Witness::Learn(const Page& page, const LinkedData& data, std::string_view feed_title) {
  titles_.clear();
  description_.clear();
  body_.clear();
  std::string_view description = data.description;
  const auto add_title = [this](std::string_view title) {
    if (title.empty()) return;
    std::vector<uint32_t> words;
    HashWords(title, kTitleWordsMax, words);
    SortUnique(words);
    if (words.size() >= 2) titles_.push_back(std::move(words));
  };
  add_title(data.headline);
  add_title(feed_title);
  for (const Hint& hint : page.hints) {
    if (titles_.size() > 6) break;
    if (hint.kind == Hint::Kind::kTitle) add_title(hint.value);
    if (hint.kind != Hint::Kind::kMeta) continue;
    if (hint.name == "og:title" || hint.name == "twitter:title") add_title(hint.value);
    if (description.empty() && (hint.name == "description" || hint.name == "og:description"))
      description = hint.value;
  }
  HashWords(description, kDescriptionWordsMax, description_);
  ToRuns(description_, 2);
  SortUnique(description_);
  if (data.body.size() >= kBodyBytesMin) {
    HashWords(data.body, kBodyWordsMax, body_);
    ToRuns(body_, 3);
    SortUnique(body_);
  }
}

Witness::Likeness Witness::Compare(const Page& page, const Block& block) const {
  Likeness out;
  const bool short_block = block.stats.words <= 40;
  if (!body_.empty()) out.body = 0;
  if (!short_block && description_.empty() && body_.empty()) return out;
  if (!short_block && block.stats.words > 120 && body_.empty()) return out;
  HashWords(page.TextOf(block), kBlockWordsMax, scratch_);
  std::vector<uint32_t>& words = scratch_;
  if (short_block) {
    for (const std::vector<uint32_t>& title : titles_) {
      size_t found = 0;
      for (const uint32_t word : title)
        found += std::find(words.begin(), words.end(), word) != words.end() ? 1 : 0;
      out.of_title =
          std::max(out.of_title, static_cast<float>(found) / static_cast<float>(title.size()));
      out.of_block = std::max(out.of_block, ShareIn(words, title));
    }
  }
  if (!body_.empty()) {
    std::vector<uint32_t> triples = words;
    ToRuns(triples, 3);
    out.body = ShareIn(triples, body_);
  }
  if (!description_.empty()) {
    ToRuns(words, 2);
    out.description = ShareIn(words, description_);
  }
  return out;
}

}  // namespace sluice::deboilerplate
