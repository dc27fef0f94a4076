#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

namespace sluice::classify_relevance {

// Finds all occurrences of many literals in one run over a text.
class TermMatcher {
 public:
  // `literal` is its place in the list that the matcher was made of, `end` the offset behind it.
  using Found = absl::FunctionRef<void(uint32_t literal, uint32_t end)>;

  virtual ~TermMatcher() = default;

  // Reports every occurrence, overlapping ones too, in any order (nearly by rising `end`).
  // Linear in the text. Any thread.
  virtual void Match(std::string_view text, Found found) const = 0;
};

// One automaton of Vectorscan (Hyperscan's portable form). Literals are bytes, without any pattern
// syntax, none empty and none twice.
//   kResourceExhausted: the automaton could not be built in memory. kInternal: the library refused.
absl::StatusOr<std::unique_ptr<TermMatcher>> MakeVectorscanMatcher(
    const std::vector<std::string>& literals);

}  // namespace sluice::classify_relevance
