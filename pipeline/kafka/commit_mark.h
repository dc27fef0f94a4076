#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace sluice::kafka {

// What is stored beside every committed offset of a shard: which commit it was, so that one of
// unknown end can be looked up.
struct CommitMark {
  uint64_t sequence = 0;   // Of the shard's commits, from 1.
  std::string owner = {};  // Who committed: unique to one open worker, so that a twin's commit is
                           // not taken for one's own.
  absl::Time appended =
      absl::UnixEpoch();  // The log's clock at the offset: it must not fall after a restart.

  // The commit, not the clock.
  friend bool operator==(const CommitMark& a, const CommitMark& b) {
    return a.sequence == b.sequence && a.owner == b.owner;
  }
};

// As offset metadata: "seq=12 owner=9f3c... appended=1763777777000" (milliseconds since the epoch).
std::string Encode(const CommitMark& mark);
// Empty: not of this form; somebody else has committed for this group.
std::optional<CommitMark> DecodeCommitMark(std::string_view metadata);

}  // namespace sluice::kafka
