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

bool Comparison::WordSet::Add(WordCode word) {
  word &= kWordHash;
  if (words.test(word)) return false;
  words.set(word);
  ++size;
  return true;
}

void Comparison::Begin(const TextView& text) {
  text_ = text;
  stamp_ = 1;
  fives_.length = 0;
  threes_.length = 0;
  names_.Clear();
  figures_.Clear();
  figure_words_ = 0;
  for (const WordCode word : text.words) {
    if ((word & (kName | kFigure)) == 0) continue;
    if ((word & kFigure) != 0) ++figure_words_;
    ((word & kName) != 0 ? names_ : figures_).Add(word);
  }
  Distinct(text.title, title_);
}

size_t Comparison::RunTable::Find(uint32_t run) const {
  if (!hashes.test(run % hashes.size())) return firsts.size();
  const size_t mask = slots.size() - 1;
  for (size_t at = run & mask; slots[at] != 0; at = (at + 1) & mask) {
    if (runs[slots[at] - 1] == run) return slots[at] - 1;
  }
  return firsts.size();
}

void Comparison::Fill(size_t length, RunTable& table) {
  table.length = length;
  HashShingles(text_.words, length, table.runs);
  const size_t size = table.runs.size();
  table.hashes.reset();
  table.slots.assign(std::bit_ceil(2 * size + 1), 0);
  table.firsts.resize(size);
  table.met.assign(size, 0);
  const size_t mask = table.slots.size() - 1;
  for (size_t place = 0; place < size; ++place) {
    const uint32_t run = table.runs[place];
    size_t at = run & mask;
    while (table.slots[at] != 0 && table.runs[table.slots[at] - 1] != run) at = (at + 1) & mask;
    if (table.slots[at] == 0) {
      table.slots[at] = static_cast<uint32_t>(place + 1);
      table.hashes.set(run % table.hashes.size());
    }
    table.firsts[place] = table.slots[at] - 1;
  }
}

// What the shorter of the own and the other text shares; leaves the places in matches_.
Comparison::Shared Comparison::Meet(RunTable& table, absl::Span<const WordCode> other,
                                    bool own_is_shorter) {
  HashShingles(other, table.length, shingles_);
  matches_.clear();
  ++stamp_;
  const size_t size = table.runs.size();
  RunCount count(table.length);
  size_t next = size;  // Place in the own text where a shared passage would go on.
  for (size_t place = 0; place < shingles_.size(); ++place) {
    const uint32_t run = shingles_[place];
    const size_t first =
        next < size && table.runs[next] == run ? table.firsts[next] : table.Find(run);
    if (first == size) {
      next = size;
      continue;
    }
    next = first + 1;
    table.met[first] = stamp_;
    matches_.emplace_back(static_cast<uint32_t>(place), static_cast<uint32_t>(first));
    if (!own_is_shorter) count.Add(place);
  }
  for (size_t place = 0; own_is_shorter && place < size; ++place) {
    if (table.met[table.firsts[place]] == stamp_) count.Add(place);
  }
  return {.words = count.words, .runs = count.runs, .blocks = count.blocks};
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

void Comparison::CompareMarked(absl::Span<const WordCode> other, Evidence& evidence) {
  other_names_.Clear();
  other_figures_.Clear();
  size_t figure_words = 0;
  for (const WordCode word : other) {
    if ((word & (kName | kFigure)) == 0) continue;
    if ((word & kFigure) != 0) ++figure_words;
    const bool name = (word & kName) != 0;
    const bool is_new = (name ? other_names_ : other_figures_).Add(word);
    if (!is_new || !(name ? names_ : figures_).words.test(word & kWordHash)) continue;
    ++(name ? evidence.names_shared : evidence.figures_shared);
  }
  evidence.names_least = std::min(names_.size, other_names_.size);
  evidence.figures_least = std::min(figures_.size, other_figures_.size);
  evidence.figure_words = text_.words.size() <= other.size() ? figure_words_ : figure_words;
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
  evidence.covered_words = Meet(fives_, other.words, own_is_shorter).words;
  if (evidence.coverage() < kUnlikeBelow) return;
  CountConflicts(other.words, evidence);
  if (evidence.coverage() >= kEditedBelow) return;
  if (threes_.length == 0) Fill(kShort, threes_);
  const Shared shared = Meet(threes_, other.words, own_is_shorter);
  evidence.trigrams_shared = shared.runs;
  // A last block of a few words does not count.
  evidence.blocks = (evidence.shorter_words + kBlock - kBlockRuns - 1) / kBlock;
  evidence.blocks_alike = std::min(shared.blocks, evidence.blocks);
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
  CompareMarked(other.words, evidence);
  return evidence;
}

}  // namespace sluice::dedupe
