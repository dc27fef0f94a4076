#include "services/deboilerplate/text_title.h"

#include <algorithm>

#include "services/deboilerplate/cue_words.h"
#include "services/deboilerplate/title.h"

namespace sluice::deboilerplate {
namespace {

constexpr uint32_t kWordsMin = 3;
constexpr uint32_t kWordsMax = 32;
constexpr int kReach = 6;  // Blocks above the text.

// A date, a byline, a share line or a credit is no headline.
bool IsFurniture(const TextStats& stats) {
  const auto cue = [&stats](Cue which) { return stats.cues[static_cast<size_t>(which)]; };
  if (stats.words <= 8 && cue(Cue::kDate) >= 1 && stats.digits >= 1) return true;
  if (stats.words <= 6 && (stats.first_cues & CueBit(Cue::kByline)) != 0) return true;
  if (cue(Cue::kShare) * 3U >= stats.words || cue(Cue::kConsent) * 3U >= stats.words) return true;
  return stats.symbols * 4 > stats.words || stats.digits * 2 > stats.characters;
}

}  // namespace

int FindTextTitle(const Page& page, const std::vector<Judgement>& judgements,
                  std::string_view feed_title) {
  const auto n = static_cast<int>(page.blocks.size());
  if (!feed_title.empty()) {
    const std::string wanted = Normalise(feed_title);
    for (int i = 0; i < n; ++i) {
      const Block& block = page.blocks[static_cast<size_t>(i)];
      if (block.stats.words <= kWordsMax && Normalise(page.TextOf(block)) == wanted) return i;
    }
  }
  int first = 0;
  while (first < n && !judgements[static_cast<size_t>(first)].kept) ++first;
  if (first == n) return -1;
  int best = -1;
  double best_score = 0;
  for (int i = first; i >= 0 && i >= first - kReach; --i) {
    const Block& block = page.blocks[static_cast<size_t>(i)];
    const TextStats& stats = block.stats;
    if (stats.words < kWordsMin || stats.words > kWordsMax || IsFurniture(stats)) continue;
    const bool sentence = stats.ending == Ending::kSentence && !page.TextOf(block).ends_with('?') &&
                          !page.TextOf(block).ends_with('!');
    if (i == first && (sentence || first > 0 || judgements[static_cast<size_t>(i)].story > 0.8F))
      continue;
    double score = 1.0 - 0.12 * (first - i) + 0.02 * std::min<double>(stats.words, 12);
    if (sentence) score -= 0.6;
    if (score > best_score) {
      best_score = score;
      best = i;
    }
  }
  return best;
}

}  // namespace sluice::deboilerplate
