#include "services/sluice/batch.h"

#include <zlib.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <ostream>
#include <vector>

#include "absl/time/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/runtime/pool.h"

namespace sluice::cli {
namespace {

int64_t ThreadCpuNanos() {
  timespec spec;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spec);
  return spec.tv_sec * int64_t{1'000'000'000} + spec.tv_nsec;
}

// The most that was in memory at a time. getrusage tells more: what the program that started this
// one had, until it became this one.
uint64_t PeakMemoryBytes() {
  std::ifstream file("/proc/self/status");
  uint64_t kilobytes = 0;
  for (std::string word; file >> word;) {
    if (word == "VmHWM:") file >> kilobytes;
  }
  return kilobytes * 1024;
}

// Lines of a plain or gzip file, or of stdin.
class Lines {
 public:
  static absl::StatusOr<Lines> Open(const std::string& path, size_t line_bytes_max) {
    gzFile file = path == "-" ? gzdopen(0, "rb") : gzopen(path.c_str(), "rb");
    if (file == nullptr) {
      return absl::NotFoundError(fmt::format("cannot be opened: {}", std::strerror(errno)));
    }
    gzbuffer(file, 1 << 20);
    return Lines(file, line_bytes_max);
  }

  // False at the end; then `status` tells whether the file was whole.
  bool Next(std::string& line) {
    line.clear();
    ++number_;
    bool some = false;
    while (Refill()) {
      some = true;
      const std::string_view rest = std::string_view(buffer_).substr(at_, filled_ - at_);
      const size_t end = rest.find('\n');
      if (line.size() <= line_bytes_max_) line.append(rest.substr(0, end));
      at_ = end == std::string_view::npos ? filled_ : at_ + end + 1;
      if (end != std::string_view::npos) return true;
    }
    return some && status_.ok();
  }

  size_t number() const { return number_; }
  const absl::Status& status() const { return status_; }

 private:
  Lines(gzFile file, size_t line_bytes_max)
      : file_(file, gzclose), line_bytes_max_(line_bytes_max), buffer_(1 << 20, '\0') {}

  // True while there are bytes left.
  bool Refill() {
    if (at_ < filled_) return true;
    const int got = gzread(file_.get(), buffer_.data(), static_cast<unsigned>(buffer_.size()));
    at_ = 0;
    filled_ = got > 0 ? static_cast<size_t>(got) : 0;
    int code = Z_OK;
    const char* message = gzerror(file_.get(), &code);
    if (code == Z_ERRNO) {
      status_ =
          absl::FailedPreconditionError(fmt::format("cannot be read: {}", std::strerror(errno)));
    } else if (code != Z_OK && code != Z_STREAM_END) {
      status_ =
          absl::DataLossError(fmt::format("line {}: the file is damaged: {}", number_, message));
    }
    return filled_ > 0;
  }

  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
  size_t line_bytes_max_;
  std::string buffer_;
  size_t at_ = 0;
  size_t filled_ = 0;
  size_t number_ = 0;
  absl::Status status_;
};

absl::StatusOr<nlohmann::json> ParseObject(const std::string& line) {
  nlohmann::json value;
  try {
    value = nlohmann::json::parse(line);
  } catch (const nlohmann::json::parse_error& error) {
    return absl::InvalidArgumentError(
        error.byte > line.size()
            ? "is not JSON: it ends too early"
            : fmt::format("is not JSON: byte {} cannot stand there", error.byte));
  } catch (const nlohmann::json::out_of_range&) {
    return absl::InvalidArgumentError("has a number beyond 1.8e308, which cannot be read");
  }
  if (!value.is_object()) {
    return absl::InvalidArgumentError(
        fmt::format("is not a JSON object but {}", value.type_name()));
  }
  return value;
}

struct Slot {
  size_t number = 0;
  std::string line;
  absl::Status status;
  std::unique_ptr<BatchItem> item;
  std::string answer;
};

class Batch {
 public:
  Batch(const BatchOptions& options, BatchJob& job, std::ostream& answers, std::ostream& errors)
      : options_(options), job_(job), answers_(answers), errors_(errors), pool_(options.threads) {}

  int Run() {
    const absl::Time start = absl::Now();
    absl::StatusOr<Lines> lines = Lines::Open(options_.jsonl, options_.line_bytes_max);
    if (!lines.ok()) return Fail(lines.status());
    while (answers_ && Fill(*lines)) {
      Process();
      if (!answers_.flush()) {
        errors_ << fmt::format("sluice: the answers cannot be written: {}\n", std::strerror(errno));
        failed_ = true;
      }
    }
    if (!lines->status().ok()) failed_ = Fail(lines->status()) != 0;
    if (options_.stats) PrintStats(absl::Now() - start);
    return failed_ ? 1 : 0;
  }

 private:
  bool Fill(Lines& lines) {
    slots_.clear();
    size_t bytes = 0;
    Slot slot;
    while (slots_.size() < options_.chunk_documents && bytes < options_.chunk_bytes &&
           lines.Next(slot.line)) {
      if (slot.line.find_first_not_of(" \t\r") == std::string::npos) continue;
      slot.number = lines.number();
      bytes += slot.line.size();
      slots_.push_back(std::move(slot));
      slot = Slot();
    }
    return !slots_.empty();
  }

  void Process() {
    pool_.ParallelFor(slots_.size(), [this](size_t i) { ReadAndWork(slots_[i]); });
    for (Slot& slot : slots_) {
      if (slot.item == nullptr) continue;
      const int64_t start = ThreadCpuNanos();
      slot.status = job_.Decide(*slot.item);
      cpu_nanos_ += ThreadCpuNanos() - start;
    }
    pool_.ParallelFor(slots_.size(), [this](size_t i) {
      Slot& slot = slots_[i];
      if (slot.item != nullptr && slot.status.ok()) {
        slot.answer =
            job_.Answer(*slot.item).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      }
    });
    for (const Slot& slot : slots_) {
      if (slot.status.ok()) {
        answers_ << slot.answer << '\n';
        ++documents_;
        bytes_ += slot.item->bytes;
      } else {
        errors_ << fmt::format("sluice: {}, line {}: {}\n", options_.jsonl, slot.number,
                               slot.status.message());
        failed_ = true;
      }
    }
  }

  void ReadAndWork(Slot& slot) {
    if (slot.line.size() > options_.line_bytes_max) {
      slot.status = absl::InvalidArgumentError(
          fmt::format("is over the limit of {} bytes", options_.line_bytes_max));
      return;
    }
    const absl::StatusOr<nlohmann::json> line = ParseObject(slot.line);
    if (!line.ok()) {
      slot.status = line.status();
      return;
    }
    slot.line.clear();
    absl::StatusOr<std::unique_ptr<BatchItem>> item = job_.Read(*line);
    if (!item.ok()) {
      slot.status = item.status();
      return;
    }
    const int64_t start = ThreadCpuNanos();
    slot.status = job_.Work(**item);
    cpu_nanos_ += ThreadCpuNanos() - start;
    if (slot.status.ok()) slot.item = *std::move(item);
  }

  int Fail(const absl::Status& status) {
    errors_ << fmt::format("sluice: {}: {}\n", options_.jsonl, status.message());
    return 1;
  }

  void PrintStats(absl::Duration wall) {
    const nlohmann::ordered_json stats = {{"documents", documents_},
                                          {"bytes", bytes_},
                                          {"cpu_seconds", static_cast<double>(cpu_nanos_) / 1e9},
                                          {"wall_seconds", absl::ToDoubleSeconds(wall)},
                                          {"max_rss_bytes", PeakMemoryBytes()}};
    errors_ << stats.dump() << '\n';
  }

  const BatchOptions& options_;
  BatchJob& job_;
  std::ostream& answers_;
  std::ostream& errors_;
  runtime::Pool pool_;
  std::vector<Slot> slots_;
  std::atomic<int64_t> cpu_nanos_ = 0;
  uint64_t documents_ = 0;
  uint64_t bytes_ = 0;
  bool failed_ = false;
};

}  // namespace

void AddBatchOptions(CLI::App& verb, CLI::Option& one, BatchOptions& options) {
  verb.add_option(
          "--jsonl", options.jsonl,
          "Batch: one JSON object a line in and out, in order. FILE may be .gz, - is stdin.")
      ->type_name("FILE")
      ->excludes(&one);
  constexpr size_t kThreadsMax = 1024;
  verb.add_option("--threads", options.threads, "Threads to use. Default: one a core.")
      ->check(CLI::Range(size_t{0}, kThreadsMax));
  verb.add_flag("--stats", options.stats,
                "Print a line of JSON on stderr at the end: documents, bytes, cpu_seconds, "
                "wall_seconds, max_rss_bytes.");
}

int RunBatch(const BatchOptions& options, BatchJob& job, std::ostream& answers,
             std::ostream& errors) {
  return Batch(options, job, answers, errors).Run();
}

bool HasField(const nlohmann::json& line, std::string_view name) {
  const auto found = line.find(name);
  return found != line.end() && !found->is_null();
}

absl::StatusOr<std::string> StringField(const nlohmann::json& line, std::string_view name) {
  if (!HasField(line, name)) return std::string();
  const auto found = line.find(name);
  if (!found->is_string()) {
    return absl::InvalidArgumentError(
        fmt::format("`{}` is {}, not a string", name, found->type_name()));
  }
  return found->get<std::string>();
}

}  // namespace sluice::cli
