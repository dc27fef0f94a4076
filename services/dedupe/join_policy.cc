#include "services/dedupe/join_policy.h"

#include <algorithm>
#include <optional>

#include "services/dedupe/similarity.h"

namespace sluice::dedupe {
namespace {

// Fewer words say too little, whatever they are; up to the next they need the same title.
constexpr size_t kWordsMin = 12;
constexpr size_t kBriefWords = 30;
// Up to here texts need like titles.
constexpr size_t kShortWords = 120;
// Long ago, shorter texts are taken for regular announcements.
constexpr size_t kLateWords = 100;
// A share of fewer names or figures says nothing.
constexpr size_t kCountedMin = 3;
// As many words a figure or fewer: a table.
constexpr size_t kTableWordsPerFigure = 5;

// The evidence as shares.
struct Shares {
  explicit Shares(const Evidence& evidence)
      : words(evidence.shorter_words),
        coverage(evidence.coverage()),
        names(evidence.names_least < kCountedMin ? 1 : evidence.names()),
        figures(evidence.figures_least < kCountedMin ? 1 : evidence.figures()),
        conflicts(evidence.figure_conflicts + evidence.name_conflicts),
        conflict_density(100.0 * static_cast<double>(conflicts) /
                         static_cast<double>(std::max<size_t>(words, 100))),
        untitled(evidence.title_least == 0),
        title(evidence.title()),
        same_title(evidence.title_least >= 2 && title >= 0.8) {}

  size_t words;
  double coverage;
  double names;
  double figures;
  size_t conflicts;
  double conflict_density;  // A hundred words.
  bool untitled;
  double title;
  bool same_title;
};

bool IsEdited(const Evidence& evidence, double spread_min) {
  return evidence.coverage() >= 0.2 && evidence.coverage() < Comparison::kEditedBelow &&
         evidence.trigrams() >= 0.22 && evidence.spread() >= spread_min;
}

bool IsTableOfOtherFigures(const Evidence& evidence, const Shares& is, bool same_day) {
  if (evidence.figure_words * kTableWordsPerFigure < is.words) return false;
  const bool agrees = (is.figures >= 0.9 && is.coverage >= 0.75) ||
                      (is.figures >= 0.99 && is.coverage >= 0.65) ||
                      (is.same_title && same_day && is.coverage >= 0.9 && is.figures >= 0.85);
  return !agrees;
}

// What rules a join out, however much text is shared.
std::optional<std::string_view> Veto(const Evidence& evidence, const Shares& is,
                                     const Circumstances& circumstances, bool near) {
  const bool same_day = circumstances.apart <= absl::Hours(24);
  if (is.words < kWordsMin) return JoinPolicy::kTooShort;
  if (is.words < kBriefWords && !(is.same_title && is.coverage >= 0.8)) {
    return JoinPolicy::kTooShort;
  }
  if (!is.untitled && is.title < 0.3) {
    const bool told_by_names = evidence.names_least >= 5 && is.names >= 0.9 && is.words >= 50 &&
                               is.coverage >= 0.97 && near;
    if (is.words < kShortWords && !told_by_names) return JoinPolicy::kOtherTitle;
    // A site rarely runs one story under two headlines, and often one box under many.
    if (circumstances.same_site && (evidence.names_least < 6 || is.names < 0.8)) {
      return JoinPolicy::kOtherTitle;
    }
  }
  if (evidence.title_conflicts > 0 && is.coverage < 0.97 && !is.same_title) {
    return JoinPolicy::kOtherSubject;
  }
  if (IsTableOfOtherFigures(evidence, is, same_day)) return JoinPolicy::kOtherFigures;
  const bool many_conflicts =
      evidence.figure_conflicts >= 2 && is.conflicts >= 3 && is.conflict_density >= 1;
  const bool brief_conflict = is.words < 2 * kBriefWords && evidence.figure_conflicts > 0;
  if (many_conflicts || (brief_conflict && !same_day)) return JoinPolicy::kOtherFigures;
  return std::nullopt;
}

Judgement JudgeNear(const Evidence& evidence, const Shares& is) {
  if (is.coverage >= 0.85 && is.names >= 0.25 && is.figures >= 0.4 && is.conflicts == 0) {
    return {true, JoinPolicy::kContained};
  }
  if (is.coverage >= 0.8 && is.names >= 0.35 && is.figures >= 0.6 && is.conflict_density < 2) {
    return {true, JoinPolicy::kContained};
  }
  if (is.coverage >= 0.65 && evidence.names_least >= 12 && is.names >= 0.8 && is.figures >= 0.6 &&
      is.conflict_density < 1) {
    return {true, JoinPolicy::kSameNames};
  }
  if (is.coverage >= 0.5 && (is.untitled || is.title >= 0.5) && is.names >= 0.6 &&
      is.figures >= 0.6 && is.conflict_density < 1) {
    return {true, JoinPolicy::kSameNames};
  }
  if (is.coverage >= 0.5 && is.same_title && is.names >= 0.3 && is.figures >= 0.5 &&
      is.conflicts == 0) {
    return {true, JoinPolicy::kSameTitle};
  }
  if (IsEdited(evidence, 0.6) && is.same_title && is.names >= 0.65 && is.figures >= 0.6 &&
      is.conflict_density < 1) {
    return {true, JoinPolicy::kEdited};
  }
  return {false, JoinPolicy::kTooLittle};
}

Judgement JudgeLate(const Evidence& evidence, const Shares& is) {
  if (evidence.figure_conflicts > 0 || evidence.name_conflicts * 200 > is.words) {
    return {false, JoinPolicy::kOtherFigures};
  }
  if (is.words < kLateWords) {
    const bool all = is.same_title && is.coverage >= 0.97 && evidence.names_least >= 6 &&
                     is.names >= 0.9 && is.figures >= 0.9;
    return {all, all ? JoinPolicy::kRepeated : JoinPolicy::kLongAgo};
  }
  if (is.coverage >= 0.85 && is.names >= 0.5 && is.figures >= 0.5) {
    return {true, JoinPolicy::kContained};
  }
  if (is.coverage >= 0.5 && is.same_title && is.names >= 0.6 && is.figures >= 0.6) {
    return {true, JoinPolicy::kSameTitle};
  }
  if (IsEdited(evidence, 0.75) && is.same_title && is.words >= 2 * kLateWords &&
      evidence.names_least >= 5 && is.names >= 0.65 && is.figures >= 0.6) {
    return {true, JoinPolicy::kEdited};
  }
  return {false, JudgeNear(evidence, is).join ? JoinPolicy::kLongAgo : JoinPolicy::kTooLittle};
}

}  // namespace

Judgement JoinPolicy::Judge(const Evidence& evidence, const Circumstances& circumstances) const {
  const Shares is(evidence);
  const bool near = circumstances.apart <= near_window_;
  if (const auto reason = Veto(evidence, is, circumstances, near)) return {false, *reason};
  return near ? JudgeNear(evidence, is) : JudgeLate(evidence, is);
}

bool JoinPolicy::JoinsExact(size_t words) { return words >= kLateWords; }

}  // namespace sluice::dedupe
