#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pipeline/embedded/embedded_log.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/simulated_disk.h"
#include "tests/simulation/power/commit_history.h"
#include "tests/support/temporary_directory.h"

namespace sluice::power {

// An embedded log on a simulated disk, driven at random beside a history of its commits: a shard
// that writes, two that copy pages (which lie in blob files), a replica that shows what it reads to
// subscribers, an appender, trims and retention. After every opening it compares all that the log
// holds with what the history says. One thread.
class PowerDrill {
 public:
  PowerDrill(uint64_t seed, absl::Duration sync_interval);
  ~PowerDrill();

  // Opens the log and all shards, and compares. Not OK: the log's answer; nothing is open then.
  absl::Status Open();
  // Does something, or syncs where the interval says so. Not OK: the log's answer.
  absl::Status Step();
  // Brings the log to the disk whatever the interval says.
  absl::Status Sync();
  void Close();
  // The process ended and the machine did not: the next Open that succeeds finds all.
  void ExpectAll() { all_expected_ = true; }

  fakes::SimulatedDisk& disk() { return disk_; }
  absl::Status health() const { return log_->health(); }
  uint64_t Random(uint64_t below) { return random_() % below; }
  // What the last Step or Open was about.
  const std::string& phase() const { return phase_; }

  struct Tally {
    uint64_t opened = 0;
    uint64_t commits = 0;
    uint64_t commits_lost = 0;
    uint64_t seen = 0;      // Records that subscribers got.
    uint64_t trimmed = 0;   // Records.
    uint64_t compared = 0;  // Records.
    absl::Duration oldest_lost;
  };
  const Tally& tally() const { return tally_; }

 private:
  struct Shard {
    std::string name;
    log::Spec spec;
    bool replica = false;
    log::Partition partition = 0;
    std::vector<Place> inputs = {};
    std::map<Place, uint64_t> reading = {};
    std::unique_ptr<log::Worker> worker = nullptr;
  };
  // What an opened log holds.
  struct Found {
    std::map<Place, std::map<uint64_t, std::string>> records;
    std::map<std::string, Rows> rows;
    uint64_t newest = 0;  // Number of the newest commit of which there is a trace.
  };

  absl::Status OpenAll();
  absl::Status Gather(Found& found);
  void Compare(const Found& found);
  void CompareTopics(const Found& found, const World& world);
  void ComparePositions(const Found& found, const World& world);

  absl::Status Write();
  absl::Status Copy(Shard& shard);
  absl::Status Show();
  absl::Status Append();
  absl::Status TrimSome();
  absl::Status Commit(Shard& shard, std::vector<std::pair<Place, std::string>> appends,
                      const std::vector<log::Record>& consumed);
  std::string Value(uint64_t number);
  uint64_t LowestPosition(const Place& place) const;

  std::mt19937_64 random_;
  const absl::Duration sync_interval_;
  const support::TemporaryDirectory directory_;  // Of the lock; all else is on the disk below.
  fakes::ManualClock clock_;
  fakes::SimulatedDisk disk_;
  CommitHistory history_;
  uint64_t number_ = 0;   // Of the last commit that was tried.
  uint64_t durable_ = 0;  // All commits up to this one were promised.
  bool all_expected_ = false;
  absl::Time next_sync_ = absl::InfinitePast();
  std::map<std::pair<Place, uint64_t>, std::string> seen_;  // By subscribers.
  std::vector<Shard> shards_;
  std::unique_ptr<embedded::EmbeddedLog> log_;
  std::string phase_;
  Tally tally_;
};

}  // namespace sluice::power
