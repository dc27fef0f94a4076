#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/fetch/byte_source.h"
#include "services/fetch/read_buffer.h"

namespace sluice::fetch {

// A page out of a JSONL file.
struct JsonlPage {
  std::string url;  // Not checked.
  std::string body;
  bool is_html = false;  // Else plain text.
  std::string title;     // As a feed would have given it; may be empty.
  std::optional<absl::Time> date;
};

// Reads pages, one JSON object a line: `url`, one of `html` and `text`, and perhaps `title`
// and `date` (any form that ParseFeedDate reads). Other members are passed over, so are empty
// lines. Memory is bounded by the longest line. One thread.
class JsonlPages {
 public:
  struct Limits {
    size_t line_bytes_max = 32 << 20;
  };
  enum class Event { kPage, kBadLine, kEnd };

  // `source` gives the plain text (GunzipSource opens .gz) and must outlive the reader.
  JsonlPages(ByteSource& source, const Limits& limits) : buffer_(source), limits_(limits) {}

  // What comes next. Not OK: the source cannot be read; final.
  absl::StatusOr<Event> Next();

  const JsonlPage& page() const { return page_; }          // After kPage.
  uint64_t line() const { return line_; }                  // Of what Next told, from 1.
  const std::string& problem() const { return problem_; }  // After kBadLine: "line 7: ...".

 private:
  absl::StatusOr<bool> TakeLine();
  void ReadPage(std::string_view line);

  ReadBuffer buffer_;
  Limits limits_;
  JsonlPage page_;
  std::string problem_;
  uint64_t line_ = 0;
  std::string_view text_;  // Of the line; in buffer_.
  size_t line_bytes_ = 0;  // Of the line with its end, to be consumed.
  bool too_long_ = false;
};

}  // namespace sluice::fetch
