// Small pages of our own writing, in several languages and templates: kinds/KIND.LANGUAGE.html must
// be taken for KIND.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "services/deboilerplate/extractor.h"

namespace sluice::deboilerplate {
namespace {

const std::string kFolder = SLUICE_SOURCE_DIR "/tests/golden/deboilerplate/kinds/";

class KindsTest : public ::testing::TestWithParam<std::string> {};

TEST_P(KindsTest, APageIsTakenForWhatItIs) {
  const std::string& name = GetParam();
  std::ifstream in(kFolder + name, std::ios::binary);
  const std::string page((std::istreambuf_iterator<char>(in)), {});
  const std::string kind = name.substr(0, name.find('.'));
  const std::string url =
      kind == "index" ? "https://thepier.example/" : "https://thepier.example/a/ferry";
  const Article article =
      (*Extractor::Create({}))->Extract(page, {.url = url, .content_type = "text/html"});
  EXPECT_EQ(KindName(article.kind), kind) << article.text;
  EXPECT_GE(article.confidence, 0.5);
}

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Pages, KindsTest, ::testing::ValuesIn(Names()), [](const auto& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

}  // namespace
}  // namespace sluice::deboilerplate
