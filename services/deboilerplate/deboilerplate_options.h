#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/deboilerplate/extractor.h"
#include "sluice/config/v1/deboilerplate.pb.h"

namespace sluice::deboilerplate {

struct DeboilerplateOptions {
  Extractor::Options extractor;
  double confidence_min = 0.3;  // In [0, 1]. An article less sure is dropped.
  bool site_memory = true;      // Whether repeated lines of a site are taken out.
  absl::Duration site_memory_max =
      absl::Hours(24 * 30);  // By log time, since the site was seen last.
};

// kInvalidArgument: an option is out of range; the message names it, its value and the range.
absl::Status Check(const DeboilerplateOptions& options);
absl::StatusOr<DeboilerplateOptions> FromConfig(const config::v1::Deboilerplate& config);

}  // namespace sluice::deboilerplate
