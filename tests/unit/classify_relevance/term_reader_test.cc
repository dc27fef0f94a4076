#include "services/classify_relevance/term_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "services/classify_relevance/strict_yaml.h"

namespace sluice::classify_relevance {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

const std::vector<std::string> kLanguages = {"en", "fr"};

absl::StatusOr<std::vector<Term>> Read(std::string_view text, const TermLimits& limits = {}) {
  const absl::StatusOr<StrictYaml> yaml = StrictYaml::Parse(text, "f.yaml", 1000);
  EXPECT_TRUE(yaml.ok()) << yaml.status();
  return TermReader(*yaml, limits).Read(yaml->root(), kLanguages, "concept 'ferry'");
}

std::string ErrorOf(std::string_view text) {
  const absl::StatusOr<std::vector<Term>> terms = Read(text);
  return terms.ok() ? "" : std::string(terms.status().message());
}

TEST(TermReaderTest, ATermIsFoldedAndKnowsItsLanguageAndItsOpenEnds) {
  const absl::StatusOr<std::vector<Term>> terms =
      Read("fr: [\"Bac à Vapeur\"]\nany: [\"*ferr*\", \"*boat\"]");
  ASSERT_TRUE(terms.ok()) << terms.status();
  ASSERT_THAT(*terms, SizeIs(3));
  EXPECT_EQ((*terms)[0].text, "bac a vapeur");
  EXPECT_EQ((*terms)[0].language, 1);
  EXPECT_FALSE((*terms)[0].open_start || (*terms)[0].open_end);
  EXPECT_EQ((*terms)[1].text, "ferr");
  EXPECT_EQ((*terms)[1].language, Term::kAnyLanguage);
  EXPECT_TRUE((*terms)[1].open_start && (*terms)[1].open_end);
  EXPECT_TRUE((*terms)[2].open_start && !(*terms)[2].open_end);
}

TEST(TermReaderTest, ATermMayStandAgainInAnotherLanguageOrOpen) {
  EXPECT_EQ(ErrorOf("en: [ferry, ferry*]\nfr: [ferry]"), "");
  EXPECT_EQ(ErrorOf("en:\n  - ferry\n  - Ferry"),
            "f.yaml:3: term 'ferry' stands twice in 'en' of concept 'ferry'");
}

TEST(TermReaderTest, NamesTheListThatIsWrong) {
  EXPECT_THAT(ErrorOf("de: [Boot]"), HasSubstr("f.yaml:1: unknown key in the terms of concept"));
  EXPECT_THAT(ErrorOf("en: ferry"), HasSubstr("'en' of concept 'ferry'"));
  for (const char* term : {"\"*\"", "\" a b\"", "\"a b \"", "\"a*b\"", "a"})
    EXPECT_THAT(ErrorOf(std::string("en: [") + term + "]"), HasSubstr("must have 2 to 120 bytes"));
}

TEST(TermReaderTest, CountsTheTermsOfAllConcepts) {
  const TermLimits limits = {.count_max = 3};
  const absl::StatusOr<StrictYaml> yaml = StrictYaml::Parse("en: [one, two]", "f.yaml", 100);
  ASSERT_TRUE(yaml.ok()) << yaml.status();
  TermReader reader(*yaml, limits);
  EXPECT_TRUE(reader.Read(yaml->root(), kLanguages, "concept 'a'").ok());
  EXPECT_THAT(std::string(reader.Read(yaml->root(), kLanguages, "concept 'b'").status().message()),
              HasSubstr("more than 3 terms"));
}

}  // namespace
}  // namespace sluice::classify_relevance
