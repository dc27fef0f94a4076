#pragma once

#include <array>
#include <string_view>

#include "pipeline/security/access.h"
#include "services/sluice/ports.h"

namespace prometheus {
class Counter;
class Gauge;
class Registry;
}  // namespace prometheus

namespace sluice::cli {

// What the ports tell of themselves, as metrics. Any thread.
class PortMetrics final : public security::AccessObserver {
 public:
  // `registry` outlives it.
  explicit PortMetrics(prometheus::Registry& registry);

  void Refused(std::string_view reason) override;

  // Until when the certificates are valid that stand in the files now.
  void ReadExpiry(const Ports& ports);

 private:
  std::array<prometheus::Counter*, security::AccessObserver::kReasons.size()> refused_;
  prometheus::Gauge& grpc_expiry_;
  prometheus::Gauge& http_expiry_;
};

}  // namespace sluice::cli
