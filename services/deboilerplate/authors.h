#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "services/deboilerplate/linked_data.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// What is known of those who may have written an article; AuthorFeatureName tells them apart.
constexpr size_t kAuthorFeatures = 11;
std::string_view AuthorFeatureName(size_t feature);

struct AuthorCandidate {
  std::vector<std::string> names;  // Empty: nobody is named.
  std::array<float, kAuthorFeatures> features = {};
  float score = 0;
};

struct AuthorContext {
  int first_block = 0;  // Of the article's text.
  int last_block = 0;
};

// Those who may have written the article, likeliest first: as linked data, meta elements, marked-up
// elements and lines around the text say. One of the candidates is that
// nobody is named. Weights are learned by script/train.
std::vector<AuthorCandidate> RankAuthors(const Page& page, const LinkedData& data,
                                         const AuthorContext& context);

}  // namespace sluice::deboilerplate
