#include "services/fetch/address_policy.h"
#include "services/fetch/curl_http_client.h"
#include "services/fetch/drop_reasons.h"
#include "services/fetch/fetch_options.h"
#include "services/fetch/fetch_stage.h"
#include "services/fetch/fetch_tables.h"
#include "services/sluice/observers.h"
#include "services/sluice/target.h"

namespace sluice::cli {
namespace {

class FetchTarget final : public Target {
 public:
  FetchTarget(fetch::FetchOptions options, const fetch::AddressPolicy& addresses,
              const TargetBase& base)
      : options_(std::move(options)),
        addresses_(addresses),
        shards_(base.log.Partitions(fetch::FetchSpec().inputs.front())),
        admit_(base.admit),
        observer_(MakeFetchMetrics(base.registry)) {}

  absl::Status Open() {
    absl::StatusOr<std::unique_ptr<fetch::CurlHttpClient>> http =
        fetch::CurlHttpClient::Create(options_.http, addresses_);
    if (!http.ok()) return http.status();
    http_ = *std::move(http);
    return absl::OkStatus();
  }

  std::vector<runtime::StagePlan> Plans() override {
    return {{.spec = fetch::FetchSpec(),
             .drop_reasons = {fetch::kDropReasons.begin(), fetch::kDropReasons.end()},
             .makes_heartbeats = true,
             .make = [this](log::Partition shard,
                            runtime::Wake wake) -> absl::StatusOr<std::unique_ptr<stage::Stage>> {
               return std::make_unique<fetch::FetchStage>(
                   options_,
                   fetch::FetchStage::Dependencies{.http = http_.get(),
                                                   .addresses = &addresses_,
                                                   .observer = observer_.get(),
                                                   .wake = std::move(wake),
                                                   .held = [this] { return !admit_().ok(); }},
                   shard, shards_);
             }}};
  }
  std::vector<TargetService> Services() override { return {}; }

 private:
  const fetch::FetchOptions options_;
  const fetch::AddressPolicy addresses_;
  const log::Partition shards_;
  const std::function<absl::Status()> admit_;
  const std::unique_ptr<fetch::FetchObserver> observer_;
  std::unique_ptr<fetch::CurlHttpClient> http_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Target>> MakeFetchTarget(const TargetBase& base) {
  absl::StatusOr<fetch::FetchOptions> options = fetch::FetchOptions::Create(base.config.fetch());
  if (!options.ok()) return options.status();
  absl::StatusOr<fetch::AddressPolicy> addresses =
      fetch::AddressPolicy::Create({.allowed_networks = options->http.allowed_private_networks});
  if (!addresses.ok()) return addresses.status();
  auto target = std::make_unique<FetchTarget>(*std::move(options), *addresses, base);
  if (absl::Status status = target->Open(); !status.ok()) return status;
  return target;
}

}  // namespace sluice::cli
