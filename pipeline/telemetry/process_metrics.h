#pragma once

#include <memory>

namespace prometheus {
class Collectable;
}

namespace sluice::telemetry {

// Memory, CPU time, open files and start time of this process, under the names that Prometheus'
// clients use, and the program's version as sluice_build_info. Read from /proc at each scrape.
std::unique_ptr<prometheus::Collectable> MakeProcessMetrics();

}  // namespace sluice::telemetry
