#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/proto_time.h"
#include "pipeline/log/topics.h"
#include "services/fetch/drop_reasons.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fetch_shard.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/memory_log.h"

namespace sluice::fetch {

// A shard of fetch whose web is the test.
class ShardFixture : public ::testing::Test {
 protected:
  using Http = fakes::FakeHttpClient;

  // Opens the shard, with `options_` as the test has left them.
  void Open() {
    shard_ = std::make_unique<fakes::FetchShard>(fakes::FetchShard::Setting{.options = options_},
                                                 log_, clock_, http_);
    ASSERT_TRUE(shard_->Open().ok());
    Run();
  }

  void Run() { ASSERT_TRUE(shard_->Run().ok()); }

  void Advance(absl::Duration time) {
    clock_.Advance(time);
    Run();
  }

  // The process dies and another takes its place.
  void Restart() {
    shard_->Crash();
    http_.Forget();
    log_.Restart();
    Open();
  }

  void Submit(std::string_view url) {
    fakes::FetchShard::Submit(log_, url);
    Run();
  }

  void Answer(std::string_view url, HttpResponse response) {
    ASSERT_TRUE(http_.Answer(url, std::move(response))) << url << " was not asked for";
    Run();
  }

  void AnswerRobots(std::string_view origin, std::string text = "") {
    Answer(std::string(origin) + "/robots.txt", Http::Page(std::move(text), "text/plain"));
  }

  // A site whose robots.txt has been read and that may be asked now.
  void Greet(std::string_view origin, std::string robots = "") {
    AnswerRobots(origin, std::move(robots));
    Advance(options_.host_interval);
  }

  std::vector<std::string> Waiting() const { return http_.waiting(); }
  std::vector<data::v1::RawPage> Pages() const { return fakes::FetchShard::Pages(log_); }
  std::vector<data::v1::CrawlTarget> Targets() const { return fakes::FetchShard::Targets(log_); }
  std::string Reason(const std::string& url) const { return fakes::FetchShard::Drops(log_)[url]; }
  int FinalOutcomes() const {
    int count = 0;
    for (const auto& outcome : fakes::FetchShard::Outcomes(log_)) count += outcome.final() ? 1 : 0;
    return count;
  }
  std::vector<data::v1::SourceHealth> Health() const {
    std::vector<data::v1::SourceHealth> records;
    for (const auto& kept : log_.Records(log::kSources))
      EXPECT_TRUE(records.emplace_back().ParseFromString(kept.value));
    return records;
  }

  static SourceOptions Source(data::v1::SourceKind kind, std::string url,
                              absl::Duration interval = absl::Minutes(10)) {
    SourceOptions source;
    source.id = "source";
    source.kind = kind;
    source.url = std::move(url);
    source.interval = interval;
    return source;
  }

  FetchOptions options_;
  fakes::ManualClock clock_;
  fakes::MemoryLog log_{{}, clock_};
  Http http_;
  std::unique_ptr<fakes::FetchShard> shard_;
};

}  // namespace sluice::fetch
