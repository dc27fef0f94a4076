#include "services/classify_relevance/classifier.h"
#include "services/classify_relevance/classify_relevance_options.h"
#include "services/classify_relevance/classify_relevance_rpc.h"
#include "services/classify_relevance/classify_relevance_stage.h"
#include "services/sluice/data_dir.h"
#include "services/sluice/target.h"

namespace sluice::cli {
namespace {

using classify_relevance::Classifier;
using classify_relevance::ClassifyRelevanceOptions;
using classify_relevance::ClassifyRelevanceStage;

class ClassifyRelevanceTarget final : public Target {
 public:
  ClassifyRelevanceTarget(ClassifyRelevanceOptions options, std::unique_ptr<Classifier> classifier)
      : options_(std::move(options)), classifier_(std::move(classifier)), rpc_(*classifier_) {}

  std::vector<runtime::StagePlan> Plans() override {
    return {{.spec = ClassifyRelevanceStage::Spec(),
             .drop_reasons = {ClassifyRelevanceStage::kDropReasons.begin(),
                              ClassifyRelevanceStage::kDropReasons.end()},
             .make = [this](log::Partition,
                            const runtime::Wake&) -> absl::StatusOr<std::unique_ptr<stage::Stage>> {
               return ClassifyRelevanceStage::Create(options_, *classifier_);
             }}};
  }
  std::vector<TargetService> Services() override {
    return {{.hosted = {service::v1::ClassifyRelevanceService::service_full_name(), &rpc_}}};
  }

 private:
  const ClassifyRelevanceOptions options_;
  const std::unique_ptr<Classifier> classifier_;
  classify_relevance::ClassifyRelevanceRpc rpc_;
};

// The options and the topics that they name, read.
struct Loaded {
  ClassifyRelevanceOptions options;
  std::unique_ptr<Classifier> classifier;
};

absl::StatusOr<Loaded> Load(const config::v1::Config& config, const std::string& config_directory) {
  absl::StatusOr<ClassifyRelevanceOptions> options =
      classify_relevance::MakeClassifyRelevanceOptions(
          config.classify_relevance(),
          [&](const std::string& path) { return FindDataFile(path, config_directory); });
  if (!options.ok()) return options.status();
  absl::StatusOr<std::unique_ptr<Classifier>> classifier =
      Classifier::Open(options->topic_files, {.evidence_max = options->evidence_max});
  if (!classifier.ok()) return classifier.status();
  if (auto stage = ClassifyRelevanceStage::Create(*options, **classifier); !stage.ok())
    return stage.status();
  return Loaded{*std::move(options), *std::move(classifier)};
}

}  // namespace

absl::Status CheckClassifyRelevance(const config::v1::Config& config,
                                    const std::string& config_directory) {
  return Load(config, config_directory).status();
}

absl::StatusOr<std::unique_ptr<Target>> MakeClassifyRelevanceTarget(const TargetBase& base) {
  absl::StatusOr<Loaded> loaded = Load(base.config, base.config_directory);
  if (!loaded.ok()) return loaded.status();
  return std::make_unique<ClassifyRelevanceTarget>(std::move(loaded->options),
                                                   std::move(loaded->classifier));
}

}  // namespace sluice::cli
