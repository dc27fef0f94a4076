#pragma once

#include <string_view>

#include "absl/time/time.h"
#include "services/dedupe/evidence.h"

namespace sluice::dedupe {

// Whether two texts are versions of one article, and the rule that said so.
struct Judgement {
  bool join = false;
  std::string_view reason;  // One of the constants below.
};

// What besides the texts counts.
struct Circumstances {
  absl::Duration apart;    // Between the documents' dates, not negative.
  bool same_site = false;  // Both are of one site.
};

// Judges the evidence. A false join suppresses news and a missed one only repeats it, so that every
// way to a join asks names, figures and titles to agree the more, the less of the text is shared.
// Forms (the same text about other facts) differ by figures and names in between shared words, by
// the words in which their titles differ, or by being tables; boxes that sites put on many pages
// are short, without names and under unlike titles.
//
// The thresholds were set on newswire, local news and generated streams, in that order; README.md
// has what they reach. Pure; any thread.
class JoinPolicy {
 public:
  // Joins.
  static constexpr std::string_view kContained = "contained";   // Most of the shorter text.
  static constexpr std::string_view kSameNames = "same_names";  // Much of it, and the names.
  static constexpr std::string_view kSameTitle = "same_title";  // Half of it, and the title.
  static constexpr std::string_view kEdited =
      "edited_throughout";                                   // Little in a row, but everywhere.
  static constexpr std::string_view kRepeated = "repeated";  // Long ago, and all of it.
  // No joins.
  static constexpr std::string_view kTooShort = "too_short";
  static constexpr std::string_view kOtherTitle = "other_title";
  static constexpr std::string_view kOtherSubject = "other_subject";  // Titles name other things.
  static constexpr std::string_view kOtherFigures = "other_figures";
  static constexpr std::string_view kTooLittle = "too_little_shared";
  static constexpr std::string_view kLongAgo = "long_ago";  // Enough for near_window, not beyond.

  explicit JoinPolicy(absl::Duration near_window) : near_window_(near_window) {}

  Judgement Judge(const Evidence& evidence, const Circumstances& circumstances) const;

  // Of a text met again word by word after the first one has been forgotten.
  static bool JoinsExact(size_t words);

 private:
  absl::Duration near_window_;
};

}  // namespace sluice::dedupe
