// What a document costs: `dedupe_benchmark [DOCUMENTS]`, by default 200000. A stream of 2.4 kB
// documents, four in ten of them cut or edited copies of recent ones, goes through the stage's own
// work on one core, in batches as the pipeline does: first the words and fingerprints (which the
// pipeline spreads over a pool), then decisions and memory (which it does not). Printed: documents
// a second, of both and of the decisions alone; the share that tokenising the same texts takes,
// overall and as the median of a thousand documents at a time; and, from 10000 documents on, how
// the cost of one and the memory grow. All documents stay in memory, some 1.4 kB each.
#include <fmt/format.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

#include "services/dedupe/deduper.h"
#include "tests/unit/dedupe/sample_texts.h"

namespace sluice::dedupe {
namespace {

constexpr size_t kChunk = 1000;
constexpr size_t kBatch = 50;
constexpr size_t kWords = 375;
constexpr size_t kFirstReport = 10'000;

struct Page {
  std::string title;
  std::string text;
};

double CpuSeconds() {
  timespec spec;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spec);
  return static_cast<double>(spec.tv_sec) + 1e-9 * static_cast<double>(spec.tv_nsec);
}

double ResidentBytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

// Articles, and copies of recent ones.
class Stream {
 public:
  Page Next() {
    Page page;
    if (!recent_.empty() && texts_.Below(10) < 4) {
      const Page& twin = recent_[texts_.Below(recent_.size())];
      page.title = twin.title;
      const uint64_t kind = texts_.Below(3);
      page.text = kind == 0   ? SampleTexts::Abridged(twin.text, 0.6) + " " + texts_.Sentence()
                  : kind == 1 ? texts_.Edited(twin.text, 0.05)
                              : twin.text + " " + texts_.Sentence();
    } else {
      page = {.title = texts_.Title(), .text = texts_.Article(kWords)};
      recent_.push_back(page);
      if (recent_.size() > 2000) recent_.pop_front();
    }
    return page;
  }

 private:
  SampleTexts texts_{1};
  std::deque<Page> recent_;
};

struct Costs {
  size_t documents = 0;
  size_t bytes = 0;
  double tokenising = 0;  // CPU seconds, of the same texts by themselves.
  double work = 0;        // All of the stage's own work, tokenising included.
  double deciding = 0;    // What of the work no other thread can do.
  size_t joined = 0;
};

class Bench {
 public:
  Bench() : options_(Options()), fingerprinter_(options_.fingerprint), deduper_(options_) {
    arrivals_.resize(kBatch);
  }

  void Run(size_t documents) {
    fmt::print("{:>9}  {:>8}  {:>9}  {:>10}  {:>10}\n", "documents", "us/doc", "x of first",
               "index B/doc", "RSS B/doc");
    const double resident_before = ResidentBytes();
    size_t next_report = kFirstReport;
    Costs window;
    double first = 0;
    while (total_.documents < documents) {
      const Costs chunk = RunChunk();
      shares_.push_back(chunk.tokenising / chunk.work);
      Add(chunk, total_);
      Add(chunk, window);
      // The cost over the documents since half the way to here.
      if (total_.documents == next_report / 2) window = {};
      if (total_.documents < std::min(next_report, documents)) continue;
      const double cost = 1e6 * window.work / static_cast<double>(window.documents);
      if (first == 0) first = cost;
      const auto so_far = static_cast<double>(total_.documents);
      fmt::print("{:>9}  {:>8.2f}  {:>9.2f}  {:>10.0f}  {:>10.0f}\n", total_.documents, cost,
                 cost / first, static_cast<double>(deduper_.size().bytes) / so_far,
                 (ResidentBytes() - resident_before) / so_far);
      std::fflush(stdout);
      growth_ = cost / first;
      window = {};
      next_report *= 2;
    }
    const auto all = static_cast<double>(total_.documents);
    const auto middle = shares_.begin() + static_cast<ptrdiff_t>(shares_.size() / 2);
    std::nth_element(shares_.begin(), middle, shares_.end());
    fmt::print(
        "dedupe: documents={} bytes_per_document={:.0f} joined={:.3f} evicted={} "
        "documents_per_second={:.0f} decisions_per_second={:.0f} tokenising_share={:.3f} "
        "tokenising_share_median={:.3f} growth={:.2f} resident_bytes={:.0f} "
        "resident_bytes_per_document={:.0f}\n",
        total_.documents, static_cast<double>(total_.bytes) / all,
        static_cast<double>(total_.joined) / all, deduper_.size().texts_evicted, all / total_.work,
        all / total_.deciding, total_.tokenising / total_.work, *middle, growth_, ResidentBytes(),
        (ResidentBytes() - resident_before) / all);
  }

 private:
  static DedupeOptions Options() {
    DedupeOptions options;
    options.index.bytes_max = size_t{1} << 40;
    options.documents_max = size_t{1} << 31;
    return options;
  }

  static void Add(const Costs& part, Costs& sum) {
    sum.documents += part.documents;
    sum.bytes += part.bytes;
    sum.tokenising += part.tokenising;
    sum.work += part.work;
    sum.deciding += part.deciding;
    sum.joined += part.joined;
  }

  Costs RunChunk() {
    pages_.clear();
    for (size_t i = 0; i < kChunk; ++i) pages_.push_back(stream_.Next());
    Costs costs{.documents = kChunk};
    const Tokenizer tokenizer(options_.fingerprint.words_max);
    Words words;
    const double start = CpuSeconds();
    for (const Page& page : pages_) {
      tokenizer.Tokenize(page.title, words);
      tokenizer.Tokenize(page.text, words);
    }
    costs.tokenising = CpuSeconds() - start;
    for (size_t begin = 0; begin < kChunk; begin += kBatch) TakeBatch(begin, costs);
    for (const Page& page : pages_) costs.bytes += page.text.size();
    return costs;
  }

  void TakeBatch(size_t begin, Costs& costs) {
    const double start = CpuSeconds();
    for (size_t i = 0; i < kBatch; ++i) {
      const Page& page = pages_[begin + i];
      fingerprinter_.Make(page.title, page.text, arrivals_[i].fingerprint);
    }
    const double middle = CpuSeconds();
    for (Arrival& arrival : arrivals_) costs.joined += Take(arrival) ? 1 : 0;
    const double end = CpuSeconds();
    costs.work += end - start;
    costs.deciding += end - middle;
  }

  bool Take(Arrival& arrival) {
    const absl::Time now = absl::UnixEpoch();
    ++taken_;
    arrival.id = {.high = taken_, .low = taken_ * 0x9E3779B97F4A7C15};
    arrival.urls = {taken_ * 0xD6E8FEB86659FD93};
    const Ruling ruling = deduper_.Decide(arrival, now);
    deduper_.Remember(deduper_.Describe(arrival, ruling.place, {.time = now, .offset = taken_}),
                      arrival, now);
    return ruling.place.relation != Relation::kOriginal;
  }

  const DedupeOptions options_;
  Fingerprinter fingerprinter_;
  Deduper deduper_;
  Stream stream_;
  std::vector<Arrival> arrivals_;
  std::vector<Page> pages_;
  std::vector<double> shares_;  // Of tokenising, chunk by chunk.
  uint64_t taken_ = 0;
  Costs total_;
  double growth_ = 1;
};

}  // namespace
}  // namespace sluice::dedupe

int main(int argc, char** argv) {
  const size_t documents = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200'000;
  sluice::dedupe::Bench().Run(documents);
  return 0;
}
