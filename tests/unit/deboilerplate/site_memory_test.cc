#include "services/deboilerplate/site_memory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sluice::deboilerplate {
namespace {

Extractor::Line Make(uint64_t hash, float story = 0.6F) {
  return {.hash = hash * 0x9E3779B97F4A7C15ULL, .begin = 0, .end = 1, .story = story};
}

TEST(SiteMemoryTest, ALineOfSeveralOtherPagesIsTheSites) {
  SiteMemory memory;
  const std::vector<Extractor::Line> lines = {Make(1)};
  EXPECT_FALSE(memory.IsOfSite(lines[0]));
  memory.Learn("https://example.org/1", lines);
  EXPECT_FALSE(memory.IsOfSite(lines[0]));
  memory.Learn("https://example.org/2", lines);
  EXPECT_TRUE(memory.IsOfSite(lines[0]));
  EXPECT_FALSE(memory.IsOfSite(Make(2)));
}

TEST(SiteMemoryTest, ThePageItselfCountsOnce) {
  SiteMemory memory;
  const std::vector<Extractor::Line> lines = {Make(1), Make(1)};
  for (int i = 0; i < 5; ++i) memory.Learn("https://example.org/1", lines);
  EXPECT_FALSE(memory.IsOfSite(lines[0]));
}

TEST(SiteMemoryTest, WhatIsSurelyStoryStays) {
  SiteMemory memory;
  const std::vector<Extractor::Line> lines = {Make(1)};
  for (int i = 0; i < 5; ++i) memory.Learn(fmt::format("https://example.org/{}", i), lines);
  EXPECT_FALSE(memory.IsOfSite(Make(1, 0.95F)));
}

TEST(SiteMemoryTest, TheRowIsBoundedAndComesBackTheSame) {
  SiteMemory memory;
  for (uint64_t page = 0; page < 300; ++page) {
    std::vector<Extractor::Line> lines = {Make(1)};
    for (uint64_t i = 0; i < 40; ++i) lines.push_back(Make(1000 + page * 40 + i));
    memory.Learn(fmt::format("https://example.org/{}", page), lines);
  }
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  const std::string row = memory.ToRow(now).SerializeAsString();
  EXPECT_LE(row.size(), 4096U);
  state::v1::SiteMemory parsed;
  ASSERT_TRUE(parsed.ParseFromString(row));
  const SiteMemory again(parsed);
  EXPECT_TRUE(again.IsOfSite(Make(1)));
  EXPECT_EQ(again.ToRow(now).SerializeAsString(), row);
}

}  // namespace
}  // namespace sluice::deboilerplate
