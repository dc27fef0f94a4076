#include "services/deboilerplate/deboilerplate_options.h"

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"

namespace sluice::deboilerplate {
namespace {

template <typename T>
absl::Status InRange(std::string_view name, T value, T least, T most) {
  if (least <= value && value <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("deboilerplate.{} is {}; it must be {} to {}", name, value, least, most));
}

}  // namespace

absl::Status Check(const DeboilerplateOptions& options) {
  const absl::Status checks[] = {
      InRange<size_t>("page_bytes_max", options.extractor.bytes_max, 1024, 256 << 20),
      InRange<size_t>("elements_max", options.extractor.elements_max, 100, 10'000'000),
      InRange<size_t>("blocks_max", options.extractor.blocks_max, 100, 1'000'000),
      InRange<double>("confidence_min", options.confidence_min, 0, 1),
      InRange("site_memory_max", options.site_memory_max, absl::Hours(1), absl::Hours(24 * 365)),
  };
  for (const absl::Status& status : checks) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<DeboilerplateOptions> FromConfig(const config::v1::Deboilerplate& config) {
  DeboilerplateOptions options;
  if (config.has_page_bytes_max()) options.extractor.bytes_max = config.page_bytes_max();
  if (config.has_elements_max()) options.extractor.elements_max = config.elements_max();
  if (config.has_blocks_max()) options.extractor.blocks_max = config.blocks_max();
  if (config.has_confidence_min()) options.confidence_min = config.confidence_min();
  if (config.has_site_memory()) options.site_memory = config.site_memory();
  if (config.has_site_memory_max())
    options.site_memory_max = base::FromProto(config.site_memory_max());
  if (absl::Status status = Check(options); !status.ok()) return status;
  return options;
}

}  // namespace sluice::deboilerplate
