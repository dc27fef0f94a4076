#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>

#include "absl/time/clock.h"
#include "pipeline/base/strings.h"
#include "services/sluice/archive_pages.h"
#include "services/sluice/page_submission.h"
#include "services/sluice/verbs.h"

namespace sluice::cli {
namespace {

struct ReplayFlags {
  PageSubmission::Options submission;
  std::vector<std::string> files;
  std::string format = "auto";
  uint64_t limit = 0;
};

// Goes through the files, page by page, and keeps count.
class Replay {
 public:
  Replay(const ReplayFlags& flags, std::ostream& messages, bool progress)
      : flags_(flags), messages_(messages), progress_(progress), begun_(absl::Now()) {}

  int Run() {
    const base::SystemClock clock;
    PageSubmission submission(flags_.submission, clock);
    const absl::Status status = submission.Run(
        [this] { return NextPage(); },
        [this](uint64_t tag, const service::v1::SubmitResult& result) { Answered(tag, result); },
        [this](const absl::Status& why) {
          EndProgress();
          messages_ << fmt::format("sluice: {}; trying again\n", why.message());
        });
    EndProgress();
    if (!status.ok()) {
      messages_ << fmt::format("sluice: {}\n", status.message());
      failed_ = true;
    }
    Summary();
    return failed_ ? 1 : 0;
  }

 private:
  std::optional<PageSubmission::Page> NextPage() {
    for (;;) {
      if (flags_.limit > 0 && handed_out_ == flags_.limit) return std::nullopt;
      if (pages_ == nullptr && !OpenNext()) return std::nullopt;
      auto event = pages_->Next();
      ShowProgress();
      if (!event.ok()) {
        Complain(base::ToStd(event.status().message()));
        CloseFile();
        continue;
      }
      switch (*event) {
        case ArchivePages::Event::kEnd:
          CloseFile();
          break;
        case ArchivePages::Event::kPassedOver:
          ++passed_over_;
          break;
        case ArchivePages::Event::kProblem:
          ++damaged_;
          Complain(pages_->problem());
          break;
        case ArchivePages::Event::kPage:
          return Hand();
      }
    }
  }

  PageSubmission::Page Hand() {
    PageSubmission::Page page{.request = pages_->TakePage(), .tag = handed_out_++};
    page.request.set_origin(data::v1::ORIGIN_REPLAY);
    places_.emplace(page.tag, fmt::format("{}: {}", file_, pages_->place()));
    return page;
  }

  bool OpenNext() {
    using Format = ArchivePages::Format;
    while (next_file_ < flags_.files.size()) {
      file_ = flags_.files[next_file_++];
      const Format format = flags_.format == "warc"    ? Format::kWarc
                            : flags_.format == "jsonl" ? Format::kJsonl
                                                       : Format::kAuto;
      auto pages = ArchivePages::Open(file_, format);
      if (pages.ok()) {
        pages_ = *std::move(pages);
        std::error_code error;
        file_bytes_ = std::filesystem::file_size(file_, error);
        if (error) file_bytes_ = 0;
        return true;
      }
      Complain(base::ToStd(pages.status().message()));
    }
    return false;
  }

  void CloseFile() { pages_.reset(); }

  void Answered(uint64_t tag, const service::v1::SubmitResult& result) {
    const auto place = places_.find(tag);
    if (result.error().empty()) {
      ++accepted_;
    } else {
      ++refused_;
      EndProgress();
      messages_ << fmt::format("sluice: {}: {}: {}\n", place->second, OneLine(result.url()),
                               OneLine(result.error()));
      failed_ = true;
    }
    places_.erase(place);
    ShowProgress();
  }

  void Complain(std::string_view message) {
    const std::string what = OneLine(message);
    EndProgress();
    failed_ = true;
    // Some messages name the file already.
    if (what.find(file_) == std::string::npos) {
      messages_ << fmt::format("sluice: {}: {}\n", file_, what);
    } else {
      messages_ << fmt::format("sluice: {}\n", what);
    }
  }

  void ShowProgress() {
    const absl::Time now = absl::Now();
    if (!progress_ || now - shown_ < absl::Milliseconds(500)) return;
    const double rate = static_cast<double>(accepted_ - shown_accepted_) /
                        absl::ToDoubleSeconds(now - std::max(shown_, begun_));
    shown_ = now;
    shown_accepted_ = accepted_;
    std::string part;
    if (pages_ != nullptr && file_bytes_ > 0) {
      part = fmt::format("  {:3.0f} %", 100.0 * static_cast<double>(pages_->bytes_read()) /
                                            static_cast<double>(file_bytes_));
    }
    messages_ << fmt::format("\r\x1b[K{} pages  {:.0f} pages/s{}  {}", accepted_, rate, part, file_)
              << std::flush;
    on_line_ = true;
  }

  void EndProgress() {
    if (on_line_) messages_ << "\r\x1b[K";
    on_line_ = false;
  }

  void Summary() const {
    const double seconds = absl::ToDoubleSeconds(absl::Now() - begun_);
    messages_ << fmt::format(
        "replayed {} pages in {:.1f} s ({:.0f} pages/s); {} refused, {} damaged, {} records that "
        "are "
        "no pages passed over\n",
        accepted_, seconds, static_cast<double>(accepted_) / std::max(seconds, 0.001), refused_,
        damaged_, passed_over_);
  }

  const ReplayFlags& flags_;
  std::ostream& messages_;
  const bool progress_;
  const absl::Time begun_;

  size_t next_file_ = 0;
  std::string file_;
  uint64_t file_bytes_ = 0;  // 0: unknown.
  std::unique_ptr<ArchivePages> pages_;
  std::map<uint64_t, std::string> places_;  // Of pages under way.

  uint64_t handed_out_ = 0, accepted_ = 0, refused_ = 0, damaged_ = 0, passed_over_ = 0;
  bool failed_ = false;

  absl::Time shown_ = absl::InfinitePast();
  uint64_t shown_accepted_ = 0;
  bool on_line_ = false;
};

}  // namespace

void AddReplayVerb(CLI::App& app, int& exit_status) {
  auto flags = std::make_shared<ReplayFlags>();
  CLI::App* verb = app.add_subcommand(
      "replay",
      "Sends the pages of archives through a running pipeline: WARC, WARC.gz, JSONL, JSONL.gz.\n\n"
      "sluice replay crawl-*.warc.gz\n"
      "zcat pages.jsonl.gz | sluice replay - --format jsonl\n\n"
      "Of WARC files it takes the HTML and plain text that was answered with success. A line of "
      "JSONL has url, html or text, and perhaps title and date. What is damaged is named with its "
      "file and place, and the rest goes on; the exit status is 1 then.");
  AddClientOptions(*verb, flags->submission.client);
  verb->add_option("FILE", flags->files, "The archives, in this order; - is the standard input.")
      ->required();
  verb->add_option("--format", flags->format, "auto (by name, or the first bytes), warc or jsonl.")
      ->check(CLI::IsMember({"auto", "warc", "jsonl"}))
      ->capture_default_str();
  verb->add_option("--limit", flags->limit, "Ends after so many pages.")
      ->type_name("N")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 53));
  verb->callback([flags, &exit_status] {
    exit_status = Replay(*flags, std::cerr, isatty(STDERR_FILENO) != 0).Run();
  });
}

}  // namespace sluice::cli
