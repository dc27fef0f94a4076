#include "pipeline/embedded/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "tests/unit/embedded/embedded_fixture.h"

namespace sluice::embedded {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RetentionTest : public EmbeddedFixture {
 protected:
  void SetUp() override {
    EmbeddedFixture::SetUp();
    options_.retention.trim_bytes_min = 0;
  }

  // What a reader that never was there before finds.
  std::vector<std::string> Left(const std::string& topic) {
    const log::Spec spec{
        .stage = fmt::format("fresh{}", ++fresh_), .inputs = {topic}, .outputs = {}, .tables = {}};
    const auto worker = log_->OpenReplica(spec, [](auto, auto, auto) {}, {});
    EXPECT_TRUE(worker.ok());
    return *Values(**worker);
  }

  uint64_t DirectoryBytes() const {
    uint64_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(options_.directory + "/rocksdb")) {
      const auto extension = file.path().extension();
      if (extension == ".sst" || extension == ".blob") bytes += file.file_size();
    }
    return bytes;
  }

  int fresh_ = 0;
};

TEST_F(RetentionTest, RemovesWhatIsOldAndKeepsWhatIsYoung) {
  options_.retention.age_max = absl::Hours(1);
  Reopen();
  ASSERT_TRUE(Emit(*Writer(), "documents", "old").ok());
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(Emit(*Writer(), "documents", "young").ok());
  ASSERT_TRUE(log_->Trim().ok());
  EXPECT_THAT(Left("documents"), ElementsAre("old", "young"));
  clock_.Advance(absl::Seconds(1));
  const auto next = log_->Trim();
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(*next, clock_.Now() + options_.trim_interval);
  EXPECT_THAT(Left("documents"), ElementsAre("young"));
  Reopen();
  EXPECT_THAT(Left("documents"), ElementsAre("young"));
  clock_.Advance(absl::Hours(2));
  ASSERT_TRUE(log_->Trim().ok());
  EXPECT_THAT(Left("documents"), IsEmpty());
}

TEST_F(RetentionTest, KeepsWhatAReaderHasNotReadOpenOrClosed) {
  options_.retention.age_max = absl::Hours(1);
  Reopen();
  const auto writer = Writer();
  for (const std::string value : {"a", "b", "c"})
    ASSERT_TRUE(Emit(*writer, "documents", value).ok());
  auto reader = Reader("documents");
  clock_.Advance(absl::Hours(2));
  ASSERT_TRUE(log_->Trim().ok());  // It has read nothing, and is open.
  const auto records = reader->Poll({}, absl::InfinitePast());
  ASSERT_EQ(records->size(), 3);
  ASSERT_TRUE(reader->Commit(log::Transaction(nullptr), absl::MakeSpan(*records).first(1)).ok());
  reader.reset();
  ASSERT_TRUE(log_->Trim().ok());
  EXPECT_THAT(Left("documents"), ElementsAre("b", "c"));
  clock_.Advance(options_.retention.reader_forgotten + absl::Seconds(1));
  ASSERT_TRUE(log_->Trim().ok());
  EXPECT_THAT(Left("documents"), IsEmpty());
  EXPECT_EQ(Values(*Reader("documents")).status().code(), absl::StatusCode::kOutOfRange);
}

TEST_F(RetentionTest, ArchivesKeepTheirOwnTime) {
  options_.retention.age_max = absl::Hours(1);
  Reopen();
  ASSERT_TRUE(Emit(*Writer(), "clean", "item").ok());
  clock_.Advance(log::FindTopic("clean")->retention);
  ASSERT_TRUE(log_->Trim().ok());
  EXPECT_THAT(Left("clean"), ElementsAre("item"));
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(log_->Trim().ok());
  EXPECT_THAT(Left("clean"), IsEmpty());
}

TEST_F(RetentionTest, KeepsATopicUnderItsBytes) {
  options_.retention.topic_bytes_max = 10'000;
  Reopen();
  const auto writer = Writer();
  for (int i = 0; i < 30; ++i)
    ASSERT_TRUE(Emit(*writer, "documents", std::string(997, 'x')).ok());  // And a key of 3.
  ASSERT_TRUE(log_->Trim().ok());
  EXPECT_EQ(Left("documents").size(), 10);
}

TEST_F(RetentionTest, LeavesLittleForLater) {
  options_.retention.topic_bytes_max = 10'000;
  options_.retention.trim_bytes_min = 5'000;
  Reopen();
  const auto writer = Writer();
  for (int i = 0; i < 14; ++i) ASSERT_TRUE(Emit(*writer, "documents", std::string(997, 'x')).ok());
  ASSERT_TRUE(log_->Trim().ok());
  EXPECT_EQ(Left("documents").size(), 14);
  ASSERT_TRUE(Emit(*writer, "documents", std::string(997, 'x')).ok());
  ASSERT_TRUE(log_->Trim().ok());
  EXPECT_EQ(Left("documents").size(), 10);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(Emit(*writer, "documents", std::string(997, 'x')).ok());
  ASSERT_TRUE(log_->Trim().ok());
  EXPECT_EQ(Left("documents").size(), 14) << "little again";
}

TEST_F(RetentionTest, BacklogsCountWhatIsLeft) {
  Reopen();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Emit(*Writer(), "documents", std::string(97, 'x')).ok());
  ASSERT_TRUE(log_->TrimTo("documents", 0, 4).ok());
  for (int i = 0; i < 2; ++i) {
    const auto backlogs =
        log_->Backlogs({.stage = "reader", .inputs = {"documents"}, .outputs = {}, .tables = {}});
    ASSERT_TRUE(backlogs.ok());
    ASSERT_EQ(backlogs->size(), 1);
    EXPECT_EQ(backlogs->front().records, 6);
    EXPECT_EQ(backlogs->front().bytes, 600);
    Reopen();
  }
}

// Many partitions lie mixed in each file: whole files cannot go until a compaction has parted them.
TEST_F(RetentionTest, GivesTheDiskBackForPagesAndForText) {
  for (const std::string topic : {"raw-pages", "deduped"}) {
    SCOPED_TRACE(topic);
    options_.keyed_partitions = 8;
    options_.retention.topic_bytes_max = 8'000'000;
    std::filesystem::remove_all(options_.directory);
    Reopen();
    std::mt19937_64 random(7);
    auto writer = Writer();
    uint64_t bytes = 0;
    for (int round = 0; round < 4; ++round) {
      for (log::Partition p = 0; p < 8; ++p) {
        std::string value(20'000, ' ');
        for (char& c : value) c = static_cast<char>(random());
        ASSERT_TRUE(Emit(*writer, topic, value, p, 50).ok());
        bytes += 50 * value.size();
      }
      ASSERT_TRUE(log_->Trim().ok());
    }
    ASSERT_EQ(bytes, 32'000'000);
    // What is to stay, and some slack: pages go by whole files.
    EXPECT_LT(DirectoryBytes(), 12'000'000);
    writer.reset();
    log_.reset();
  }
}

}  // namespace
}  // namespace sluice::embedded
