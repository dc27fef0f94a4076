#include "services/deboilerplate/decide.h"

namespace sluice::deboilerplate {

const std::vector<Judgement>& Decider::Decide(const Page& page, const FeatureTable& features) {
  const Gbdt& first = page.plain_text ? models_.text_first : models_.html_first;
  const Gbdt& second = page.plain_text ? models_.text_second : models_.html_second;
  const float story_min = page.plain_text ? options_.text_story_min : options_.html_story_min;
  const size_t n = page.blocks.size();
  guess_.assign(n, 0);
  judgements_.assign(n, Judgement());
  for (size_t i = 0; i < n; ++i) {
    if (!page.blocks[i].hard_dropped) guess_[i] = first.Predict(features.Row(i));
  }
  context_.Compute(page, features, guess_);
  for (size_t i = 0; i < n; ++i) {
    Judgement& judgement = judgements_[i];
    judgement.first = guess_[i];
    if (page.blocks[i].hard_dropped) {
      judgement.reason = Reason::kNavigation;
      continue;
    }
    judgement.story = second.Predict(context_.Row(i));
    judgement.kept = judgement.story > story_min;
    judgement.reason = judgement.kept ? Reason::kStory : Reason::kBoilerplate;
  }
  return judgements_;
}

}  // namespace sluice::deboilerplate
