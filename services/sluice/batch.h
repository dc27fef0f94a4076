#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace sluice::cli {

// One document of a batch, from its line to its answer. Jobs derive their own.
class BatchItem {
 public:
  virtual ~BatchItem() = default;
  uint64_t bytes = 0;  // Of the document as the pipeline would hand it over; counted in --stats.
};

// What a batch verb does with a line. The stage's own work is Work and Decide, and only these count
// as its CPU time.
class BatchJob {
 public:
  virtual ~BatchJob() = default;

  // Makes the stage's input of a line. Many threads. Not OK: the line is reported with its number
  // and left out.
  virtual absl::StatusOr<std::unique_ptr<BatchItem>> Read(const nlohmann::json& line) const = 0;
  // The stage's work that needs no order. Many threads.
  virtual absl::Status Work(BatchItem& item) const = 0;
  // The stage's work that needs the order of the lines. One thread, in order.
  virtual absl::Status Decide(BatchItem& /*item*/) { return absl::OkStatus(); }
  // The line's answer. Many threads, after Decide.
  virtual nlohmann::ordered_json Answer(const BatchItem& item) const = 0;
};

struct BatchOptions {
  std::string jsonl;                 // A file, may be .gz; - is stdin. Empty: not a batch.
  size_t threads = 0;                // 0: all cores.
  bool stats = false;                // Print one line of JSON on `errors`, last.
  size_t line_bytes_max = 64 << 20;  // A longer line is reported and left out.
  size_t chunk_documents = 256;      // Read, worked on and answered together.
  size_t chunk_bytes = 32 << 20;
};

// Adds --jsonl, --threads and --stats to a verb; `one` is how it is given what is no batch.
void AddBatchOptions(CLI::App& verb, CLI::Option& one, BatchOptions& options);

// Runs a whole file through the job: one JSON object a line in, one a line out, in order. Bad lines
// go to `errors` with their number, and the rest goes on. Returns the exit status: 0, or 1 where a
// line was bad, the file could not be read to its end, or the answers could not be written: then it
// ends with the lines that were under way.
int RunBatch(const BatchOptions& options, BatchJob& job, std::ostream& answers,
             std::ostream& errors);

// Whether the line has the member. One that is null counts as missing: so writers say that there is
// none.
bool HasField(const nlohmann::json& line, std::string_view name);

// A string member; empty where it is missing or null. kInvalidArgument: of another type; the
// message names it.
absl::StatusOr<std::string> StringField(const nlohmann::json& line, std::string_view name);

}  // namespace sluice::cli
