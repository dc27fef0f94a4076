#include "pipeline/log/topics.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace sluice::log {
namespace {

TEST(TopicsTest, FindsEachTopicByItsName) {
  for (const Topic& topic : Topics()) {
    ASSERT_NE(FindTopic(topic.name), nullptr);
    EXPECT_EQ(FindTopic(topic.name)->name, topic.name);
    EXPECT_GT(topic.retention, absl::ZeroDuration());
  }
  EXPECT_EQ(FindTopic("nothing"), nullptr);
}

TEST(TopicsTest, NamesAreDistinct) {
  std::set<std::string_view> names;
  for (const Topic& topic : Topics()) EXPECT_TRUE(names.insert(topic.name).second) << topic.name;
}

// Stored logs depend on it: these may never change.
TEST(TopicsTest, PlacesKnownKeysWhereItAlwaysHas) {
  EXPECT_EQ(PartitionOf("example.org", 1), 0);
  EXPECT_EQ(PartitionOf("example.org", 8), 5);
  EXPECT_EQ(PartitionOf("example.com", 8), 3);
  EXPECT_EQ(PartitionOf("", 8), 2);
}

TEST(TopicsTest, SpreadsKeysOverAllPartitions) {
  std::vector<int> counts(8);
  for (int i = 0; i < 8000; ++i) ++counts.at(PartitionOf("host" + std::to_string(i), 8));
  for (const int count : counts) {
    EXPECT_GT(count, 800);
    EXPECT_LT(count, 1200);
  }
}

}  // namespace
}  // namespace sluice::log
