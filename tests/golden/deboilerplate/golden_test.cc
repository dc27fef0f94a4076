// Pages of our own writing beside what must come out of them. Each pages/NAME.html or NAME.txt has
// an entry in expected.json: lines that the text must have, in order, pieces that it must not have,
// and the metadata.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "services/deboilerplate/extractor.h"

namespace sluice::deboilerplate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kFolder = SLUICE_SOURCE_DIR "/tests/golden/deboilerplate/";

std::string Read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class GoldenTest : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenTest, ComesOutAsExpected) {
  const nlohmann::json expected =
      nlohmann::json::parse(Read(kFolder + "expected.json"))[GetParam()];
  ASSERT_TRUE(expected.is_object()) << "expected.json has no entry for " << GetParam();
  const std::string page = Read(kFolder + "pages/" + GetParam());
  const bool plain = GetParam().ends_with(".txt");
  const std::string url = expected.value("url", "");
  const Article article =
      (*Extractor::Create({}))
          ->Extract(page, {.url = url, .content_type = plain ? "text/plain" : "text/html"});
  EXPECT_EQ(KindName(article.kind), expected["kind"].get<std::string>());
  size_t at = 0;
  for (const auto& line : expected.value("text", nlohmann::json::array())) {
    const size_t found = article.text.find(line.get<std::string>(), at);
    EXPECT_NE(found, std::string::npos) << "missing or out of order: " << line << "\nin\n"
                                        << article.text;
    if (found != std::string::npos) at = found + 1;
  }
  for (const auto& piece : expected.value("without", nlohmann::json::array())) {
    EXPECT_THAT(article.text, Not(HasSubstr(piece.get<std::string>())));
  }
  if (expected.contains("title")) {
    EXPECT_EQ(article.title, expected["title"].get<std::string>());
  }
  if (expected.contains("authors")) {
    EXPECT_EQ(article.authors, expected["authors"].get<std::vector<std::string>>());
  }
  if (expected.contains("language")) {
    EXPECT_EQ(article.language, expected["language"].get<std::string>());
  }
  if (expected.contains("site")) {
    EXPECT_EQ(article.site, expected["site"].get<std::string>());
  }
  if (expected.contains("date")) {
    ASSERT_TRUE(article.published.has_value());
    EXPECT_EQ(article.published->Format(), expected["date"].get<std::string>());
  }
}

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder + "pages"))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Pages, GoldenTest, ::testing::ValuesIn(Names()), [](const auto& info) {
  std::string name = info.param;
  std::replace_if(
      name.begin(), name.end(),
      [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace sluice::deboilerplate
