// A date. What is read must be within the years that the parser promises, give or take a zone.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "services/fetch/feed_date.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto time = sluice::fetch::ParseFeedDate({reinterpret_cast<const char*>(data), size});
  if (!time) return 0;
  const int64_t year = absl::ToCivilYear(*time, absl::UTCTimeZone()).year();
  if (year < 0 || year > 10'000) std::abort();
  return 0;
}
