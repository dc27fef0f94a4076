#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "pipeline/log/transaction.h"

namespace sluice::embedded {

// How records lie in a topic's column family.

// Key: partition (4 bytes) and offset (8), big endian: records of a partition in order.
struct RecordId {
  log::Partition partition = 0;
  uint64_t offset = 0;
};
inline constexpr size_t kRecordKeyBytes = 12;
using RecordKey = std::array<char, kRecordKeyBytes>;

RecordKey EncodeRecordKey(const RecordId& id);
// nullopt: not such a key.
std::optional<RecordId> DecodeRecordKey(std::string_view bytes);

// Value: a head of 20 bytes, the record's key, its value.
struct StoredRecord {
  absl::Time appended;        // Microseconds.
  uint64_t bytes_before = 0;  // Of keys and values of all earlier records of the partition.
  std::string_view key;
  std::string_view value;

  size_t bytes() const { return key.size() + value.size(); }
};
inline constexpr size_t kRecordHeadBytes = 20;
using RecordHead = std::array<char, kRecordHeadBytes>;

RecordHead EncodeRecordHead(const StoredRecord& record);
// Views into `bytes`. nullopt: damaged.
std::optional<StoredRecord> DecodeRecord(std::string_view bytes);

}  // namespace sluice::embedded
