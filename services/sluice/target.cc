#include "services/sluice/target.h"

#include "services/classify_relevance/classify_relevance_stage.h"
#include "services/deboilerplate/deboilerplate_stage.h"
#include "services/dedupe/dedupe_stage.h"
#include "services/fetch/fetch_tables.h"

namespace sluice::cli {

const std::vector<TargetKind>& TargetKinds() {
  static const auto& kinds = *new std::vector<TargetKind>{
      {"fetch", [] { return std::vector{fetch::FetchSpec()}; }, CheckFetch, true, false,
       MakeFetchTarget},
      {"deboilerplate", [] { return std::vector{deboilerplate::DeboilerplateStage::Spec()}; },
       CheckDeboilerplate, false, true, MakeDeboilerplateTarget},
      {"dedupe", [] { return std::vector{dedupe::DedupeStage::Spec()}; }, CheckDedupe, false, true,
       MakeDedupeTarget},
      {"classify-relevance",
       [] { return std::vector{classify_relevance::ClassifyRelevanceStage::Spec()}; },
       CheckClassifyRelevance, false, true, MakeClassifyRelevanceTarget},
      {"feed", [] { return std::vector<log::Spec>(); }, CheckFeed, true, false, MakeFeedTarget},
  };
  return kinds;
}

}  // namespace sluice::cli
