#include "services/deboilerplate/decide.h"

#include <algorithm>

namespace sluice::deboilerplate {

namespace {

// What the first model is so sure is none is not shown to the second.
constexpr float kHopeless = 0.04F;

}  // namespace

template <typename Write>
void Decider::Ask(const Forest& model, const Write& write) {
  answers_.resize(asked_.size());
  for (size_t from = 0; from < asked_.size(); from += Forest::kRows) {
    const size_t rows = std::min(Forest::kRows, asked_.size() - from);
    for (size_t row = 0; row < rows; ++row) write(asked_[from + row], columns_.data() + row);
    model.Predict(columns_.data(), absl::MakeSpan(answers_).subspan(from, rows));
  }
}

const std::vector<Judgement>& Decider::Decide(const Page& page, const BlockFeatures& features) {
  const float story_min = page.plain_text ? options_.text_story_min : options_.html_story_min;
  const size_t n = page.blocks.size();
  guess_.assign(n, 0);
  judgements_.assign(n, Judgement());
  asked_.clear();
  for (size_t i = 0; i < n; ++i) {
    if (page.blocks[i].hard_dropped) {
      judgements_[i].reason = Reason::kNavigation;
    } else {
      asked_.push_back(i);
    }
  }
  Ask(page.plain_text ? models_.text_first : models_.html_first,
      [&](size_t i, float* out) { features.Write(i, out); });
  for (size_t k = 0; k < asked_.size(); ++k) {
    const size_t i = asked_[k];
    guess_[i] = judgements_[i].first = judgements_[i].story = answers_[k];
  }
  std::erase_if(asked_, [this](size_t i) { return guess_[i] < kHopeless; });
  // Blocks of one kind are settled together, after few trees.
  std::sort(asked_.begin(), asked_.end(), [this](size_t a, size_t b) {
    return guess_[a] != guess_[b] ? guess_[a] > guess_[b] : a < b;
  });
  const BlockContext context(page, guess_);
  Ask(page.plain_text ? models_.text_second : models_.html_second, [&](size_t i, float* out) {
    const size_t columns = features.Write(i, out);
    context.Write(i, out + columns * Forest::kRows);
  });
  for (size_t k = 0; k < asked_.size(); ++k) {
    Judgement& judgement = judgements_[asked_[k]];
    judgement.story = answers_[k];
    judgement.kept = judgement.story > story_min;
    judgement.reason = judgement.kept ? Reason::kStory : Reason::kBoilerplate;
  }
  return judgements_;
}

}  // namespace sluice::deboilerplate
