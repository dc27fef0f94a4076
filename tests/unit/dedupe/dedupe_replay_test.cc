// The stage under the runner over a log in memory: the same input in other batches, on another
// number of threads, with a restart in between, and through the batch verb's way gives the same.
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "pipeline/runtime/shard_runner.h"
#include "services/dedupe/dedupe_stage.h"
#include "services/dedupe/page_address.h"
#include "sluice/data/v1/deduped_document.pb.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/memory_log.h"
#include "tests/unit/dedupe/sample_texts.h"

namespace sluice::dedupe {
namespace {

constexpr size_t kDocuments = 600;

std::vector<data::v1::Document> MakeStream() {
  SampleTexts texts(21);
  std::vector<data::v1::Document> stream;
  for (size_t i = 0; i < kDocuments; ++i) {
    data::v1::Document document;
    document.mutable_envelope()->set_id(base::HashBytes(fmt::format("id {}", i)).Hex());
    document.mutable_envelope()->set_url(fmt::format("https://site{}.example/{}", i % 9, i));
    document.set_title(texts.Title());
    document.set_text(texts.Article(40 + texts.Below(250)));
    if (i > 0 && texts.Below(2) == 0) {
      const data::v1::Document& old = stream[texts.Below(stream.size())];
      document.set_title(old.title());
      document.set_text(texts.Below(2) == 0 ? texts.Edited(old.text(), 0.05)
                                            : SampleTexts::Abridged(old.text(), 0.5));
    }
    stream.push_back(document);
  }
  return stream;
}

// The same, with an operator at work: pages are withdrawn before or after they have come, and some
// are allowed and come again.
std::vector<data::v1::Document> MakeStreamWithWithdrawals() {
  const std::vector<data::v1::Document> pages = MakeStream();
  SampleTexts texts(22);
  std::vector<data::v1::Document> stream;
  for (const data::v1::Document& page : pages) {
    stream.push_back(page);
    if (texts.Below(4) != 0) continue;
    const data::v1::Document& about = pages[texts.Below(pages.size())];
    data::v1::Document word;
    word.mutable_envelope()->set_id(base::HashBytes(fmt::format("w {}", stream.size())).Hex());
    word.mutable_envelope()->set_url(about.envelope().url());
    word.mutable_withdrawal()->set_undone(false);
    stream.push_back(word);
    if (texts.Below(2) == 0) continue;
    word.mutable_envelope()->set_id(base::HashBytes(fmt::format("u {}", stream.size())).Hex());
    word.mutable_withdrawal()->set_undone(true);
    stream.push_back(word);
    if (texts.Below(2) == 0) stream.push_back(about);
  }
  return stream;
}

runtime::StagePlan MakePlan() {
  runtime::StagePlan plan;
  plan.spec = DedupeStage::Spec();
  plan.spec.outputs.insert(plan.spec.outputs.end(),
                           {std::string(log::kOutcomes), std::string(log::kDeadLetters)});
  plan.drop_reasons.assign(DedupeStage::kDropReasons.begin(), DedupeStage::kDropReasons.end());
  plan.make = [](log::Partition, runtime::Wake wake) {
    return DedupeStage::Create(DedupeOptions(), nullptr, std::move(wake));
  };
  return plan;
}

// What came out, and how many of it.
std::pair<fakes::MemoryLog::Contents, size_t> Replay(const std::vector<data::v1::Document>& stream,
                                                     size_t batch, size_t threads,
                                                     size_t restart_at = kDocuments) {
  fakes::ManualClock clock;
  fakes::MemoryLog log({.keyed_partitions = 1, .offset_gap = 1}, clock);
  runtime::Pool pool(threads);
  telemetry::EventLog events({}, clock, stderr);
  prometheus::Registry registry;
  const runtime::StagePlan plan = MakePlan();
  telemetry::StageMetrics metrics(registry, "dedupe", plan.drop_reasons);
  runtime::ShardRunner::Options options;
  options.limits.records_max = batch;
  const runtime::ShardRunner::Base base{
      .log = log, .pool = pool, .clock = clock, .events = events, .guard = nullptr};
  std::unique_ptr<runtime::ShardRunner> runner;
  for (size_t i = 0; i < stream.size(); ++i) {
    log.Append(log::kDocuments, "site.example", stream[i].SerializeAsString());
  }
  size_t consumed = 0;
  while (consumed < stream.size()) {
    if (runner == nullptr || (consumed >= restart_at && consumed < restart_at + batch)) {
      runner.reset();
      auto opened = runtime::ShardRunner::Open(options, base, plan, 0, metrics, {});
      EXPECT_TRUE(opened.ok()) << opened.status();
      if (!opened.ok()) return {};
      runner = *std::move(opened);
    }
    const absl::Status status = runner->Step(clock.Now());
    EXPECT_TRUE(status.ok()) << status;
    if (!status.ok()) return {};
    consumed += std::min(batch, stream.size() - consumed);
  }
  return {log.Dump(), log.Records(log::kDeduped).size()};
}

TEST(DedupeReplayTest, GivesTheSameInBatchesOfAnySizeOnAnyNumberOfThreads) {
  const auto stream = MakeStream();
  const auto [expected, emitted] = Replay(stream, 500, 1);
  EXPECT_GT(emitted, kDocuments / 2);
  for (const auto& [batch, threads] : {std::pair<size_t, size_t>{1, 1}, {7, 4}, {500, 4}}) {
    const auto [contents, count] = Replay(stream, batch, threads);
    EXPECT_EQ(count, emitted);
    EXPECT_TRUE(contents == expected) << "batches of " << batch << " on " << threads;
  }
}

TEST(DedupeReplayTest, GivesTheSameAfterARestartInTheMiddle) {
  const auto stream = MakeStream();
  const auto expected = Replay(stream, 50, 1);
  for (const size_t restart_at : {50, 300, 550}) {
    EXPECT_TRUE(Replay(stream, 50, 1, restart_at) == expected) << "restart at " << restart_at;
  }
}

TEST(DedupeReplayTest, GivesTheSameWhateverAnOperatorWithdraws) {
  const auto stream = MakeStreamWithWithdrawals();
  const auto expected = Replay(stream, 500, 1);
  EXPECT_GT(expected.second, kDocuments / 2);
  EXPECT_TRUE(Replay(stream, 7, 4) == expected);
  for (const size_t restart_at : {50, 300, 550}) {
    const auto restarted = Replay(stream, 50, 1, restart_at);
    EXPECT_TRUE(restarted == expected) << "restart at " << restart_at;
  }
}

TEST(DedupeReplayTest, GivesTheClustersThatTheBatchVerbGives) {
  const auto stream = MakeStream();
  fakes::MemoryLog::Contents contents = Replay(stream, 500, 1).first;
  std::map<std::string, std::string> clusters;
  for (const std::string& record : contents.topics[std::string(log::kDeduped)]) {
    // Dump gives "partition key value"; the value is what parses.
    const size_t value = record.find(' ', record.find(' ') + 1) + 1;
    data::v1::DedupedDocument deduped;
    ASSERT_TRUE(deduped.ParseFromString(record.substr(value)));
    clusters[deduped.envelope().id()] = deduped.cluster_id();
  }
  DedupeOptions options;
  options.text_memory = options.document_memory = absl::InfiniteDuration();
  options.date_past_max = options.date_future_max = absl::InfiniteDuration();
  Deduper deduper(options);
  const Fingerprinter fingerprinter(options.fingerprint);
  for (size_t i = 0; i < stream.size(); ++i) {
    Arrival arrival;
    arrival.id = base::HashBytes(fmt::format("id {}", i));
    arrival.urls = {HashUrl(stream[i].envelope().url())};
    arrival.site = 1;
    fingerprinter.Make(stream[i].title(), stream[i].text(), arrival.fingerprint);
    const Ruling ruling = deduper.Decide(arrival, absl::UnixEpoch());
    ASSERT_EQ(ruling.kind, Ruling::Kind::kNew);
    deduper.Remember(
        deduper.Describe(arrival, ruling.place, {.time = absl::UnixEpoch(), .offset = i}), arrival,
        absl::UnixEpoch());
    EXPECT_EQ(clusters[arrival.id.Hex()], ruling.place.cluster_id.Hex()) << i;
  }
}

}  // namespace
}  // namespace sluice::dedupe
