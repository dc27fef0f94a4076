#include "services/fetch/schedule.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "pipeline/base/strings.h"

namespace sluice::fetch {
namespace {

constexpr uint64_t kSlowerPercent = 67;  // Of items seen before.
constexpr uint64_t kFasterPercent = 33;
constexpr double kSlower = 1.5;
constexpr double kRetryFactor = 4;

// Beyond any bound; keeps hostile numbers within int64.
constexpr int64_t kSecondsMax = int64_t{10} * 365 * 24 * 3600;

absl::Duration Seconds(std::string_view digits) {
  if (digits.empty() || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) {
    return absl::ZeroDuration();
  }
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(base::ToAbsl(digits), &seconds)) seconds = kSecondsMax;
  return absl::Seconds(std::min(seconds, kSecondsMax));
}

std::string_view Strip(std::string_view text) {
  return base::ToStd(absl::StripAsciiWhitespace(base::ToAbsl(text)));
}

}  // namespace

absl::Duration NextSourceInterval(const SourceVisit& visit) {
  absl::Duration interval = visit.interval;
  if (visit.failures > 0) {
    for (uint32_t i = 0; i < visit.failures && interval < visit.interval_max; ++i) interval *= 2;
  } else if (visit.first) {
    interval = visit.configured;  // That everything is new to us says nothing about the source.
  } else {
    const uint64_t repeated = visit.items - std::min(visit.items, visit.items_new);
    if (100 * repeated >= kSlowerPercent * visit.items) interval *= kSlower;
    if (100 * repeated < kFasterPercent * visit.items) interval /= kSlower;
  }
  interval = std::max({interval, visit.ttl, visit.max_age});
  const absl::Duration lower = std::min(visit.configured, visit.interval_min);
  interval = std::clamp(interval, lower, std::max(lower, visit.interval_max));
  return std::max(interval, visit.retry_after);
}

absl::Duration RetryDelay(uint32_t attempts, absl::Duration first, absl::Duration max) {
  absl::Duration delay = first;
  for (uint32_t i = 1; i < attempts && delay < max; ++i) delay *= kRetryFactor;
  return std::min(delay, max);
}

absl::Time NextRevisit(absl::Span<const absl::Duration> revisits, absl::Time first_fetched,
                       uint32_t made, absl::Time now) {
  if (made >= revisits.size()) return absl::InfiniteFuture();
  const absl::Time planned = first_fetched + revisits[made];
  if (planned > now) return planned;
  return now + revisits[made] - (made == 0 ? absl::ZeroDuration() : revisits[made - 1]);
}

absl::Duration ParseRetryAfter(std::string_view value, absl::Time now) {
  value = Strip(value);
  if (const absl::Duration seconds = Seconds(value); seconds > absl::ZeroDuration()) return seconds;
  absl::Time time;
  // The three forms of RFC 9110 §5.6.7.
  for (const char* form :
       {"%a, %d %b %E4Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %E4Y"}) {
    if (absl::ParseTime(form, base::ToAbsl(value), &time, nullptr)) {
      return std::clamp(time - now, absl::ZeroDuration(), absl::Seconds(kSecondsMax));
    }
  }
  return absl::ZeroDuration();
}

absl::Duration ParseMaxAge(std::string_view value) {
  absl::Duration max_age = absl::ZeroDuration();
  while (!value.empty()) {
    const size_t comma = value.find(',');
    const std::string directive =
        absl::AsciiStrToLower(base::ToAbsl(Strip(value.substr(0, comma))));
    value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
    if (directive == "no-cache" || directive == "no-store") return absl::ZeroDuration();
    constexpr std::string_view kName = "max-age=";
    if (!directive.starts_with(kName)) continue;
    std::string_view number = std::string_view(directive).substr(kName.size());
    if (number.size() >= 2 && number.front() == '"' && number.back() == '"') {
      number = number.substr(1, number.size() - 2);
    }
    max_age = Seconds(number);
  }
  return max_age;
}

}  // namespace sluice::fetch
