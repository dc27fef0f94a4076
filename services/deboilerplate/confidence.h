#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "services/deboilerplate/decide.h"
#include "services/deboilerplate/linked_data.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// What is known of how well a page's text was found; ConfidenceFeatureName tells them apart.
constexpr size_t kConfidenceFeatures = 14;
using ConfidenceFeatures = std::array<float, kConfidenceFeatures>;
std::string_view ConfidenceFeatureName(size_t feature);

ConfidenceFeatures DescribeResult(const Page& page, const LinkedData& data,
                                  const std::vector<Judgement>& judgements);

// How much of the text is expected to be right: the F1 of its runs of four words against the
// article's, were that known. From 0 to 1; learned by script/train on articles, calibration printed
// by script/quality.
double ExpectedRightness(const ConfidenceFeatures& features);

}  // namespace sluice::deboilerplate
