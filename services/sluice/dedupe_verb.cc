// sluice dedupe: which documents are versions of one article.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <ostream>
#include <streambuf>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "pipeline/base/strings.h"
#include "services/dedupe/deduper.h"
#include "services/dedupe/page_address.h"
#include "services/sluice/batch.h"
#include "services/sluice/client.h"
#include "services/sluice/story.h"
#include "services/sluice/usage.h"
#include "services/sluice/verbs.h"

namespace sluice::cli {
namespace {

using dedupe::Arrival;
using dedupe::Deduper;
using dedupe::Look;
using dedupe::Place;
using dedupe::Relation;
using dedupe::Ruling;
using nlohmann::ordered_json;

// The batch has no clock of its own, so nothing ages.
constexpr absl::Time kLogTime = absl::UnixEpoch();

struct DedupeVerbOptions {
  BatchOptions batch;
  std::vector<std::string> files;
  bool why = false;
  bool private_addresses = false;
  uint64_t memory_bytes_max = uint64_t{4} << 30;
};

std::string_view NameOf(Relation relation) {
  switch (relation) {
    case Relation::kOriginal:
      return "original";
    case Relation::kCopy:
      return "copy";
    case Relation::kUpdate:
      return "update";
    case Relation::kExact:
      return "exact";
  }
  return "";
}

// A date as the data has it: a day, a local time, or RFC 3339. Others count as unknown.
absl::Time ParseDate(std::string_view text) {
  absl::Time time;
  for (const char* format : {"%Y-%m-%d", "%Y-%m-%dT%H:%M:%E*S", "%Y-%m-%dT%H:%M:%E*S%Ez",
                             "%Y-%m-%d %H:%M:%E*S", "%Y-%m-%dT%H:%M"}) {
    if (absl::ParseTime(format, base::ToAbsl(text), &time, nullptr)) return time;
  }
  return absl::InfinitePast();
}

struct DedupeItem final : BatchItem {
  std::string id;
  std::string url;
  std::string title;
  std::string text;
  std::string date;
  Arrival arrival;
  Place place;
};

dedupe::DedupeOptions BatchMemory(const DedupeVerbOptions& verb) {
  dedupe::DedupeOptions options;
  options.text_memory = options.document_memory = absl::InfiniteDuration();
  options.date_past_max = options.date_future_max = absl::InfiniteDuration();
  options.index.bytes_max = verb.memory_bytes_max;
  options.documents_max = size_t{1} << 31;
  return options;
}

class DedupeJob final : public BatchJob {
 public:
  explicit DedupeJob(const dedupe::DedupeOptions& options)
      : fingerprinter_(options.fingerprint), deduper_(options) {}

  absl::StatusOr<std::unique_ptr<BatchItem>> Read(const nlohmann::json& line) const override {
    auto item = std::make_unique<DedupeItem>();
    for (const auto& [name, place] : {std::pair{"id", &item->id},
                                      {"url", &item->url},
                                      {"title", &item->title},
                                      {"text", &item->text},
                                      {"date", &item->date}}) {
      absl::StatusOr<std::string> value = StringField(line, name);
      if (!value.ok()) return value.status();
      *place = *std::move(value);
    }
    if (item->id.empty()) {
      return absl::InvalidArgumentError("the document has no id; give each one of its own");
    }
    item->arrival.date = ParseDate(item->date);
    if (item->arrival.date != absl::InfinitePast()) {
      absl::MutexLock lock(&first_date_mutex_);
      first_date_ = std::min(first_date_, item->arrival.date);
    }
    item->bytes = item->title.size() + item->text.size();
    return item;
  }

  absl::Status Work(BatchItem& item) const override {
    auto& document = static_cast<DedupeItem&>(item);
    Arrival& arrival = document.arrival;
    arrival.id = base::HashBytes(document.id);
    dedupe::SetAddress(document.url, arrival);
    fingerprinter_.Make(document.title, document.text, arrival.fingerprint);
    return absl::OkStatus();
  }

  absl::Status Decide(BatchItem& item) override {
    Decide(static_cast<DedupeItem&>(item), [](const Look&) {});
    return absl::OkStatus();
  }

  void Decide(DedupeItem& document, absl::FunctionRef<void(const Look&)> look) {
    Arrival& arrival = document.arrival;
    // In the pipeline a document without a date has that of its arrival: here that of the document
    // before, and the first ones the earliest of those that were read with them.
    if (arrival.date == absl::InfinitePast()) arrival.date = last_date_.value_or(FirstDate());
    last_date_ = arrival.date;
    const Ruling ruling = deduper_.Decide(arrival, kLogTime, look);
    document.place = ruling.place;
    if (ruling.kind != Ruling::Kind::kRedelivered) {
      const dedupe::LogPlace log{.time = kLogTime, .offset = offset_++};
      ids_.emplace(arrival.id, names_.size());
      names_ += document.id;
      names_.push_back('\0');
      const dedupe::SeenDocument seen = deduper_.Describe(arrival, ruling.place, log);
      if (ruling.kind == Ruling::Kind::kNew) {
        deduper_.Remember(seen, arrival, kLogTime);
      } else {
        deduper_.LoadDocument(seen);  // Its article's text is there already.
      }
    }
  }

  ordered_json Answer(const BatchItem& item) const override {
    const auto& document = static_cast<const DedupeItem&>(item);
    ordered_json answer = {{"id", document.id},
                           {"cluster_id", NameOfId(document.place.cluster_id)},
                           {"relation", NameOf(document.place.relation)}};
    if (document.place.relation != Relation::kOriginal) {
      answer["of"] = NameOfId(document.place.of);
      answer["similarity"] = document.place.similarity;
    }
    for (const base::Hash128& cluster : document.place.also_matches) {
      answer["also_matches"].push_back(NameOfId(cluster));
    }
    return answer;
  }

  // Texts that were forgotten because memory_bytes_max was reached.
  uint64_t evicted() const { return deduper_.size().texts_evicted; }

  // The id as the line had it; empty for none.
  std::string NameOfId(const base::Hash128& id) const {
    const auto found = ids_.find(id);
    return found == ids_.end() ? "" : std::string(names_.c_str() + found->second);
  }

 private:
  absl::Time FirstDate() const {
    absl::MutexLock lock(&first_date_mutex_);
    return first_date_ == absl::InfiniteFuture() ? kLogTime : first_date_;
  }

  dedupe::Fingerprinter fingerprinter_;
  Deduper deduper_;
  uint64_t offset_ = 0;
  std::optional<absl::Time> last_date_;  // Of the document before.
  mutable absl::Mutex first_date_mutex_;
  mutable absl::Time first_date_ ABSL_GUARDED_BY(first_date_mutex_) = absl::InfiniteFuture();
  absl::flat_hash_map<base::Hash128, size_t> ids_;  // Where names_ has it.
  std::string names_;                               // Ids as the lines had them, each ended by NUL.
};

// Keeps what was decided to print it by clusters.
class ShowJob final : public BatchJob {
 public:
  explicit ShowJob(const dedupe::DedupeOptions& options) : job_(options) {}

  absl::StatusOr<std::unique_ptr<BatchItem>> Read(const nlohmann::json& line) const override {
    return job_.Read(line);
  }
  absl::Status Work(BatchItem& item) const override { return job_.Work(item); }
  absl::Status Decide(BatchItem& item) override {
    auto& document = static_cast<DedupeItem&>(item);
    Shown shown;
    shown.id = document.id;
    shown.title = document.title;
    shown.date = document.date;
    job_.Decide(document, [&](const Look& look) {
      const bool near = look.evidence.coverage() >= dedupe::Comparison::kUnlikeBelow;
      if (near) shown.looks.push_back(Describe(look));
    });
    shown.relation = document.place.relation;
    if (shown.relation != Relation::kOriginal) {
      shown.twin = fmt::format("of {}, {:.0f} % of the shorter text ({} words)",
                               job_.NameOfId(document.place.of), 100 * document.place.similarity,
                               document.place.shared_words);
    }
    const auto [cluster, is_new] =
        cluster_of_.try_emplace(job_.NameOfId(document.place.cluster_id), clusters_.size());
    if (is_new) clusters_.emplace_back();
    clusters_[cluster->second].push_back(std::move(shown));
    return absl::OkStatus();
  }
  ordered_json Answer(const BatchItem& /*item*/) const override { return nullptr; }

  void Print(bool why) const {
    size_t documents = 0;
    size_t alone = 0;
    for (const std::vector<Shown>& cluster : clusters_) {
      documents += cluster.size();
      if (cluster.size() == 1) ++alone;
      const bool near_miss = why && !cluster.front().looks.empty();
      if (cluster.size() == 1 && !near_miss) continue;
      PrintLine(fmt::format("cluster {}: {} document{}", cluster.front().id, cluster.size(),
                            cluster.size() == 1 ? "" : "s"));
      for (const Shown& shown : cluster) PrintOne(shown, why);
    }
    fmt::print("{} documents in {} clusters, {} of them alone\n", documents, clusters_.size(),
               alone);
  }

 private:
  struct Shown {
    std::string id;
    std::string title;
    std::string date;
    Relation relation = Relation::kOriginal;
    std::string twin;
    std::vector<std::string> looks;
  };

  std::string Describe(const Look& look) const {
    const dedupe::Evidence& seen = look.evidence;
    std::string line = fmt::format(
        "{} {}: {}; {} of {} words in runs of five, title {}/{}, names {}/{}, figures {}/{}",
        look.judgement.join ? "joins" : "not", job_.NameOfId(look.id), look.judgement.reason,
        seen.covered_words, seen.shorter_words, seen.title_shared, seen.title_least,
        seen.names_shared, seen.names_least, seen.figures_shared, seen.figures_least);
    if (seen.figure_conflicts + seen.name_conflicts + seen.title_conflicts > 0) {
      line += fmt::format(", instead of another: {} figures, {} names, {} title words",
                          seen.figure_conflicts, seen.name_conflicts, seen.title_conflicts);
    }
    return line;
  }

  // What documents hold is no command to the terminal.
  static void PrintLine(std::string_view line) { fmt::print("{}\n", OneLine(line)); }

  static void PrintOne(const Shown& shown, bool why) {
    PrintLine(fmt::format("  {:<8}  {}  {}  {}", NameOf(shown.relation), shown.id, shown.date,
                          shown.title));
    if (!shown.twin.empty()) PrintLine("            " + shown.twin);
    if (!why) return;
    for (const std::string& look : shown.looks) PrintLine("            " + look);
  }

  DedupeJob job_;
  absl::flat_hash_map<std::string, size_t> cluster_of_;
  std::vector<std::vector<Shown>> clusters_;  // In order of arrival.
};

class NoAnswers final : public std::streambuf {
 protected:
  int overflow(int c) override { return c; }
  std::streamsize xsputn(const char* /*text*/, std::streamsize size) override { return size; }
};

// Has the job decide on the article of one page of the web.
absl::Status ShowPage(const std::string& url, const DedupeVerbOptions& options, ShowJob& job) {
  const absl::StatusOr<Story> story =
      ReadStory(url, {.private_addresses = options.private_addresses});
  if (!story.ok()) return story.status();
  absl::StatusOr<std::unique_ptr<BatchItem>> item = job.Read({{"id", url},
                                                              {"url", story->url},
                                                              {"title", story->title},
                                                              {"text", story->text},
                                                              {"date", story->date}});
  if (!item.ok()) return item.status();
  if (absl::Status status = job.Work(**item); !status.ok()) return status;
  return job.Decide(**item);
}

int RunShow(const DedupeVerbOptions& options) {
  ShowJob job(BatchMemory(options));
  NoAnswers nowhere;
  std::ostream answers(&nowhere);
  int exit_status = 0;
  for (const std::string& file : options.files) {
    if (IsWebAddress(file)) {
      const absl::Status status = ShowPage(file, options, job);
      if (status.ok()) continue;
      fmt::print(stderr, "sluice dedupe: {}\n", status.message());
      exit_status = 1;
      continue;
    }
    BatchOptions batch = options.batch;
    batch.jsonl = file;
    exit_status = std::max(exit_status, RunBatch(batch, job, answers, std::cerr));
  }
  job.Print(options.why);
  return exit_status;
}

int RunDedupe(const DedupeVerbOptions& options) {
  if (!options.batch.jsonl.empty()) {
    DedupeJob job(BatchMemory(options));
    const int exit_status = RunBatch(options.batch, job, std::cout, std::cerr);
    // The line of --stats is to be the last.
    if (job.evicted() > 0 && !options.batch.stats) {
      fmt::print(stderr,
                 "sluice: the oldest {} texts were forgotten at {} bytes; raise --memory-bytes to "
                 "have all compared\n",
                 job.evicted(), options.memory_bytes_max);
    }
    return exit_status;
  }
  if (options.files.empty()) RefuseUsage("name a FILE or URL, or --jsonl FILE");
  return RunShow(options);
}

}  // namespace

void AddDedupeVerb(CLI::App& app, int& exit_status) {
  auto options = std::make_shared<DedupeVerbOptions>();
  CLI::App* verb =
      app.add_subcommand("dedupe", "Says which documents are versions of one article.");
  CLI::Option* files = verb->add_option(
      "FILE|URL", options->files,
      "Documents in order of arrival, one JSON object a line (id, url, title, text, date), may be "
      ".gz, - is stdin; or addresses of pages, which are fetched: prints their clusters");
  AddBatchOptions(*verb, *files, options->batch);
  verb->add_flag("--why", options->why, "Print the reasons of joins and of near misses")
      ->needs(files);
  verb->add_option("--memory-bytes", options->memory_bytes_max,
                   "Memory for texts; beyond it the oldest are forgotten. Default: 4 GiB")
      ->check(CLI::Range(uint64_t{1} << 20, uint64_t{1} << 50));
  verb->add_flag("--allow-private-addresses", options->private_addresses,
                 "Fetch from this machine and from private networks too.")
      ->needs(files);
  verb->callback([options, &exit_status] { exit_status = RunDedupe(*options); });
}

}  // namespace sluice::cli
