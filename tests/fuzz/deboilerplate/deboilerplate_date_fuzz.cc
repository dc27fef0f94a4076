// Any bytes as a date: what is read can be written and read again.
#include <cstdint>
#include <cstdlib>

#include "services/deboilerplate/dates.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sluice::deboilerplate::PageDate;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const std::optional<PageDate>& date :
       {sluice::deboilerplate::ParseMachineDate(bytes),
        sluice::deboilerplate::FindDate(bytes, true), sluice::deboilerplate::FindDate(bytes, false),
        sluice::deboilerplate::FindUrlDate(bytes)}) {
    if (!date.has_value()) continue;
    const auto again = sluice::deboilerplate::ParseMachineDate(date->Format());
    if (!again.has_value() || again->civil != date->civil) std::abort();
  }
  return 0;
}
