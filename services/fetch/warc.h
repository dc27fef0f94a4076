#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/fetch/warc_input.h"

namespace sluice::fetch {

// A record of a web archive. Views live until the reader's next call.
struct WarcRecord {
  struct Header {
    std::string_view name;
    std::string_view value;
  };

  std::string_view type;  // As written: response, resource, revisit, ...
  std::string_view url;   // WARC-Target-URI without angle brackets; may be empty.
  std::string_view date;  // WARC-Date as written.
  std::vector<Header> headers;
  std::string_view block;
  uint64_t offset = 0;  // Of the record, or of the gzip member that it is in.

  // Of the first header of this name, without case; empty where there is none.
  std::string_view header(std::string_view lower_name) const;
  // The block is an HTTP message (give it to ParseHttpMessage).
  bool is_http() const;
};

// A place where the archive is not as it should be.
struct WarcDamage {
  enum class Kind { kTruncated, kCorrupt, kBadLength, kBadHeader, kTooLarge };

  Kind kind = Kind::kCorrupt;
  uint64_t offset = 0;  // Where the damaged record or gzip member begins.
  std::string message;  // What is wrong, and where.
};

std::string_view NameOf(WarcDamage::Kind kind);  // "truncated", "bad length", ...

// Reads WARC 1.0 and 1.1: plain, with a gzip member a record, or with one gzip stream around all.
// Only whole records come out: one that is cut off, damaged, or whose Content-Length lies is told
// as damage, and reading goes on at the next record that can be found. Memory is bounded by the
// limits, copying is only done where the bytes come in. One thread. (ISO 28500)
class WarcReader {
 public:
  struct Limits {
    // Inflated, with its header. A larger one is passed over as kTooLarge, by its Content-Length:
    // what is in it never counts as records, whatever it looks like.
    size_t record_bytes_max = 16 << 20;
    size_t header_bytes_max = 256 << 10;
  };
  enum class Event { kRecord, kDamage, kEnd };

  // `source` must outlive the reader. Errors are the source's.
  static absl::StatusOr<std::unique_ptr<WarcReader>> Create(ByteSource& source,
                                                            const Limits& limits);

  // What comes next. Not OK: the source cannot be read; final.
  absl::StatusOr<Event> Next();

  const WarcRecord& record() const { return record_; }  // After kRecord.
  const WarcDamage& damage() const { return damage_; }  // After kDamage.

 private:
  WarcReader(std::unique_ptr<WarcInput> input, const Limits& limits)
      : input_(std::move(input)), limits_(limits) {}

  absl::StatusOr<bool> FindRecord();
  absl::StatusOr<bool> ReadRecord();
  absl::StatusOr<size_t> FillHeader();
  bool ParseHeader(std::string_view text);
  absl::StatusOr<bool> TakeBlock(size_t header_bytes, size_t block_bytes);
  absl::Status PassOver();
  absl::Status Resynchronise();
  absl::StatusOr<bool> Damage(WarcDamage::Kind kind, std::string_view why);
  absl::StatusOr<bool> DamageOf(const absl::Status& status);

  std::unique_ptr<WarcInput> input_;
  Limits limits_;
  WarcRecord record_;
  WarcDamage damage_;
  bool in_segment_ = false;
  bool resynchronise_ = false;
  uint64_t pass_over_ = 0;   // Bytes of a record that is too large.
  size_t record_bytes_ = 0;  // Of the record that was told, to be consumed.
  std::string unfolded_;     // A header whose lines were folded.
};

}  // namespace sluice::fetch
