#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::classify_relevance {

// Where folded text and its original drift apart: from `folded` on they advance together again.
struct FoldShift {
  uint32_t folded = 0;
  uint32_t original = 0;
};

// Text as terms are compared with it: case and accents gone, typographic quotes plain, hyphens and
// odd spaces a space, traditional and Japanese Han characters simplified where terms use them.
// UTF-8 stays UTF-8; a byte that is none becomes a space. Line breaks stay. Linear in the input;
// text that is ASCII goes 32 bytes at a time.
//
// A value that may be reused: Assign keeps the capacity. One thread.
class FoldedText {
 public:
  void Clear();
  // Folds `text` behind what is there. Inputs of 4 GiB and more are cut.
  void Append(std::string_view text);

  const std::string& text() const { return text_; }
  // The place in the inputs, laid end to end, from which a folded offset came.
  uint32_t OriginalOffset(uint32_t folded) const;

 private:
  void AppendCharacters(const char*& in, const char* end, const char* in_start);

  std::string text_;
  size_t used_ = 0;
  uint32_t original_bytes_ = 0;
  std::vector<FoldShift> shifts_;
};

std::string Fold(std::string_view text);

}  // namespace sluice::classify_relevance
