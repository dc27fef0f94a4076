#include "services/sluice/port_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <iterator>

namespace sluice::cli {
namespace {

prometheus::Gauge& MakeExpiry(prometheus::Registry& registry, const char* port) {
  return prometheus::BuildGauge()
      .Name("sluice_certificate_expiry_timestamp_seconds")
      .Help(
          "When the certificate in the port's files ends, Unix time. 0: it has none. 1: they "
          "cannot be used.")
      .Register(registry)
      .Add({{"port", port}});
}

// Files that cannot be used have ended, as far as clients can tell.
void SetExpiry(const security::CertificateFiles& files, prometheus::Gauge& gauge) {
  if (files.certificate.empty()) return;
  const absl::StatusOr<absl::Time> expiry = security::CertificateExpiry(files.certificate);
  const bool usable = expiry.ok() && security::CheckCertificateFiles(files, "").ok();
  gauge.Set(usable ? static_cast<double>(absl::ToUnixSeconds(*expiry)) : 1);
}

}  // namespace

PortMetrics::PortMetrics(prometheus::Registry& registry)
    : grpc_expiry_(MakeExpiry(registry, "grpc")), http_expiry_(MakeExpiry(registry, "http")) {
  auto& family = prometheus::BuildCounter()
                     .Name("sluice_calls_refused_total")
                     .Help("Calls and requests of pages refused for their token, by reason.")
                     .Register(registry);
  std::ranges::transform(kReasons, refused_.begin(), [&family](std::string_view reason) {
    return &family.Add({{"reason", std::string(reason)}});
  });
}

void PortMetrics::Refused(std::string_view reason) {
  const auto found = std::ranges::find(kReasons, reason);
  if (found != kReasons.end()) refused_[std::distance(kReasons.begin(), found)]->Increment();
}

void PortMetrics::ReadExpiry(const Ports& ports) {
  SetExpiry(ports.grpc_certificates(), grpc_expiry_);
  SetExpiry(ports.http_certificates(), http_expiry_);
}

}  // namespace sluice::cli
