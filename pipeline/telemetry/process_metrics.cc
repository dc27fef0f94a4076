#include "pipeline/telemetry/process_metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "pipeline/base/version.h"

namespace sluice::telemetry {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily MakeFamily(const char* name, const char* help, MetricType type, double value) {
  MetricFamily family{name, help, type, {}};
  family.metric.resize(1);
  if (type == MetricType::Counter) {
    family.metric[0].counter.value = value;
  } else {
    family.metric[0].gauge.value = value;
  }
  return family;
}

// Pages of virtual and resident memory.
std::pair<double, double> ReadMemoryBytes() {
  std::ifstream file("/proc/self/statm");
  double virtual_pages = 0;
  double resident_pages = 0;
  file >> virtual_pages >> resident_pages;
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  return {virtual_pages * page, resident_pages * page};
}

double ReadCpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double CountOpenFiles() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  return error ? 0 : static_cast<double>(std::distance(begin(files), end(files)));
}

class ProcessMetrics final : public prometheus::Collectable {
 public:
  std::vector<MetricFamily> Collect() const override {
    const auto [virtual_bytes, resident_bytes] = ReadMemoryBytes();
    std::vector<MetricFamily> families = {
        MakeFamily("process_resident_memory_bytes", "Memory in use.", MetricType::Gauge,
                   resident_bytes),
        MakeFamily("process_virtual_memory_bytes", "Address space in use.", MetricType::Gauge,
                   virtual_bytes),
        MakeFamily("process_cpu_seconds_total", "Processor time used.", MetricType::Counter,
                   ReadCpuSeconds()),
        MakeFamily("process_open_fds", "Open files.", MetricType::Gauge, CountOpenFiles()),
        MakeFamily("process_start_time_seconds", "When the process began, Unix time.",
                   MetricType::Gauge, start_seconds_),
        MakeFamily("sluice_build_info", "1; the label is the program's version.", MetricType::Gauge,
                   1),
    };
    families.back().metric[0].label.push_back({"version", std::string(base::kVersion)});
    return families;
  }

 private:
  const double start_seconds_ = static_cast<double>(absl::ToUnixSeconds(absl::Now()));
};

}  // namespace

std::unique_ptr<prometheus::Collectable> MakeProcessMetrics() {
  return std::make_unique<ProcessMetrics>();
}

}  // namespace sluice::telemetry
