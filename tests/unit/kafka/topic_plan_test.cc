#include "pipeline/kafka/topic_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "pipeline/log/topics.h"

namespace sluice::kafka {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Options SmallOptions() {
  Options options;
  options.topic_prefix = "p.";
  options.partitions = 4;
  return options;
}

log::Spec DedupeSpec() {
  return {
      .stage = "dedupe",
      .inputs = {std::string(log::kDocuments)},
      .outputs = {std::string(log::kDeduped)},
      .tables = {
          {.name = "keys"},
          {.name = "records", .kind = log::Table::Kind::kExpiring, .kept_max = absl::Hours(48)}}};
}

const TopicSettings& Find(const std::vector<TopicSettings>& topics, std::string_view name) {
  const auto found = std::ranges::find(topics, name, &TopicSettings::name);
  EXPECT_NE(found, topics.end()) << name;
  return *found;
}

TEST(TopicPlanTest, WantsEveryTopicAndTheChangelogs) {
  const std::vector<log::Spec> specs = {DedupeSpec()};
  const auto wanted = WantedTopics(SmallOptions(), specs);
  EXPECT_THAT(wanted, SizeIs(log::Topics().size() + 2));
  EXPECT_EQ(Find(wanted, "p.raw-pages").partitions, 4);
  EXPECT_EQ(Find(wanted, "p.raw-pages").configs.at("message.timestamp.type"), "LogAppendTime");
  EXPECT_EQ(Find(wanted, "p.raw-pages").configs.at("cleanup.policy"), "delete");
  EXPECT_EQ(Find(wanted, "p.documents").partitions, 1);
  EXPECT_EQ(Find(wanted, "p.dedupe-state.keys").partitions, 1);
  EXPECT_EQ(Find(wanted, "p.dedupe-state.keys").configs.at("cleanup.policy"), "compact");
  EXPECT_EQ(Find(wanted, "p.dedupe-state.records").configs.at("cleanup.policy"), "delete");
  EXPECT_EQ(Find(wanted, "p.dedupe-state.records").configs.at("retention.ms"), "172800000");
  EXPECT_TRUE(std::ranges::is_sorted(wanted, {}, &TopicSettings::name));
}

TEST(TopicPlanTest, AsksForTwoCopiesInSyncWhereThereAreThree) {
  Options options = SmallOptions();
  EXPECT_FALSE(Find(WantedTopics(options, {}), "p.clean").configs.contains("min.insync.replicas"));
  options.replication_factor = 2;
  EXPECT_FALSE(Find(WantedTopics(options, {}), "p.clean").configs.contains("min.insync.replicas"));
  options.replication_factor = 3;
  const auto wanted = WantedTopics(options, {});
  EXPECT_EQ(Find(wanted, "p.clean").configs.at("min.insync.replicas"), "2");
  auto found = wanted;
  std::ranges::find(found, "p.clean", &TopicSettings::name)->configs["min.insync.replicas"] = "3";
  EXPECT_THAT(PlanTopics(wanted, found).changes, IsEmpty());
}

TEST(TopicPlanTest, HasAsManyShardsAsTheWidestInputHasPartitions) {
  log::Spec spec = DedupeSpec();
  EXPECT_EQ(Shards(SmallOptions(), spec), 1U);
  spec.inputs.push_back(std::string(log::kRawPages));
  EXPECT_EQ(Shards(SmallOptions(), spec), 4U);
  spec.inputs.clear();
  EXPECT_EQ(Shards(SmallOptions(), spec), 1U);
}

TEST(TopicPlanTest, IsEmptyWhereAllIsAsItShouldBe) {
  const auto wanted = WantedTopics(SmallOptions(), {});
  EXPECT_TRUE(PlanTopics(wanted, wanted).empty());
  EXPECT_TRUE(PlanTopics(wanted, wanted).Check().ok());
}

TEST(TopicPlanTest, MakesWhatIsMissing) {
  const auto wanted = WantedTopics(SmallOptions(), {});
  const TopicPlan plan = PlanTopics(wanted, {});
  ASSERT_THAT(plan.changes, SizeIs(wanted.size()));
  EXPECT_EQ(plan.changes[0].kind, TopicChange::Kind::kCreate);
  EXPECT_THAT(plan.Describe(), HasSubstr("create p.raw-pages: is missing: 4 partitions\n"));
  EXPECT_THAT(std::string(plan.Check().message()), HasSubstr("sluice topics apply"));
}

TEST(TopicPlanTest, RefusesAnotherNumberOfPartitions) {
  const auto wanted = WantedTopics(SmallOptions(), {});
  auto found = wanted;
  std::ranges::find(found, "p.raw-pages", &TopicSettings::name)->partitions = 8;
  const TopicPlan plan = PlanTopics(wanted, found);
  ASSERT_THAT(plan.changes, SizeIs(1));
  EXPECT_EQ(plan.changes[0].kind, TopicChange::Kind::kRefuse);
  const absl::Status status = plan.Check();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("p.raw-pages has 8 partitions instead of 4"));
}

TEST(TopicPlanTest, TellsWhichConfigsMatterAndWhichOnlyDiffer) {
  const auto wanted = WantedTopics(SmallOptions(), {});
  auto found = wanted;
  auto& configs = std::ranges::find(found, "p.clean", &TopicSettings::name)->configs;
  configs["retention.ms"] = "1000";
  TopicPlan plan = PlanTopics(wanted, found);
  ASSERT_THAT(plan.changes, SizeIs(1));
  EXPECT_EQ(plan.changes[0].kind, TopicChange::Kind::kAlter);
  EXPECT_THAT(plan.changes[0].differing, SizeIs(1));
  EXPECT_TRUE(plan.Check().ok());

  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"message.timestamp.type", "CreateTime"},
                                                        {"max.message.bytes", "1048588"},
                                                        {"cleanup.policy", "compact,delete"}}) {
    found = wanted;
    std::ranges::find(found, "p.clean", &TopicSettings::name)->configs[name] = value;
    plan = PlanTopics(wanted, found);
    EXPECT_EQ(plan.Check().code(), absl::StatusCode::kFailedPrecondition) << name;
    EXPECT_THAT(std::string(plan.Check().message()), HasSubstr(name + "=" + value));
  }
}

TEST(TopicPlanTest, RefusesATopicForOneThingThatMattersAmongOthersThatOnlyDiffer) {
  const auto wanted = WantedTopics(SmallOptions(), {});
  auto found = wanted;
  auto& configs = std::ranges::find(found, "p.clean", &TopicSettings::name)->configs;
  configs["cleanup.policy"] = "compact";
  configs["compression.type"] = "gzip";
  configs["retention.ms"] = "1000";
  EXPECT_EQ(PlanTopics(wanted, found).Check().code(), absl::StatusCode::kFailedPrecondition);
  const auto changelogs = WantedChangelogs(SmallOptions(), DedupeSpec());
  found = changelogs;
  for (TopicSettings& topic : found) topic.configs["compression.type"] = "gzip";
  EXPECT_TRUE(PlanTopics(changelogs, found).Check().ok());
  EXPECT_THAT(PlanTopics(changelogs, found).Warnings(), SizeIs(2));
}

TEST(TopicPlanTest, LeavesATopicOfAnOlderProgramAlone) {
  const auto wanted = WantedTopics(SmallOptions(), {});
  auto found = wanted;
  found.push_back({.name = "p.control", .partitions = 3, .configs = {}});
  EXPECT_THAT(PlanTopics(wanted, found).changes, IsEmpty());
}

TEST(TopicPlanTest, WarnsOfWhatOnlyDiffers) {
  const auto wanted = WantedTopics(SmallOptions(), {});
  auto found = wanted;
  EXPECT_THAT(PlanTopics(wanted, found).Warnings(), IsEmpty());
  std::ranges::find(found, "p.clean", &TopicSettings::name)->configs["retention.ms"] = "1000";
  std::ranges::find(found, "p.deduped", &TopicSettings::name)->configs["cleanup.policy"] =
      "compact";
  EXPECT_THAT(PlanTopics(wanted, found).Warnings(),
              ElementsAre(AllOf(HasSubstr("p.clean has retention.ms=1000 instead of"),
                                HasSubstr("sluice topics apply"))));
}

TEST(TopicPlanTest, RefusesChangelogsThatForgetTooEarly) {
  const auto wanted = WantedChangelogs(SmallOptions(), DedupeSpec());
  for (const auto& [topic, name, value, needed] : std::vector<std::array<std::string, 4>>{
           {"p.dedupe-state.keys", "delete.retention.ms", "86400000", "604800000 or more"},
           {"p.dedupe-state.records", "retention.ms", "172799999", "172800000 or more"},
           {"p.dedupe-state.records", "retention.bytes", "1000000000", "-1"}}) {
    auto found = wanted;
    std::ranges::find(found, topic, &TopicSettings::name)->configs[name] = value;
    const TopicPlan plan = PlanTopics(wanted, found);
    EXPECT_EQ(plan.Check().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(plan.Check().message()),
                HasSubstr(topic + " has " + name + "=" + value + " instead of " + needed));
    EXPECT_THAT(plan.Warnings(), IsEmpty());
  }
}

TEST(TopicPlanTest, LeavesChangelogsThatKeepMoreThanTheyMust) {
  const auto wanted = WantedChangelogs(SmallOptions(), DedupeSpec());
  auto found = wanted;
  std::ranges::find(found, "p.dedupe-state.keys", &TopicSettings::name)
      ->configs["delete.retention.ms"] = "604800001";
  std::ranges::find(found, "p.dedupe-state.records", &TopicSettings::name)
      ->configs["retention.ms"] = "-1";
  EXPECT_THAT(PlanTopics(wanted, found).changes, IsEmpty());
  // Nothing is deleted by size where rows are compacted.
  std::ranges::find(found, "p.dedupe-state.keys", &TopicSettings::name)
      ->configs["retention.bytes"] = "1000000000";
  EXPECT_TRUE(PlanTopics(wanted, found).Check().ok());
}

TEST(TopicPlanTest, LeavesWhatKeepsMoreThanItMust) {
  const auto wanted = WantedTopics(SmallOptions(), {});
  auto found = wanted;
  auto& configs = std::ranges::find(found, "p.clean", &TopicSettings::name)->configs;
  configs["retention.ms"] = "-1";
  configs["max.message.bytes"] = "20000000";
  EXPECT_THAT(PlanTopics(wanted, found).changes, IsEmpty());
  configs["retention.ms"] = "99999999999999";
  EXPECT_THAT(PlanTopics(wanted, found).changes, IsEmpty());
}

TEST(TopicPlanTest, DoesNotCompareWhatTheBrokerDoesNotTell) {
  const auto wanted = WantedTopics(SmallOptions(), {});
  auto found = wanted;
  for (TopicSettings& topic : found) topic.configs.clear();
  EXPECT_TRUE(PlanTopics(wanted, found).empty());
}

}  // namespace
}  // namespace sluice::kafka
