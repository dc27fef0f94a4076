#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "services/fetch/byte_source.h"

namespace sluice::fetch {

// A window over a source that moves forward: bytes are read in large pieces and stay until they are
// consumed. One thread.
class ReadBuffer {
 public:
  static constexpr size_t kReadBytes = 1 << 20;  // Asked of the source at a time.

  // `source` must outlive the buffer.
  explicit ReadBuffer(ByteSource& source) : source_(&source) {}

  std::string_view bytes() const { return {data_.get() + begin_, end_ - begin_}; }
  uint64_t offset() const { return offset_; }  // In the source, of the first of bytes().
  bool source_ended() const { return source_ended_; }

  void Consume(size_t size) {
    begin_ += size;
    offset_ += size;
  }

  // Makes bytes() at least `size` long, or all there are. Views into it are void afterwards. Errors
  // are the source's.
  absl::Status Fill(size_t size) {
    while (end_ - begin_ < size && !source_ended_) {
      MakeRoom(size);
      const absl::StatusOr<size_t> count = source_->Read(data_.get() + end_, capacity_ - end_);
      if (!count.ok()) return count.status();
      end_ += *count;
      source_ended_ = *count == 0;
    }
    return absl::OkStatus();
  }

 private:
  // For `size` bytes from begin_ on, and a piece to read.
  void MakeRoom(size_t size) {
    const size_t held = end_ - begin_;
    const size_t wanted = std::max(size, held) + kReadBytes;
    if (begin_ + wanted <= capacity_) return;
    if (wanted > capacity_) {
      const size_t capacity = std::max(wanted, 2 * capacity_);
      std::unique_ptr<char[]> larger(new char[capacity]);
      if (held > 0) std::memcpy(larger.get(), data_.get() + begin_, held);
      data_ = std::move(larger);
      capacity_ = capacity;
    } else {
      if (held > 0) std::memmove(data_.get(), data_.get() + begin_, held);
    }
    begin_ = 0;
    end_ = held;
  }

  ByteSource* source_;  // Not owned.
  std::unique_ptr<char[]> data_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t offset_ = 0;
  bool source_ended_ = false;
};

}  // namespace sluice::fetch
