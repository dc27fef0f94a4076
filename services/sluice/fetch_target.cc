#include "services/fetch/address_policy.h"
#include "services/fetch/curl_http_client.h"
#include "services/fetch/drop_reasons.h"
#include "services/fetch/fetch_options.h"
#include "services/fetch/fetch_rpc.h"
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

class SubmissionTarget final : public Target {
 public:
  SubmissionTarget(const fetch::AddressPolicy& addresses, const TargetBase& base,
                   SourceList sources, const fetch::PageLimits& pages)
      : addresses_(addresses),
        rpc_({.stream = {.limits = pages}}, {.appender = base.appender,
                                             .clock = base.clock,
                                             .addresses = addresses_,
                                             .executor = base.disk,
                                             .admit = base.admit,
                                             .sources = std::move(sources)}) {}

  std::vector<runtime::StagePlan> Plans() override { return {}; }
  std::vector<TargetService> Services() override {
    return {{.hosted = {service::v1::FetchService::service_full_name(), &rpc_}}};
  }

 private:
  const fetch::AddressPolicy addresses_;
  fetch::FetchRpc rpc_;
};

absl::StatusOr<fetch::AddressPolicy> MakeAddressPolicy(const fetch::FetchOptions& options) {
  return fetch::AddressPolicy::Create({.allowed_networks = options.http.allowed_private_networks});
}

}  // namespace

absl::Status CheckFetch(const config::v1::Config& config, const std::string& /*config_directory*/) {
  absl::StatusOr<fetch::FetchOptions> options = fetch::FetchOptions::Create(config.fetch());
  return options.ok() ? MakeAddressPolicy(*options).status() : options.status();
}

absl::StatusOr<std::unique_ptr<Target>> MakeSubmissionTarget(const TargetBase& base,
                                                             Target::SourceList sources) {
  absl::StatusOr<fetch::FetchOptions> options = fetch::FetchOptions::Create(base.config.fetch());
  if (!options.ok()) return options.status();
  absl::StatusOr<fetch::AddressPolicy> addresses = MakeAddressPolicy(*options);
  if (!addresses.ok()) return addresses.status();
  return std::make_unique<SubmissionTarget>(
      *addresses, base, std::move(sources),
      fetch::PageLimits{.body_bytes_max = options->body_bytes_max});
}

absl::StatusOr<std::unique_ptr<Target>> MakeFetchTarget(const TargetBase& base) {
  absl::StatusOr<fetch::FetchOptions> options = fetch::FetchOptions::Create(base.config.fetch());
  if (!options.ok()) return options.status();
  absl::StatusOr<fetch::AddressPolicy> addresses = MakeAddressPolicy(*options);
  if (!addresses.ok()) return addresses.status();
  auto target = std::make_unique<FetchTarget>(*std::move(options), *addresses, base);
  if (absl::Status status = target->Open(); !status.ok()) return status;
  return target;
}

}  // namespace sluice::cli
