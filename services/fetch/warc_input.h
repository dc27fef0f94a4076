#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/fetch/byte_source.h"

namespace sluice::fetch {

// The plain bytes of an archive, as a window that moves over them; what the reader of records
// stands on. The bytes come in segments: a gzip member each, or the whole file where it is not
// compressed. One thread.
class WarcInput {
 public:
  // Looks at the first bytes to tell which it is. `window_bytes_max`: how much Fill may be asked
  // for. Errors are those of the source, which must outlive the input.
  static absl::StatusOr<std::unique_ptr<WarcInput>> Create(ByteSource& source,
                                                           size_t window_bytes_max);
  virtual ~WarcInput() = default;

  // Goes to the next segment that is not empty; the rest of this one is passed over, however
  // damaged. False: there is none.
  virtual absl::StatusOr<bool> NextSegment() = 0;
  // Makes window() hold `size` bytes, or all that are left of the segment. Moves the window: views
  // into it are void. kDataLoss: the compressed data are damaged.  kOutOfRange: they are cut off.
  // window() holds what came before.
  virtual absl::Status Fill(size_t size) = 0;
  // Where in the file window() begins; of a gzip member, where the member begins.
  virtual uint64_t offset() const = 0;
  // The file's bytes are the archive's: a new record can be looked for in them after a damaged one.
  virtual bool plain() const = 0;

  std::string_view window() const { return window_; }
  void Consume(size_t size) {
    window_.remove_prefix(size);
    consumed_ += size;
  }
  // Bytes consumed of this segment.
  uint64_t consumed() const { return consumed_; }

 protected:
  std::string_view window_;
  uint64_t consumed_ = 0;
};

}  // namespace sluice::fetch
