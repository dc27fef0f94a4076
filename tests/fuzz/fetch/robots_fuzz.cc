// The input's first line is a path, the rest a robots.txt.
#include <cstdint>
#include <string>
#include <string_view>

#include "services/fetch/robots.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(input.find('\n'), input.size());
  const auto url =
      sluice::url::Url::Parse("https://site.example/" + std::string(input.substr(0, line)));
  if (!url.ok()) return 0;
  sluice::fetch::Robots::Parse(input.substr(line), "sluice").Allows(*url);
  return 0;
}
