#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "pipeline/kafka/committer.h"
#include "pipeline/kafka/options.h"
#include "pipeline/kafka/patience.h"
#include "pipeline/kafka/reader.h"
#include "pipeline/log/log.h"

namespace sluice::kafka {

// The topics that a shard's tables are kept in: a record a row, by its key; a tombstone where it
// was erased; the format's version in the header `version`. Expiring tables also have marks: an
// empty key, a tombstone, and the time (microseconds) before which all rows are gone in the header
// `expired`.
class Changelog {
 public:
  static constexpr char kVersionHeader[] = "version";
  static constexpr char kExpiredHeader[] = "expired";

  Changelog(const Options& options, const log::Spec& spec, log::Partition partition);

  // A topic a table, in the Spec's order.
  const std::vector<OutputTopic>& topics() const { return topics_; }

  // What `transaction` does to the tables, rows first, for a committer whose topics from
  // `first_topic` on are topics(). Views live as long as both.  Tables are the Spec's, or the
  // program ends.
  void Encode(const log::Transaction& transaction, size_t first_topic,
              std::vector<OutputRecord>& records);

  // A part of what was restored, to be applied as it comes: rows, then expiries. `offsets` are
  // where reading would go on, by table.
  struct Part {
    std::vector<log::Transaction::Row> rows = {};
    std::vector<std::pair<std::string, absl::Time>> expiries = {};
    std::vector<int64_t> offsets = {};
  };
  // Reads the tables' topics from `offsets` to `ends`, those of what is committed.
  //   kFailedPrecondition: rows of another version. Other errors: `apply`'s, and those of waiting.
  absl::Status Restore(Reader& reader, std::vector<int64_t> offsets, absl::Span<const int64_t> ends,
                       const Options& options, std::string_view who, const std::stop_token& stop,
                       absl::FunctionRef<absl::Status(Part&)> apply) const;

 private:
  size_t TableIndex(std::string_view table) const;
  size_t TopicIndex(const rd_kafka_message_t& message) const;
  // Adds a record to `part`; true: the part is to be applied before the next one.
  absl::StatusOr<bool> Take(const rd_kafka_message_t& message, Part& part) const;

  std::vector<log::Table> tables_;
  int32_t partition_;
  std::vector<OutputTopic> topics_;
  std::vector<std::string> versions_;      // Header values, by table.
  std::vector<std::string> expiry_times_;  // Header values of the last Encode.
};

}  // namespace sluice::kafka
