#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "sluice/service/v1/fetch.pb.h"

namespace sluice::cli {

// The pages of an archive file, as requests to SubmitPages: of WARC (also .gz) the HTML and plain
// text that was answered with a status of success, bodies as they were stored; of JSONL (also .gz)
// every line. What is damaged is told, with its place, and reading goes on. One thread.
class ArchivePages {
 public:
  enum class Format { kAuto, kWarc, kJsonl };
  enum class Event {
    kPage,
    kPassedOver,  // A record that is no page: a request, an image, a redirect.
    kProblem,
    kEnd,
  };

  // `path` "-" is the standard input. kAuto: by the file's name, or else its first bytes.
  //   kNotFound, kUnavailable: cannot be read. kInvalidArgument: neither of the formats.
  static absl::StatusOr<std::unique_ptr<ArchivePages>> Open(const std::string& path, Format format);
  virtual ~ArchivePages() = default;

  // What comes next. Not OK: the file cannot be read further.
  virtual absl::StatusOr<Event> Next() = 0;

  service::v1::SubmitPagesRequest TakePage() { return std::move(page_); }  // After kPage, once.
  const std::string& place() const { return place_; }      // "line 7", "offset 4711".
  const std::string& problem() const { return problem_; }  // After kProblem: with its place.
  virtual uint64_t bytes_read() const = 0;                 // Of the file as stored.

 protected:
  service::v1::SubmitPagesRequest page_;
  std::string place_;
  std::string problem_;
};

}  // namespace sluice::cli
