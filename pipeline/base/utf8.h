#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::base {

// `text` as what a proto3 string field may carry: U+FFFD in place of every byte sequence that is no
// UTF-8 (maximal subparts, as in the Encoding standard), and no more than `bytes_max` bytes, cut
// before the first character that does not fit. A message with any other text can be written but
// never parsed again, so whatever comes from outside passes through here.
std::string ToValidUtf8(std::string_view text, size_t bytes_max = std::string_view::npos);

// The beginning of a well-formed `text` that fits into `bytes_max` and cuts no character.
std::string_view CutUtf8(std::string_view text, size_t bytes_max);

// Whether all of `text` is well-formed (RFC 3629).
bool IsValidUtf8(std::string_view text);

// How many bytes come before the first ill-formed sequence.
size_t ValidUtf8Prefix(std::string_view text);

}  // namespace sluice::base
