#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/embedded/storage.h"
#include "pipeline/embedded/watermarks.h"
#include "pipeline/log/log.h"

namespace sluice::embedded {

// Reads partitions in order, several by the times of their records. One thread.
class RecordReader {
 public:
  struct Input {
    TopicPartition at;
    uint64_t next = 0;
  };

  // Both outlive it. `reader` names who reads, for messages.
  RecordReader(std::string reader, std::vector<Input> inputs, Watermarks::View view,
               Storage& storage, const Watermarks& watermarks);

  // What there is, within limits; perhaps nothing. Keys and values live until the next call.
  //   kOutOfRange: retention has removed what was to come. kDataLoss: damaged.
  absl::StatusOr<std::vector<log::Record>> Read(const log::Limits& limits);

  // By record of the last Read: its place in inputs().
  const std::vector<size_t>& sources() const { return sources_; }
  const std::vector<Input>& inputs() const { return inputs_; }

 private:
  class Cursor;

  // kDataLoss, or as Missing: why the cursor is not at its input's next record.
  absl::Status Lost(const Cursor& cursor) const;
  // kOutOfRange or kDataLoss: why `input.next` is not where it should be.
  absl::Status Missing(const Input& input) const;

  const std::string reader_;
  std::vector<Input> inputs_;
  const Watermarks::View view_;
  Storage* storage_;              // Not owned.
  const Watermarks* watermarks_;  // Not owned.
  std::string arena_;             // Keys and values of the last Read, one after another.
  std::vector<size_t> sources_;
};

}  // namespace sluice::embedded
