#pragma once

#include <string>
#include <string_view>

namespace sluice::stage {

// What a stage decided for a page. A drop is an answer, not an error.
struct Verdict {
  enum class Kind {
    kPassed,     // Emitted to the next stage.
    kPublished,  // Passed, and this was the last stage: the page has ended in the feed.
    kDropped,    // Ended on purpose.
    kHeld,       // The stage keeps it and ends it later by Outcomes::Settle.
  };

  Kind kind = Kind::kPassed;
  std::string_view
      reason;  // Of the stage's closed set of constants: it labels a metric. Empty where passed.
  std::string detail;  // For people.

  static Verdict Passed(std::string detail = "") { return {Kind::kPassed, "", std::move(detail)}; }
  static Verdict Published(std::string_view event, std::string detail = "") {
    return {Kind::kPublished, event, std::move(detail)};
  }
  static Verdict Dropped(std::string_view reason, std::string detail = "") {
    return {Kind::kDropped, reason, std::move(detail)};
  }
  static Verdict Held(std::string detail = "") { return {Kind::kHeld, "", std::move(detail)}; }
};

}  // namespace sluice::stage
