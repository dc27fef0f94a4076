#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

// Debian builds Abseil with a string_view of its own, which neither converts to std::string_view
// nor from it. We use std::string_view and fmt throughout and cross over here.

namespace sluice::base {

inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view ToStd(absl::string_view text) { return {text.data(), text.size()}; }

// Hash and equality for string keys that are looked up by std::string_view without a copy.
struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <typename Value>
using StringMap = absl::flat_hash_map<std::string, Value, StringHash, std::equal_to<>>;

}  // namespace sluice::base

template <>
struct fmt::formatter<absl::string_view> : fmt::formatter<std::string_view> {
  template <typename Context>
  auto format(absl::string_view text, Context& context) const {
    return fmt::formatter<std::string_view>::format(sluice::base::ToStd(text), context);
  }
};

template <>
struct fmt::formatter<absl::Status> : fmt::formatter<std::string_view> {
  template <typename Context>
  auto format(const absl::Status& status, Context& context) const {
    return fmt::formatter<std::string_view>::format(status.ToString(), context);
  }
};

template <>
struct fmt::formatter<absl::Duration> : fmt::formatter<std::string_view> {
  template <typename Context>
  auto format(absl::Duration duration, Context& context) const {
    return fmt::formatter<std::string_view>::format(absl::FormatDuration(duration), context);
  }
};

// RFC 3339, UTC.
template <>
struct fmt::formatter<absl::Time> : fmt::formatter<std::string_view> {
  template <typename Context>
  auto format(absl::Time time, Context& context) const {
    return fmt::formatter<std::string_view>::format(
        absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()), context);
  }
};
