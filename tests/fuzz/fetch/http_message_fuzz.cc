// A stored HTTP response.
#include <cstdint>
#include <string_view>

#include "services/fetch/http_message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto message = sluice::fetch::ParseHttpMessage(input);
  if (!message) return 0;
  for (const bool keep_gzip : {false, true}) {
    sluice::fetch::HttpBody body;
    DecodeHttpBody(*message, {.limits = {.bytes_max = 1 << 20}, .keep_gzip = keep_gzip}, body)
        .IgnoreError();
  }
  return 0;
}
