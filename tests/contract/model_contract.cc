// Random turns of two shards beside a small oracle that does the same to vectors and maps.
#include <map>
#include <random>

#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "tests/contract/log_contract.h"
#include "tests/support/random_seed.h"

namespace sluice::contract {
namespace {

constexpr log::Partition kShards = 2;
constexpr int64_t kTimes = 50;

std::string Timed(int64_t seconds) { return log::ExpiringKey(absl::FromUnixSeconds(seconds), "x"); }

using Table = std::map<std::string, std::string>;

// What one shard must be like.
struct ShardModel {
  std::vector<std::string> input;
  size_t consumed = 0;
  size_t polled = 0;
  Table seen;
  Table recent;

  std::vector<LoadedRow> Rows() const {
    std::vector<LoadedRow> rows;
    for (const auto& [key, value] : seen) rows.push_back({"seen", key, value});
    for (const auto& [key, value] : recent) rows.push_back({"recent", key, value});
    return rows;
  }
};

// What the log must hold.
struct LogModel {
  ShardModel shards[kShards];
  std::vector<std::string> documents;
  std::map<log::Partition, std::vector<std::string>> deduped;
};

// The log and its model, driven side by side.
class Drill {
 public:
  Drill(LogContract& test, uint64_t seed) : test_(test), random_(seed) {
    for (log::Partition p = 0; p < kShards; ++p) OpenShard(p);
  }

  void Turn() {
    const auto p = static_cast<log::Partition>(Random(kShards));
    const uint64_t dice = Random(100);
    if (dice < 25) {
      ProduceSome();
    } else if (dice < 55) {
      PollSome(p);
    } else if (dice < 90) {
      CommitSome(p, false);
    } else if (dice < 93) {
      CommitSome(p, true);
    } else if (dice < 96) {
      shards_[p].worker.reset();
      OpenShard(p);
    } else if (dice < 98) {
      Fence(p);
    } else {
      for (Shard& shard : shards_) shard.worker.reset();
      test_.Reopen();
      for (log::Partition each = 0; each < kShards; ++each) OpenShard(each);
    }
  }

  void CheckTopics() {
    EXPECT_EQ(Values(test_.ReadAll("documents")), model_.documents);
    std::vector<std::string> deduped;
    for (const auto& [partition, values] : model_.deduped) {
      deduped.insert(deduped.end(), values.begin(), values.end());
    }
    EXPECT_EQ(Values(test_.ReadAll("deduped")), deduped);
  }

 private:
  struct Shard {
    std::unique_ptr<log::Worker> worker;
    std::vector<log::Record> polled;  // And not consumed.
  };

  uint64_t Random(uint64_t below) { return random_() % below; }

  void OpenShard(log::Partition p) {
    std::vector<LoadedRow> loaded;
    shards_[p].worker = test_.Open(LogContract::CopySpec(), p, &loaded);
    shards_[p].polled.clear();
    model_.shards[p].polled = model_.shards[p].consumed;
    EXPECT_EQ(loaded, model_.shards[p].Rows());
  }

  void ProduceSome() {
    std::vector<std::pair<std::string, std::string>> records;
    for (uint64_t i = 1 + Random(5); i > 0; --i) {
      std::string key;
      do key = fmt::format("host{}", Random(100));
      while (log::PartitionOf(key, 4) >= kShards);
      const std::string value = fmt::format("input {}", ++serial_);
      model_.shards[log::PartitionOf(key, 4)].input.push_back(value);
      records.emplace_back(key, value);
    }
    test_.Produce("crawl-targets", records);
  }

  void PollSome(log::Partition p) {
    ShardModel& model = model_.shards[p];
    const size_t unread = model.input.size() - model.polled;
    if (unread == 0) {
      const auto none = shards_[p].worker->Poll({}, absl::InfinitePast());
      ASSERT_TRUE(none.ok()) << none.status();
      EXPECT_TRUE(none->empty());
      return;
    }
    const size_t count = 1 + Random(unread);
    const Taken taken =
        test_.Take(*shards_[p].worker, count, {.records_max = 1 + Random(4), .bytes_max = 50});
    EXPECT_EQ(Values(taken.entries), std::vector(model.input.begin() + model.polled,
                                                 model.input.begin() + model.polled + count));
    model.polled += count;
    shards_[p].polled.insert(shards_[p].polled.end(), taken.records.begin(), taken.records.end());
  }

  // Makes a random transaction, and does to `after` what it would do.
  log::Transaction SomeTransaction(log::Partition p, LogModel& after) {
    log::Transaction transaction(&shards_[p].worker->state());
    ShardModel& shard = after.shards[p];
    for (uint64_t i = Random(6); i > 0; --i) {
      const std::string value = fmt::format("output {} of {}", ++serial_, p);
      const log::Transaction::Savepoint savepoint = transaction.Save();
      const bool undo = Random(5) == 0;
      const std::string key = std::to_string(Random(30));
      switch (Random(5)) {
        case 0:
          EXPECT_TRUE(transaction.Emit("documents", key, value).ok());
          if (!undo) after.documents.push_back(value);
          break;
        case 1:
          EXPECT_TRUE(transaction.Emit("deduped", key, value).ok());
          if (!undo) after.deduped[log::PartitionOf(key, 4)].push_back(value);
          break;
        case 2:
          transaction.Put("seen", key, value);
          EXPECT_EQ(transaction.Get("seen", key), value);
          if (!undo) shard.seen[key] = value;
          break;
        case 3:
          transaction.Erase("seen", key);
          EXPECT_EQ(transaction.Get("seen", key), std::nullopt);
          if (!undo) shard.seen.erase(key);
          break;
        default: {
          const std::string timed = Timed(static_cast<int64_t>(Random(kTimes)));
          transaction.Put("recent", timed, value);
          if (!undo) shard.recent[timed] = value;
        }
      }
      if (undo) transaction.RollBack(savepoint);
    }
    if (Random(6) == 0) {
      const auto time = static_cast<int64_t>(Random(kTimes));
      transaction.ExpireBefore("recent", absl::FromUnixSeconds(time));
      shard.recent.erase(shard.recent.begin(), shard.recent.lower_bound(log::ExpiringKey(
                                                   absl::FromUnixSeconds(time), "")));
    }
    return transaction;
  }

  // Commits a random transaction. `in_doubt`: the commit's answer is lost.
  void CommitSome(log::Partition p, bool in_doubt) {
    LogModel after = model_;
    log::Transaction transaction = SomeTransaction(p, after);
    Shard& shard = shards_[p];
    const size_t count = Random(shard.polled.size() + 1);
    after.shards[p].consumed += count;
    const auto consumed = absl::MakeSpan(shard.polled).first(count);
    const bool applied = Random(2) == 0;
    // A commit of nothing has no answer to lose: the fault would wait for another.
    const bool nothing = transaction.empty() && consumed.empty();
    const uint64_t fired = test_.harness().faults_fired();
    if (in_doubt && !nothing && test_.harness().FailNextCommit(applied)) {
      EXPECT_EQ(shard.worker->Commit(std::move(transaction), consumed).code(),
                absl::StatusCode::kCancelled);
      EXPECT_EQ(test_.harness().faults_fired(), fired + 1);
      if (applied) model_ = after;
      shard.worker.reset();
      OpenShard(p);
      return;
    }
    const absl::Status status = shard.worker->Commit(std::move(transaction), consumed);
    ASSERT_TRUE(status.ok()) << status;
    model_ = after;
    shard.polled.erase(shard.polled.begin(), shard.polled.begin() + static_cast<ptrdiff_t>(count));
  }

  void Fence(log::Partition p) {
    const std::unique_ptr<log::Worker> old = std::move(shards_[p].worker);
    OpenShard(p);
    LogModel ignored;
    log::Transaction transaction(&old->state());
    EXPECT_TRUE(transaction.Emit("documents", "", "of a fenced worker").ok());
    transaction.Put("seen", "fenced", "x");
    EXPECT_EQ(old->Commit(std::move(transaction), {}).code(), absl::StatusCode::kAborted);
  }

  LogContract& test_;
  std::mt19937_64 random_;
  LogModel model_;
  Shard shards_[kShards];
  uint64_t serial_ = 0;
};

TEST_P(LogContract, AgreesWithAnOracleOverRandomTurns) {
  const uint64_t seed = support::RandomSeed();
  SCOPED_TRACE(seed);
  Drill drill(*this, seed);
  for (int turn = 0; turn < harness().model_turns() && !HasFailure(); ++turn) {
    SCOPED_TRACE(turn);
    drill.Turn();
  }
  drill.CheckTopics();
}

}  // namespace
}  // namespace sluice::contract
