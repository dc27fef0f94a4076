#include "services/deboilerplate/witness.h"

#include <algorithm>

namespace sluice::deboilerplate {
namespace {

constexpr size_t kTitleWordsMax = 60;
constexpr size_t kDescriptionWordsMax = 120;
constexpr size_t kBodyWordsMax = 20'000;
constexpr size_t kBodyBytesMin = 200;

uint32_t Mix(uint32_t a, uint32_t b) {
  return (a ^ (b + 0x9E3779B9U + (a << 6) + (a >> 2))) * 0x85EBCA6BU;
}

// By the highest bits: the lowest ones say of what kind a word is.
uint64_t BitOf(uint32_t word) { return uint64_t{1} << (word >> 26); }

// Hashes of the runs of `length` words.
void ToRuns(absl::Span<const uint32_t> words, size_t length, std::vector<uint32_t>& runs) {
  runs.clear();
  for (size_t i = 0; i + length <= words.size(); ++i) {
    uint32_t hash = words[i];
    for (size_t j = 1; j < length; ++j) hash = Mix(hash, words[i + j]);
    runs.push_back(hash);
  }
}

void SortUnique(std::vector<uint32_t>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

template <typename Set>
float ShareIn(const std::vector<uint32_t>& values, const Set& contains) {
  if (values.empty()) return 0;
  size_t found = 0;
  for (const uint32_t value : values) found += contains(value) ? 1 : 0;
  return static_cast<float>(found) / static_cast<float>(values.size());
}

}  // namespace

void HashSet::Fill(const std::vector<uint32_t>& hashes) {
  size_t size = 16;
  while (size < 3 * hashes.size()) size *= 2;
  slots_.assign(hashes.empty() ? 0 : size, 0);
  mask_ = static_cast<uint32_t>(size - 1);
  for (uint32_t hash : hashes) {
    hash = std::max(hash, 1U);
    uint32_t at = hash & mask_;
    while (slots_[at] != 0 && slots_[at] != hash) at = (at + 1) & mask_;
    slots_[at] = hash;
  }
}

bool HashSet::Contains(uint32_t hash) const {
  if (slots_.empty()) return false;
  hash = std::max(hash, 1U);
  for (uint32_t at = hash & mask_; slots_[at] != 0; at = (at + 1) & mask_) {
    if (slots_[at] == hash) return true;
  }
  return false;
}

void HashWords(std::string_view text, size_t words_max, std::vector<uint32_t>& out) {
  out.clear();
  Measure(text, &out, words_max);
}

float ShareShown(const Page& page, std::string_view text) {
  std::vector<uint32_t> runs;
  ToRuns(page.words, 3, runs);
  HashSet shown;
  shown.Fill(runs);
  std::vector<uint32_t> words;
  HashWords(text, kBodyWordsMax, words);
  ToRuns(words, 3, runs);
  return ShareIn(runs, [&shown](uint32_t run) { return shown.Contains(run); });
}

void Witness::Learn(const Page& page, const LinkedData& data, std::string_view feed_title) {
  titles_.clear();
  description_.Clear();
  body_.Clear();
  std::string_view description = data.description;
  const auto add_title = [this](std::string_view title) {
    if (title.empty()) return;
    Title out;
    HashWords(title, kTitleWordsMax, out.words);
    SortUnique(out.words);
    const auto same = [&out](const Title& other) { return other.words == out.words; };
    if (out.words.size() < 2 || std::any_of(titles_.begin(), titles_.end(), same)) return;
    for (const uint32_t word : out.words) out.bits |= BitOf(word);
    titles_.push_back(std::move(out));
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
  HashWords(description, kDescriptionWordsMax, words_);
  ToRuns(words_, 2, runs_);
  description_.Fill(runs_);
  if (data.body.size() >= kBodyBytesMin) {
    HashWords(data.body, kBodyWordsMax, words_);
    ToRuns(words_, 3, runs_);
    body_.Fill(runs_);
  }
}

Witness::Likeness Witness::Compare(const Page& page, const Block& block) const {
  Likeness out;
  const bool short_block = block.stats.words <= 40;
  if (!body_.empty()) out.body = 0;
  if (!short_block && description_.empty() && body_.empty()) return out;
  if (!short_block && block.stats.words > 120 && body_.empty()) return out;
  const absl::Span<const uint32_t> words = page.WordsOf(block);
  if (short_block) {
    for (const auto& [title, bits] : titles_) {
      size_t of_block = 0;
      for (const uint32_t word : words) {
        if ((bits & BitOf(word)) == 0) continue;
        of_block += std::binary_search(title.begin(), title.end(), word) ? 1 : 0;
      }
      if (of_block == 0) continue;
      out.of_block =
          std::max(out.of_block, static_cast<float>(of_block) / static_cast<float>(words.size()));
      const float of_title = ShareIn(title, [words](uint32_t word) {
        return std::find(words.begin(), words.end(), word) != words.end();
      });
      out.of_title = std::max(out.of_title, of_title);
    }
  }
  if (!body_.empty()) {
    ToRuns(words, 3, runs_);
    out.body = ShareIn(runs_, [this](uint32_t run) { return body_.Contains(run); });
  }
  if (!description_.empty()) {
    ToRuns(words, 2, runs_);
    out.description = ShareIn(runs_, [this](uint32_t run) { return description_.Contains(run); });
  }
  return out;
}

}  // namespace sluice::deboilerplate
