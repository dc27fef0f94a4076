#include "services/deboilerplate/decide.h"

namespace sluice::deboilerplate {

namespace {

// What the first model is so sure is none is not shown to the second.
constexpr float kHopeless = 0.04F;

}  // namespace

const std::vector<Judgement>& Decider::Decide(const Page& page, const BlockFeatures& features) {
  const Gbdt& first = page.plain_text ? models_.text_first : models_.html_first;
  const Gbdt& second = page.plain_text ? models_.text_second : models_.html_second;
  const float story_min = page.plain_text ? options_.text_story_min : options_.html_story_min;
  const size_t n = page.blocks.size();
  guess_.assign(n, 0);
  judgements_.assign(n, Judgement());
  for (size_t i = 0; i < n; ++i) {
    if (page.blocks[i].hard_dropped) continue;
    features.Write(i, row_);
    guess_[i] = first.Predict(row_.data());
  }
  const BlockContext context(page, guess_);
  for (size_t i = 0; i < n; ++i) {
    Judgement& judgement = judgements_[i];
    judgement.first = guess_[i];
    if (page.blocks[i].hard_dropped) {
      judgement.reason = Reason::kNavigation;
      continue;
    }
    if (guess_[i] < kHopeless) {
      judgement.story = guess_[i];
      continue;
    }
    features.Write(i, row_);
    context.Append(i, row_);
    judgement.story = second.Predict(row_.data());
    judgement.kept = judgement.story > story_min;
    judgement.reason = judgement.kept ? Reason::kStory : Reason::kBoilerplate;
  }
  return judgements_;
}

}  // namespace sluice::deboilerplate
