#include "services/deboilerplate/presence.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "services/deboilerplate/element_kinds.h"
#include "services/deboilerplate/vocabulary.h"
#include "services/deboilerplate/witness.h"

namespace sluice::deboilerplate {
namespace {

enum Feature : size_t {
  kTitleWords,   // Longer ones of the headline.
  kTitleKnown,   // Of these, the beginning of what is kept has.
  kTitleBlocks,  // Of its blocks, those that have one of them.
  kDescribed,    // Of the longer words of the page's description, it has.
  kSureness,     // Mean probability of the kept words, by the second model and by the first.
  kFirstSureness,
  kSure,      // Of the kept words, those of which both models are sure.
  kDoubtful,  // Of the page's words, those near the threshold.
  kWords,     // Kept.
  kPageWords,
  kSentences,
  kLongestBlock,
  kRun,  // The heaviest run of kept blocks, with few others between.
  kRunShare,
  kUnbroken,     // The heaviest stretch without a block that is a link.
  kParents,      // Elements around those that hold what is kept, a kept block.
  kParentShare,  // Of the kept words, those in the heaviest of these, and of those around them.
  kGrandparentShare,
  kHeadlineGap,  // Words between h1 and what is kept.
  kLinked,       // Of the kept words, links.
  kLinkBlocks,   // Blocks that are links among what is kept, a kept block.
  kLinkedHeadings,
  kLedByLink,   // Of the kept words, those behind such a block.
  kHeadings,    // A kept block.
  kOpenEnds,    // Of the kept words, those of blocks that end like a headline or a teaser.
  kCoherence,   // Of its own longer words, those that a block before has.
  kStoryNamed,  // Of the kept words, those in elements named for a story,
  kElsewhere,   // or for something else.
  kNotices,     // Cues of kinds, a kept word.
  kOffers,
  kActions,
  kCredits,
  kQuotes,  // A kept block.
  kStops,   // Cues of prose, a kept word.
  kCount
};
static_assert(kCount == kPresenceFeatures);

constexpr Roles kStoryRoles = Bit(kRoleArticle) | Bit(kRoleBody) | Bit(kRoleContent) |
                              Bit(kRoleText) | Bit(kRoleTagArticle) | Bit(kRoleItemBody);
constexpr Roles kOtherRoles =
    Bit(kRoleRelated) | Bit(kRoleComment) | Bit(kRoleSubscribe) | Bit(kRoleAdvert) |
    Bit(kRoleFooter) | Bit(kRoleSidebar) | Bit(kRoleConsent) | Bit(kRoleModal) | Bit(kRoleCard) |
    Bit(kRolePopular) | Bit(kRoleForm) | Bit(kRoleWidget) | Bit(kRoleAuthor) | Bit(kRoleRights) |
    Bit(kRoleTagAside) | Bit(kRoleTagFooter) | Bit(kRoleTagForm);

constexpr double kNone = -1;  // There is nothing to take a share of.

double Share(double part, double whole, double none = 0) { return whole > 0 ? part / whole : none; }

bool IsLinkBlock(const Block& block) {
  return block.link_density() > 0.8F && block.stats.words >= 3;
}

bool IsHeading(const Page& page, const Block& block) {
  return block.node >= 0 && IsHeadingTag(page.nodes[static_cast<size_t>(block.node)].tag);
}

int32_t ParentOf(const Page& page, int32_t node) {
  return node < 0 ? -1 : page.nodes[static_cast<size_t>(node)].parent;
}

// The longer words of a short text, and which of them were met.
class WordsSought {
 public:
  explicit WordsSought(std::string_view text) {
    constexpr size_t kWordsMax = 80;
    std::vector<uint32_t> all;
    HashWords(text, kWordsMax, all);
    ForEachLongWord(all, [this](uint32_t word) { words_.push_back(word); });
    std::sort(words_.begin(), words_.end());
    words_.erase(std::unique(words_.begin(), words_.end()), words_.end());
    met_.resize(words_.size());
    for (const uint32_t word : words_) bits_ |= BitOf(word);
  }

  // Whether it is one of them.
  bool Meet(uint32_t word) {
    if ((bits_ & BitOf(word)) == 0) return false;
    const auto at = std::lower_bound(words_.begin(), words_.end(), word);
    if (at == words_.end() || *at != word) return false;
    met_[static_cast<size_t>(at - words_.begin())] = true;
    return true;
  }

  double count() const { return static_cast<double>(words_.size()); }
  double ShareMet() const {
    return Share(static_cast<double>(std::count(met_.begin(), met_.end(), true)), count(), kNone);
  }

 private:
  // Most other words are told by it alone.
  static uint64_t BitOf(uint32_t word) { return uint64_t{1} << ((word * 0x9E3779B1U) >> 26); }

  std::vector<uint32_t> words_;  // Sorted.
  std::vector<bool> met_;
  uint64_t bits_ = 0;
};

class Describer {
 public:
  Describer(const Page& page, const std::vector<Judgement>& judgements)
      : page_(page), judgements_(judgements) {
    for (size_t i = 0; i < judgements.size(); ++i) {
      if (!judgements[i].kept) continue;
      kept_.push_back(i);
      words_ += page.blocks[i].stats.words;
    }
  }

  PresenceFeatures Describe(std::string_view title) {
    DescribeSharedWords(title);
    DescribeSureness();
    DescribeRuns();
    DescribePlaces();
    DescribeLinks();
    DescribeWords();
    return f_;
  }

 private:
  static constexpr double kLongWordsMax = 300;  // Looked at; a block more.
  static constexpr int kSlotBits = 12;
  static constexpr size_t kSlots = size_t{1} << kSlotBits;

  void Set(Feature feature, double value) { f_[feature] = static_cast<float>(value); }
  double Blocks() const { return static_cast<double>(kept_.size()); }
  const Block& BlockAt(size_t i) const { return page_.blocks[i]; }

  // What the page says of its story elsewhere, and what the kept blocks have in common.
  void DescribeSharedWords(std::string_view title) {
    std::string_view description = page_.Meta("og:description");
    if (description.empty()) description = page_.Meta("description");
    WordsSought of_title(title);
    WordsSought of_description(description);
    double title_blocks = 0;
    double known = 0;
    double words = 0;
    std::array<uint32_t, kSlots> first_blocks = {};  // By word, counted from 1.
    uint32_t block = 0;
    for (const size_t i : kept_) {
      if (words > kLongWordsMax) break;
      ++block;
      bool titled = false;
      ForEachLongWord(page_.WordsOf(BlockAt(i)), [&](uint32_t word) {
        titled = of_title.Meet(word) || titled;
        of_description.Meet(word);
        uint32_t& first = first_blocks[(word * 0x9E3779B1U) >> (32 - kSlotBits)];
        if (first == 0) first = block;
        known += first != block ? 1 : 0;
        words += 1;
      });
      title_blocks += titled ? 1 : 0;
    }
    Set(kTitleWords, of_title.count());
    Set(kTitleKnown, of_title.ShareMet());
    Set(kTitleBlocks, Share(title_blocks, block));
    Set(kDescribed, of_description.ShareMet());
    Set(kCoherence, Share(known, words));
  }

  void DescribeSureness() {
    double second = 0;
    double first = 0;
    double sure = 0;
    double doubtful = 0;
    double all = 0;
    for (size_t i = 0; i < judgements_.size(); ++i) {
      const Judgement& judgement = judgements_[i];
      const double words = BlockAt(i).stats.words;
      all += words;
      if (judgement.story > 0.2F && judgement.story < 0.8F) doubtful += words;
      if (!judgement.kept) continue;
      second += words * judgement.story;
      first += words * judgement.first;
      if (judgement.story > 0.9F && judgement.first > 0.8F) sure += words;
    }
    Set(kSureness, Share(second, words_));
    Set(kFirstSureness, Share(first, words_));
    Set(kSure, Share(sure, words_));
    Set(kDoubtful, Share(doubtful, all));
    Set(kWords, words_);
    Set(kPageWords, all);
  }

  void DescribeRuns() {
    constexpr size_t kGapMax = 2;  // Other blocks within a run.
    double longest = 0;
    double run = 0;
    double heaviest = 0;
    for (size_t k = 0; k < kept_.size(); ++k) {
      const double words = BlockAt(kept_[k]).stats.words;
      if (k > 0 && kept_[k] - kept_[k - 1] > kGapMax + 1) run = 0;
      run += words;
      heaviest = std::max(heaviest, run);
      longest = std::max(longest, words);
    }
    Set(kLongestBlock, longest);
    Set(kRun, heaviest);
    Set(kRunShare, Share(heaviest, words_));
  }

  size_t First() const { return kept_.empty() ? 0 : kept_.front(); }
  size_t End() const { return kept_.empty() ? 0 : kept_.back() + 1; }

  void DescribePlaces() {
    absl::flat_hash_map<int32_t, double> parents;
    absl::flat_hash_map<int32_t, double> grandparents;
    double named = 0;
    double elsewhere = 0;
    for (const size_t i : kept_) {
      const Block& block = BlockAt(i);
      const double words = block.stats.words;
      const int32_t parent = ParentOf(page_, block.node);
      parents[parent] += words;
      grandparents[ParentOf(page_, parent)] += words;
      const Roles roles =
          block.node < 0 ? 0 : page_.nodes[static_cast<size_t>(block.node)].ancestor_roles;
      if ((roles & kStoryRoles) != 0) named += words;
      if ((roles & kOtherRoles) != 0) elsewhere += words;
    }
    const auto heaviest = [this](const absl::flat_hash_map<int32_t, double>& sums) {
      double most = 0;
      for (const auto& [node, words] : sums) most = std::max(most, words);
      return Share(most, words_);
    };
    Set(kParents, Share(static_cast<double>(parents.size()), Blocks()));
    Set(kParentShare, heaviest(parents));
    Set(kGrandparentShare, heaviest(grandparents));
    Set(kHeadlineGap, HeadlineGap());
    Set(kStoryNamed, Share(named, words_));
    Set(kElsewhere, Share(elsewhere, words_));
  }

  // Words between what is kept and the nearest h1.
  double HeadlineGap() const {
    constexpr size_t kNowhere = std::numeric_limits<size_t>::max();
    size_t before = kNowhere;
    size_t behind = kNowhere;
    for (const Hint& hint : page_.hints) {
      if (hint.kind != Hint::Kind::kHeading || hint.name != "1" || kept_.empty()) continue;
      const auto at = static_cast<size_t>(hint.block);
      if (at <= First()) before = before == kNowhere ? at : std::max(before, at);
      if (at >= First()) behind = std::min(behind, at);
    }
    const double above = before == kNowhere ? kNone : WordsIn(before, First());
    const double below = behind == kNowhere ? kNone : WordsIn(First(), behind);
    return above < 0 || below < 0 ? std::max(above, below) : std::min(above, below);
  }

  // Of the blocks from `begin` to before `end`.
  double WordsIn(size_t begin, size_t end) const {
    double words = 0;
    for (size_t i = begin; i < end; ++i) words += BlockAt(i).stats.words;
    return words;
  }

  void DescribeLinks() {
    double linked = 0;
    double link_blocks = 0;
    double linked_headings = 0;
    double led = 0;
    double headings = 0;
    double stretch = 0;
    double heaviest = 0;
    bool link_before = false;
    for (size_t i = First() - std::min<size_t>(First(), 2); i < End(); ++i) {
      const Block& block = BlockAt(i);
      const double words = block.stats.words;
      const bool heading = IsHeading(page_, block);
      if (IsLinkBlock(block)) {
        link_blocks += 1;
        linked_headings += heading ? 1 : 0;
        link_before = true;
        stretch = 0;
      }
      if (!judgements_[i].kept) continue;
      linked += words * block.link_density();
      headings += heading ? 1 : 0;
      led += link_before ? words : 0;
      link_before = false;
      stretch += words;
      heaviest = std::max(heaviest, stretch);
    }
    Set(kUnbroken, Share(heaviest, words_));
    Set(kLinked, Share(linked, words_));
    Set(kLinkBlocks, Share(link_blocks, Blocks()));
    Set(kLinkedHeadings, linked_headings);
    Set(kLedByLink, Share(led, words_));
    Set(kHeadings, Share(headings, Blocks()));
  }

  void DescribeWords() {
    double sentences = 0;
    double open = 0;
    double quotes = 0;
    std::array<double, kCues> cues = {};
    for (const size_t i : kept_) {
      const TextStats& stats = BlockAt(i).stats;
      sentences += stats.sentences;
      quotes += stats.quotes;
      if (stats.ending == Ending::kNone || stats.ending == Ending::kEllipsis) open += stats.words;
      for (size_t cue = 0; cue < kCues; ++cue) cues[cue] += stats.cues[cue];
    }
    const auto rate = [&cues, this](std::initializer_list<Cue> kinds) {
      double sum = 0;
      for (const Cue cue : kinds) sum += cues[static_cast<size_t>(cue)];
      return Share(sum, words_);
    };
    Set(kSentences, sentences);
    Set(kOpenEnds, Share(open, words_));
    Set(kQuotes, Share(quotes, Blocks()));
    Set(kNotices, rate({Cue::kConsent, Cue::kRights, Cue::kStandards}));
    Set(kOffers, rate({Cue::kSubscribe, Cue::kCommerce, Cue::kAdvert, Cue::kContact}));
    Set(kActions, rate({Cue::kRelated, Cue::kAction, Cue::kShare, Cue::kComment}));
    Set(kCredits, rate({Cue::kPhoto, Cue::kByline, Cue::kDate}));
    Set(kStops, rate({Cue::kStop}));
  }

  const Page& page_;
  const std::vector<Judgement>& judgements_;
  std::vector<size_t> kept_;
  double words_ = 0;  // Kept.
  PresenceFeatures f_ = {};
};

}  // namespace

PresenceFeatures DescribePresence(const Page& page, const std::vector<Judgement>& judgements,
                                  std::string_view title) {
  return Describer(page, judgements).Describe(title);
}

double StoryPresence(const Forest& model, const PresenceFeatures& features) {
  std::array<float, kPresenceFeatures * Forest::kRows> columns = {};
  for (size_t i = 0; i < kPresenceFeatures; ++i) columns[i * Forest::kRows] = features[i];
  float answer = 0;
  model.Predict(columns.data(), absl::MakeSpan(&answer, 1));
  return answer;
}

}  // namespace sluice::deboilerplate
