#include "services/dedupe/similarity.h"

#include <algorithm>
#include <bit>

#include "services/dedupe/shingles.h"

namespace sluice::dedupe {
namespace {

constexpr size_t kLong = 5;
constexpr size_t kShort = 3;
constexpr size_t kBlock = 32;
constexpr size_t kBlockRuns = 7;  // About a fifth of a block's runs.

// The longest gap between shared words in which the two are thought to say the same thing in other
// words.
constexpr size_t kSubstitutionWordsMax = 24;

// Counts what lies in shared runs, run by run in rising order of their places.
class RunCount {
 public:
  explicit RunCount(size_t length) : length_(length) {}

  void Add(size_t place) {
    words += std::min(length_, place + length_ - end_);
    end_ = place + length_;
    ++runs;
    if (place / kBlock != block_) {
      block_ = place / kBlock;
      in_block_ = 0;
    }
    if (++in_block_ == kBlockRuns) ++blocks;
  }

  size_t words = 0;
  size_t runs = 0;
  size_t blocks = 0;

 private:
  size_t length_;
  size_t end_ = 0;
  size_t block_ = 0;
  size_t in_block_ = 0;
};

// In the order of the text, without the marks.
void Distinct(absl::Span<const WordCode> words, std::vector<WordCode>& distinct) {
  distinct.clear();
  for (const WordCode marked : words) {
    const WordCode word = marked & kWordHash;
    if (std::find(distinct.begin(), distinct.end(), word) == distinct.end()) {
      distinct.push_back(word);
    }
  }
}

bool Has(absl::Span<const WordCode> words, WordCode word) {
  return std::any_of(words.begin(), words.end(),
                     [word](WordCode other) { return (other & kWordHash) == word; });
}

// How many words of a title its text has and neither the other's title nor its text.
size_t CountOwn(const std::vector<WordCode>& title, absl::Span<const WordCode> text,
                const std::vector<WordCode>& other_title, absl::Span<const WordCode> other_text) {
  return static_cast<size_t>(std::count_if(title.begin(), title.end(), [&](WordCode word) {
    return !Has(other_title, word) && Has(text, word) && !Has(other_text, word);
  }));
}

// Whether both gaps have words with `mark`, and none of them is the same.
bool Conflict(absl::Span<const WordCode> a, absl::Span<const WordCode> b, WordCode mark) {
  const auto marked = [mark](WordCode word) { return (word & mark) != 0; };
  return std::any_of(a.begin(), a.end(), marked) && std::any_of(b.begin(), b.end(), marked) &&
         std::none_of(a.begin(), a.end(), [&](WordCode word) {
           return marked(word) && std::find(b.begin(), b.end(), word) != b.end();
         });
}

}  // namespace

void Comparison::WordSet::Clear() {
  words.reset();
  size = 0;
}

void Comparison::WordSet::Add(WordCode word) {
  word &= kWordHash;
  if (words.test(word)) return;
  words.set(word);
  ++size;
}

void Comparison::Begin(const TextView& text) {
  text_ = text;
  stamp_ = 1;
  fives_.length = 0;
  threes_.length = 0;
  names_.Clear();
  figures_.Clear();
  for (const WordCode word : text.words) {
    if ((word & kName) != 0) names_.Add(word);
    if ((word & kFigure) != 0) figures_.Add(word);
  }
  Distinct(text.title, title_);
}

void Comparison::Fill(size_t length, RunTable& table) {
  HashShingles(text_.words, length, shingles_);
  table.length = length;
  table.slots.assign(std::bit_ceil(2 * shingles_.size() + 1), Slot());
  table.slot_of.resize(shingles_.size());
  const size_t mask = table.slots.size() - 1;
  for (size_t place = 0; place < shingles_.size(); ++place) {
    size_t at = shingles_[place] & mask;
    while (table.slots[at].stamp != 0 && table.slots[at].hash != shingles_[place]) {
      at = (at + 1) & mask;
    }
    Slot& slot = table.slots[at];
    if (slot.stamp == 0) {
      slot = {.hash = shingles_[place], .stamp = 1, .first = static_cast<uint32_t>(place)};
    }
    table.slot_of[place] = static_cast<uint32_t>(at);
  }
}

// What the own and the other text share; leaves the places in matches_.
std::pair<Comparison::Shared, Comparison::Shared> Comparison::Meet(
    RunTable& table, absl::Span<const WordCode> other) {
  HashShingles(other, table.length, shingles_);
  matches_.clear();
  ++stamp_;
  const size_t mask = table.slots.size() - 1;
  RunCount others(table.length);
  for (size_t place = 0; place < shingles_.size(); ++place) {
    size_t at = shingles_[place] & mask;
    while (table.slots[at].stamp != 0 && table.slots[at].hash != shingles_[place]) {
      at = (at + 1) & mask;
    }
    Slot& slot = table.slots[at];
    if (slot.stamp == 0) continue;
    slot.stamp = stamp_;
    others.Add(place);
    matches_.emplace_back(static_cast<uint32_t>(place), slot.first);
  }
  RunCount own(table.length);
  for (size_t place = 0; place < table.slot_of.size(); ++place) {
    if (table.slots[table.slot_of[place]].stamp == stamp_) own.Add(place);
  }
  return {{.words = own.words, .runs = own.runs, .blocks = own.blocks},
          {.words = others.words, .runs = others.runs, .blocks = others.blocks}};
}

// Needs the matches of runs of kLong words.
void Comparison::CountConflicts(absl::Span<const WordCode> other, Evidence& evidence) const {
  for (size_t i = 1; i < matches_.size(); ++i) {
    const size_t other_begin = matches_[i - 1].first + kLong;
    const size_t other_end = matches_[i].first;
    const size_t own_begin = matches_[i - 1].second + kLong;
    const size_t own_end = matches_[i].second;
    if (other_end <= other_begin || own_end <= own_begin ||
        other_end - other_begin > kSubstitutionWordsMax ||
        own_end - own_begin > kSubstitutionWordsMax) {
      continue;
    }
    const auto own_gap = text_.words.subspan(own_begin, own_end - own_begin);
    const auto other_gap = other.subspan(other_begin, other_end - other_begin);
    if (Conflict(own_gap, other_gap, kFigure)) ++evidence.figure_conflicts;
    if (Conflict(own_gap, other_gap, kName)) ++evidence.name_conflicts;
  }
}

size_t Comparison::CountShared(const WordSet& own, absl::Span<const WordCode> other,
                               WordCode mark) {
  size_t shared = 0;
  scratch_.Clear();
  for (const WordCode word : other) {
    if ((word & mark) == 0 || scratch_.words.test(word & kWordHash)) continue;
    scratch_.Add(word);
    if (own.words.test(word & kWordHash)) ++shared;
  }
  return shared;
}

void Comparison::CompareTitles(const TextView& other, Evidence& evidence) {
  Distinct(other.title, other_title_);
  evidence.title_least = std::min(title_.size(), other_title_.size());
  evidence.title_shared = static_cast<size_t>(std::count_if(
      title_.begin(), title_.end(), [this](WordCode word) { return Has(other_title_, word); }));
}

double Comparison::TitleShare(const TextView& other) {
  Evidence evidence;
  CompareTitles(other, evidence);
  return evidence.title();
}

// Needs the titles' words.
void Comparison::CountTitleConflicts(const TextView& other, Evidence& evidence) const {
  if (evidence.shorter_words > kTitledWordsMax) return;
  const size_t own = CountOwn(title_, text_.words, other_title_, other.words);
  if (own == 0) return;
  evidence.title_conflicts =
      std::min(own, CountOwn(other_title_, other.words, title_, text_.words));
}

// Coverage, conflicts and, where the coverage is small, how the agreement is spread.
void Comparison::CompareTexts(const TextView& other, bool own_is_shorter, Evidence& evidence) {
  if (fives_.length == 0) Fill(kLong, fives_);
  const auto [own, others] = Meet(fives_, other.words);
  evidence.covered_words = own_is_shorter ? own.words : others.words;
  if (evidence.coverage() < kUnlikeBelow) return;
  CountConflicts(other.words, evidence);
  if (evidence.coverage() >= kEditedBelow) return;
  if (threes_.length == 0) Fill(kShort, threes_);
  const auto [own_threes, other_threes] = Meet(threes_, other.words);
  const Shared& shorter = own_is_shorter ? own_threes : other_threes;
  evidence.trigrams_shared = shorter.runs;
  // A last block of a few words does not count.
  evidence.blocks = (evidence.shorter_words + kBlock - kBlockRuns - 1) / kBlock;
  evidence.blocks_alike = std::min(shorter.blocks, evidence.blocks);
}

Evidence Comparison::Compare(const TextView& other) {
  const bool own_is_shorter = text_.words.size() <= other.words.size();
  Evidence evidence;
  evidence.shorter_words = std::min(text_.words.size(), other.words.size());
  evidence.longer_words = std::max(text_.words.size(), other.words.size());
  CompareTitles(other, evidence);
  CountTitleConflicts(other, evidence);
  if (text_.words == other.words) {
    evidence.covered_words = evidence.shorter_words;
  } else {
    CompareTexts(other, own_is_shorter, evidence);
  }
  if (evidence.coverage() < kUnlikeBelow) return evidence;
  evidence.names_shared = CountShared(names_, other.words, kName);
  evidence.names_least = std::min(names_.size, scratch_.size);
  evidence.figures_shared = CountShared(figures_, other.words, kFigure);
  evidence.figures_least = std::min(figures_.size, scratch_.size);
  const absl::Span<const WordCode> shorter = own_is_shorter ? text_.words : other.words;
  evidence.figure_words = static_cast<size_t>(std::count_if(
      shorter.begin(), shorter.end(), [](WordCode word) { return (word & kFigure) != 0; }));
  return evidence;
}

}  // namespace sluice::dedupe
