#include "pipeline/runtime/backpressure.h"

#include <gtest/gtest.h>

#include "tests/fakes/manual_clock.h"
#include "tests/support/eventually.h"

namespace sluice::runtime {
namespace {

using support::Eventually;

// A log that has backlogs and nothing else.
class ToldLog final : public log::Log {
 public:
  // What the log answers from now on, for each stage.
  void Answer(absl::StatusOr<std::vector<log::Backlog>> answer) {
    const absl::MutexLock lock(&mutex_);
    answer_ = std::move(answer);
    asked_ = 0;
  }
  // How often since.
  int asked() const {
    const absl::MutexLock lock(&mutex_);
    return asked_;
  }

  absl::StatusOr<std::vector<log::Backlog>> Backlogs(const log::Spec& /*spec*/) override {
    const absl::MutexLock lock(&mutex_);
    ++asked_;
    return answer_;
  }
  absl::StatusOr<std::unique_ptr<log::Worker>> OpenWorker(const log::Spec& /*spec*/,
                                                          log::Partition /*partition*/,
                                                          log::Load /*load*/,
                                                          std::stop_token /*stop*/) override {
    return absl::UnimplementedError("has backlogs alone");
  }
  absl::StatusOr<std::unique_ptr<log::Worker>> OpenReplica(const log::Spec& /*spec*/,
                                                           log::Load /*load*/,
                                                           std::stop_token /*stop*/) override {
    return absl::UnimplementedError("has backlogs alone");
  }
  absl::StatusOr<std::unique_ptr<log::Appender>> OpenAppender() override {
    return absl::UnimplementedError("has backlogs alone");
  }
  log::Partition Partitions(std::string_view /*topic*/) const override { return 1; }

 private:
  mutable absl::Mutex mutex_;
  absl::StatusOr<std::vector<log::Backlog>> answer_ ABSL_GUARDED_BY(mutex_) =
      std::vector<log::Backlog>();
  int asked_ ABSL_GUARDED_BY(mutex_) = 0;
};

class BackpressureTest : public testing::Test {
 protected:
  static std::vector<log::Backlog> Bytes(std::initializer_list<uint64_t> partitions) {
    std::vector<log::Backlog> backlogs;
    for (const uint64_t bytes : partitions) {
      log::Backlog& backlog = backlogs.emplace_back();
      backlog.topic = "raw-pages";
      backlog.bytes = bytes;
    }
    return backlogs;
  }

  const fakes::ManualClock clock_;
  ToldLog log_;
  // Two stages, which have the same answer.
  Backpressure backpressure_{{.backlog_bytes_max = 100, .interval = absl::Microseconds(100)},
                             log_,
                             clock_,
                             {log::Spec(), log::Spec()}};
};

TEST_F(BackpressureTest, HoldsInputBackWhileTooMuchWaitsInAll) {
  EXPECT_TRUE(backpressure_.Admit().ok());
  log_.Answer(Bytes({20, 31}));
  ASSERT_TRUE(Eventually([&] { return backpressure_.held(); })) << "2 * 51 bytes wait";
  EXPECT_EQ(backpressure_.Admit().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(backpressure_.Admit().ToString().find("102 bytes wait"), std::string::npos);
  log_.Answer(Bytes({20, 30}));
  EXPECT_TRUE(Eventually([&] { return backpressure_.Admit().ok(); })) << "100 bytes are allowed";
}

TEST_F(BackpressureTest, KeepsTheLastAnswerWhileTheLogCannotBeAsked) {
  log_.Answer(Bytes({51}));
  ASSERT_TRUE(Eventually([&] { return backpressure_.held(); }));
  log_.Answer(absl::UnavailableError("no broker"));
  ASSERT_TRUE(Eventually([&] { return log_.asked() >= 3; }));
  EXPECT_TRUE(backpressure_.held());
  log_.Answer(Bytes({}));
  ASSERT_TRUE(Eventually([&] { return !backpressure_.held(); }));
  log_.Answer(absl::UnavailableError("no broker"));
  ASSERT_TRUE(Eventually([&] { return log_.asked() >= 3; }));
  EXPECT_FALSE(backpressure_.held());
}

}  // namespace
}  // namespace sluice::runtime
