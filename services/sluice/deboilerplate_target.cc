#include "services/deboilerplate/deboilerplate_options.h"
#include "services/deboilerplate/deboilerplate_rpc.h"
#include "services/deboilerplate/deboilerplate_stage.h"
#include "services/sluice/target.h"

namespace sluice::cli {
namespace {

using deboilerplate::DeboilerplateStage;

class DeboilerplateTarget final : public Target {
 public:
  DeboilerplateTarget(const deboilerplate::DeboilerplateOptions& options,
                      std::unique_ptr<deboilerplate::Extractor> extractor, rpc::Executor& executor)
      : options_(options), extractor_(std::move(extractor)), rpc_(*extractor_, executor) {}

  std::vector<runtime::StagePlan> Plans() override {
    return {{.spec = DeboilerplateStage::Spec(),
             .drop_reasons = {DeboilerplateStage::kDropReasons.begin(),
                              DeboilerplateStage::kDropReasons.end()},
             .make = [this](log::Partition,
                            const runtime::Wake&) -> absl::StatusOr<std::unique_ptr<stage::Stage>> {
               return DeboilerplateStage::Create(options_);
             }}};
  }
  std::vector<TargetService> Services() override {
    return {{.hosted = {service::v1::DeboilerplateService::service_full_name(), &rpc_}}};
  }

 private:
  const deboilerplate::DeboilerplateOptions options_;
  const std::unique_ptr<deboilerplate::Extractor> extractor_;
  deboilerplate::DeboilerplateRpc rpc_;
};

}  // namespace

absl::Status CheckDeboilerplate(const config::v1::Config& config,
                                const std::string& /*config_directory*/) {
  return deboilerplate::FromConfig(config.deboilerplate()).status();
}

absl::StatusOr<std::unique_ptr<Target>> MakeDeboilerplateTarget(const TargetBase& base) {
  absl::StatusOr<deboilerplate::DeboilerplateOptions> options =
      deboilerplate::FromConfig(base.config.deboilerplate());
  if (!options.ok()) return options.status();
  absl::StatusOr<std::unique_ptr<deboilerplate::Extractor>> extractor =
      deboilerplate::Extractor::Create(options->extractor);
  if (!extractor.ok()) return extractor.status();
  return std::make_unique<DeboilerplateTarget>(*options, *std::move(extractor), base.disk);
}

}  // namespace sluice::cli
