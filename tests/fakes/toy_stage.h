#pragma once

#include <map>
#include <memory>
#include <string>

#include "pipeline/runtime/stage_plan.h"
#include "pipeline/stage/stage.h"

namespace sluice::fakes {

// A stage that is small enough to be predicted: it reads Documents, counts them by title in a
// table, and emits each with its count in the text. What the title says decides: "drop" is dropped,
// "poison" is refused at Prepare, "refuse" at Apply after it has emitted, "flaky" fails
// `flaky_failures` times in passing first.
class ToyStage : public stage::Stage {
 public:
  static constexpr std::string_view kUnwanted = "unwanted";

  struct Options {
    std::string output = "documents";
    int flaky_failures = 2;
  };

  explicit ToyStage(const Options& options) : options_(options) {}

  void Load(std::string_view table, std::string_view key, std::string_view value) override;
  absl::StatusOr<std::unique_ptr<stage::Prepared>> Prepare(
      const log::Record& record) const override;
  absl::StatusOr<stage::Verdict> Apply(stage::Prepared& prepared, const log::Record& record,
                                       log::Transaction& transaction) override;

 private:
  Options options_;
  std::map<std::string, int> seen_;  // By title; what Load and Apply have told.
  int failures_ = 0;
};

// From raw-pages to documents, or from `input` to `output`.
runtime::StagePlan MakeToyPlan(std::string stage = "toy", std::string input = "raw-pages",
                               std::string output = "documents");

// An encoded Document with that title and an id and URL of its own.
std::string MakeToyPage(std::string_view title, int number);

}  // namespace sluice::fakes
