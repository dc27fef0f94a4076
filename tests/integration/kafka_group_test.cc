// Shards that processes share out among themselves through a group of a real broker.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "pipeline/base/clock.h"
#include "pipeline/kafka/kafka_log.h"
#include "tests/integration/kafka_broker.h"
#include "tests/integration/kafka_counting.h"
#include "tests/support/temporary_directory.h"

namespace sluice::kafka {
namespace {

using integration::CountingOptions;
using integration::CountingSpec;
using integration::KafkaBroker;
using Shards = std::vector<log::Partition>;

constexpr absl::Duration kPatience = absl::Seconds(60);

// A process that has joined.
class Process {
 public:
  Process(Options options, const base::Clock& clock) {
    options.partitions = 4;
    // Who leaves has to say so: nobody is missed in time.
    options.properties["session.timeout.ms"] = "240000";
    auto log = KafkaLog::Create(std::move(options), clock);
    EXPECT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
    auto membership = log_->Join(CountingSpec(), [this](const auto& owned) { Changed(owned); });
    EXPECT_TRUE(membership.ok()) << membership.status();
    membership_ = *std::move(membership);
  }

  // Waits until it has so many shards.
  bool Owns(size_t shards) {
    const absl::MutexLock lock(&mutex_);
    const auto owns = [this, shards]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return told_ && owned_.size() == shards;
    };
    return mutex_.AwaitWithTimeout(absl::Condition(&owns), kPatience);
  }
  Shards owned() {
    const absl::MutexLock lock(&mutex_);
    return owned_;
  }
  // Has what it closes take until Let.
  void Hold() {
    const absl::MutexLock lock(&mutex_);
    held_ = true;
  }
  void Let() {
    const absl::MutexLock lock(&mutex_);
    held_ = false;
  }
  bool Closes() {
    const absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&closing_), kPatience);
  }
  absl::Status trouble() {
    const absl::MutexLock lock(&mutex_);
    return trouble_;
  }

 private:
  void Changed(const absl::StatusOr<Shards>& owned) {
    const absl::MutexLock lock(&mutex_);
    if (!owned.ok()) {
      trouble_ = owned.status();
      return;
    }
    closing_ = owned->size() < owned_.size();
    const auto closed = [this]()
                            ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !held_ || !closing_; };
    mutex_.Await(absl::Condition(&closed));
    closing_ = false;
    told_ = true;
    owned_ = *owned;
  }

  absl::Mutex mutex_;
  Shards owned_ ABSL_GUARDED_BY(mutex_);
  bool told_ ABSL_GUARDED_BY(mutex_) = false;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status trouble_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<KafkaLog> log_;
  std::unique_ptr<log::Membership> membership_;
};

class KafkaGroupTest : public testing::Test {
 protected:
  std::unique_ptr<Process> Start(std::string_view name) {
    return std::make_unique<Process>(
        CountingOptions(broker_.bootstrap(), prefix_, directory_.Path(name)), clock_);
  }

  KafkaBroker& broker_ = KafkaBroker::Shared();
  const std::string prefix_ = broker_.UniquePrefix();
  const support::TemporaryDirectory directory_;
  const base::SystemClock clock_;
};

TEST_F(KafkaGroupTest, ProcessesShareAllShardsAndInheritThem) {
  auto one = Start("one");
  ASSERT_TRUE(one->Owns(4)) << one->trouble();
  auto two = Start("two");
  ASSERT_TRUE(two->Owns(2)) << two->trouble();
  ASSERT_TRUE(one->Owns(2));
  Shards all;
  std::ranges::merge(one->owned(), two->owned(), std::back_inserter(all));
  EXPECT_EQ(all, (Shards{0, 1, 2, 3}));
  const Shards kept = two->owned();
  one.reset();
  ASSERT_TRUE(two->Owns(4));
  EXPECT_TRUE(std::ranges::includes(two->owned(), kept));
}

TEST_F(KafkaGroupTest, AShardMovesOnlyOnceItIsClosed) {
  auto one = Start("one");
  ASSERT_TRUE(one->Owns(4)) << one->trouble();
  one->Hold();
  auto two = Start("two");
  ASSERT_TRUE(one->Closes());
  EXPECT_TRUE(two->owned().empty());
  one->Let();
  EXPECT_TRUE(two->Owns(2));
}

TEST_F(KafkaGroupTest, WhoHasNoShardIsToldSo) {
  std::vector<std::unique_ptr<Process>> processes;
  for (const std::string_view name : {"a", "b", "c", "d"}) processes.push_back(Start(name));
  for (const auto& process : processes) EXPECT_TRUE(process->Owns(1)) << process->trouble();
  auto spare = Start("e");
  EXPECT_TRUE(spare->Owns(0)) << spare->trouble();
  spare.reset();
  spare = Start("f");
  EXPECT_TRUE(spare->Owns(0)) << "the group waits for the one that has left";
  processes.pop_back();
  EXPECT_TRUE(spare->Owns(1));
}

}  // namespace
}  // namespace sluice::kafka
