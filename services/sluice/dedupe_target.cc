#include "services/dedupe/dedupe_options.h"
#include "services/dedupe/dedupe_rpc.h"
#include "services/dedupe/dedupe_stage.h"
#include "services/dedupe/lookup_mailbox.h"
#include "services/sluice/target.h"

namespace sluice::cli {
namespace {

using dedupe::DedupeStage;

class DedupeTarget final : public Target {
 public:
  explicit DedupeTarget(const dedupe::DedupeOptions& options)
      : options_(options), rpc_(options.fingerprint, mailbox_) {}

  std::vector<runtime::StagePlan> Plans() override {
    return {{.spec = DedupeStage::Spec(),
             .drop_reasons = {DedupeStage::kDropReasons.begin(), DedupeStage::kDropReasons.end()},
             .make = [this](log::Partition,
                            runtime::Wake wake) -> absl::StatusOr<std::unique_ptr<stage::Stage>> {
               return DedupeStage::Create(options_, &mailbox_, std::move(wake));
             }}};
  }
  std::vector<TargetService> Services() override {
    return {{.hosted = {service::v1::DedupeService::service_full_name(), &rpc_}}};
  }

 private:
  const dedupe::DedupeOptions options_;
  dedupe::LookupMailbox mailbox_;
  dedupe::DedupeRpc rpc_;
};

}  // namespace

absl::Status CheckDedupe(const config::v1::Config& config,
                         const std::string& /*config_directory*/) {
  return dedupe::FromConfig(config.dedupe()).status();
}

absl::StatusOr<std::unique_ptr<Target>> MakeDedupeTarget(const TargetBase& base) {
  absl::StatusOr<dedupe::DedupeOptions> options = dedupe::FromConfig(base.config.dedupe());
  if (!options.ok()) return options.status();
  return std::make_unique<DedupeTarget>(*options);
}

}  // namespace sluice::cli
