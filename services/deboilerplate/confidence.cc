#include "services/deboilerplate/confidence.h"

#include <algorithm>
#include <cmath>

namespace sluice::deboilerplate {
namespace {

#include "services/deboilerplate/confidence_weights.inc"

enum Feature : size_t {
  kOne,
  kPlainText,
  kSureness,   // Mean probability of the kept words.
  kPrecision,  // As the probabilities have it.
  kRecall,
  kLogRightness,  // Logit of the F1 of these two.
  kLogWords,      // Kept.
  kFewWords,
  kShareOfPage,     // Kept words of all.
  kFragments,       // Kept runs a kept block.
  kDoubtful,        // Share of the page's words near the threshold.
  kHopefulLeftOut,  // Words left out that are likelier than not to be story by the first model.
  kArticleSaid,     // Linked data say that there is one.
  kPlainLogRightness,
  kCount
};
static_assert(kCount == kConfidenceFeatures);

constexpr std::array<std::string_view, kConfidenceFeatures> kNames = {
    "one",           "plain_text",       "sureness",     "precision",          "recall",
    "log_rightness", "log_words",        "few_words",    "share_of_page",      "fragments",
    "doubtful",      "hopeful_left_out", "article_said", "plain_log_rightness"};

double Logit(double share) {
  constexpr double kEdge = 0.002;
  share = std::clamp(share, kEdge, 1 - kEdge);
  return std::log(share / (1 - share));
}

}  // namespace

std::string_view ConfidenceFeatureName(size_t feature) {
  return feature < kConfidenceFeatures ? kNames[feature] : std::string_view();
}

ConfidenceFeatures DescribeResult(const Page& page, const LinkedData& data,
                                  const std::vector<Judgement>& judgements) {
  double kept = 0;
  double right = 0;
  double missed = 0;
  double all = 0;
  double doubtful = 0;
  double hopeful = 0;
  double blocks = 0;
  double runs = 0;
  bool before = false;
  for (size_t i = 0; i < judgements.size(); ++i) {
    const Judgement& judgement = judgements[i];
    const double words = page.blocks[i].stats.words;
    const double story = judgement.story;
    all += words;
    if (story > 0.2 && story < 0.8) doubtful += words;
    if (judgement.kept) {
      kept += words;
      right += words * story;
      blocks += 1;
      runs += before ? 0 : 1;
    } else if (judgement.reason == Reason::kBoilerplate) {
      missed += words * story;
      hopeful += judgement.first > 0.5F ? words : 0;
    }
    before = judgement.kept;
  }
  const double precision = kept > 0 ? right / kept : 0;
  const double recall = right + missed > 0 ? right / (right + missed) : 0;
  const double f1 = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
  constexpr double kFew = 80;
  ConfidenceFeatures f = {};
  const auto set = [&f](Feature feature, double value) { f[feature] = static_cast<float>(value); };
  set(kOne, 1);
  set(kPlainText, page.plain_text ? 1 : 0);
  set(kSureness, precision);
  set(kPrecision, Logit(precision) / 4);
  set(kRecall, Logit(recall) / 4);
  set(kLogRightness, Logit(f1) / 4);
  set(kLogWords, std::log10(1 + kept) / 3);
  set(kFewWords, kept < kFew ? 1 - kept / kFew : 0);
  set(kShareOfPage, all > 0 ? kept / all : 0);
  set(kFragments, blocks > 0 ? runs / blocks : 1);
  set(kDoubtful, all > 0 ? doubtful / all : 0);
  set(kHopefulLeftOut, kept + hopeful > 0 ? hopeful / (kept + hopeful) : 0);
  set(kArticleSaid, data.article ? 1 : 0);
  set(kPlainLogRightness, page.plain_text ? Logit(f1) / 4 : 0);
  return f;
}

double ExpectedRightness(const ConfidenceFeatures& features) {
  double sum = 0;
  for (size_t i = 0; i < kConfidenceFeatures; ++i) sum += kConfidenceWeights[i] * features[i];
  return 1 / (1 + std::exp(-sum));
}

}  // namespace sluice::deboilerplate
