#pragma once

#include <cstdint>
#include <vector>

#include "services/deboilerplate/context.h"
#include "services/deboilerplate/features.h"
#include "services/deboilerplate/forest.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// Why a block is in the article or not.
enum class Reason : uint8_t {
  kStory,        // The model takes it for the story.
  kBoilerplate,  // The model does not.
  kNavigation,   // Within navigation or footer.
  kHeadline,     // It repeats the headline.
  kRepeated,     // The same block came before.
  kSite,         // It is on other pages of the site as well.
};

struct Judgement {
  float first = 0;  // The first model's guess.
  float story = 0;  // The second model's, which decides.
  bool kept = false;
  Reason reason = Reason::kBoilerplate;
};

struct DecideOptions {
  float html_story_min = 0.432F;  // Least probability of a block that is kept.
  float text_story_min = 0.48F;
};

// Judges all blocks of a page. Its buffers are reused from page to page; one thread.
class Decider {
 public:
  // `models` outlive it.
  Decider(const PageForests& models, const DecideOptions& options)
      : models_(models), options_(options) {}

  // One judgement a block.
  const std::vector<Judgement>& Decide(const Page& page, const BlockFeatures& features);

 private:
  // What a model says of each of `asked_`, into `answers_`. `write` writes a block's row.
  template <typename Write>
  void Ask(const Forest& model, const Write& write);

  static_assert(BlockFeatures::kStride == Forest::kRows && BlockContext::kStride == Forest::kRows);
  static constexpr size_t kColumnsMax = BlockFeatures::kColumnsMax + BlockContext::kColumnsMax;

  const PageForests& models_;
  const DecideOptions options_;
  std::vector<size_t> asked_;
  std::vector<float> answers_;
  std::vector<float> columns_ = std::vector<float>(kColumnsMax * Forest::kRows);
  std::vector<float> guess_;
  std::vector<Judgement> judgements_;
};

}  // namespace sluice::deboilerplate
