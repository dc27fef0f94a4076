// A configuration is read without a crash, whatever it says.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "pipeline/config/yaml_reader.h"
#include "sluice/config/v1/config.pb.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto nothing = [](const std::string&) -> std::optional<std::string> {
    return std::nullopt;
  };
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  sluice::config::v1::Config config;
  sluice::config::ReadYaml(text, "fuzz", nothing, config).IgnoreError();
  sluice::config::ApplyAssignment(text, nothing, config).IgnoreError();
  return 0;
}
