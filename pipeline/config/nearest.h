#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

// The candidate that `word` most likely meant, by edit distance (Levenshtein); empty where none is
// near: a third of the word's length, at least 2.
std::string Nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace sluice::config
