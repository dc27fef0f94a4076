#include "tests/fakes/fetch_shard.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "pipeline/base/hash.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/log/topics.h"
#include "pipeline/runtime/turn.h"
#include "pipeline/url/registrable_domain.h"
#include "pipeline/url/url.h"
#include "services/fetch/fetch_tables.h"

namespace sluice::fakes {
namespace {

template <typename Message>
std::vector<Message> Read(const MemoryLog& log, std::string_view topic) {
  std::vector<Message> messages;
  for (const MemoryLog::Kept& kept : log.Records(topic)) {
    messages.emplace_back();
    if (!messages.back().ParseFromString(kept.value)) std::abort();
  }
  return messages;
}

}  // namespace

FetchShard::FetchShard(const Setting& setting, MemoryLog& log, ManualClock& clock,
                       fetch::HttpClient& http)
    : setting_(setting),
      log_(&log),
      clock_(&clock),
      http_(&http),
      addresses_(*fetch::AddressPolicy::Create({})) {}

absl::Status FetchShard::Open() {
  *woken_ = false;
  stage_ = std::make_unique<fetch::FetchStage>(
      setting_.options,
      fetch::FetchStage::Dependencies{.http = http_,
                                      .addresses = &addresses_,
                                      .observer = &observer_,
                                      .wake = [woken = woken_] { *woken = true; },
                                      .held = [this] { return held_; }},
      setting_.shard, setting_.shards);
  auto worker = log_->OpenWorker(
      fetch::FetchSpec(), setting_.shard,
      [this](std::string_view table, std::string_view key, std::string_view value) {
        stage_->Load(table, key, value);
      },
      stop_.get_token());
  if (!worker.ok()) return worker.status();
  worker_ = *std::move(worker);
  stage_->Opened(worker_->state());
  return absl::OkStatus();
}

void FetchShard::Crash() {
  stage_.reset();
  worker_.reset();
}

absl::Status FetchShard::Run() {
  while (true) {
    const absl::StatusOr<bool> busy = Turn();
    if (!busy.ok()) return busy.status();
    if (!*busy) return absl::OkStatus();
  }
}

absl::StatusOr<bool> FetchShard::Turn() {
  const absl::Time now = clock_->Now();
  worker_->Wake();  // A look, without waiting.
  const auto batch = worker_->Poll({}, now);
  if (!batch.ok()) return batch.status();
  runtime::Turn turn({.stage = "fetch", .main_output = log::kRawPages}, worker_->state(), now);
  const bool wakes = woken_->exchange(false) || now >= stage_->NextWake();
  if (wakes) {
    if (absl::Status status = turn.Wake(*stage_); !status.ok()) return status;
  }
  for (const log::Record& record : *batch) {
    const auto prepared = stage_->Prepare(record);
    if (!prepared.ok()) {
      turn.DeadLetter(record, prepared.status(), 1);
      continue;
    }
    if (absl::Status status = turn.Apply(*stage_, **prepared, record); !status.ok()) return status;
  }
  if (!wakes && batch->empty()) return false;
  if (absl::Status status = worker_->Commit(std::move(turn.transaction()), *batch); !status.ok())
    return status;
  stage_->Committed();
  return true;
}

std::vector<data::v1::CrawlTarget> FetchShard::Targets(const MemoryLog& log) {
  return Read<data::v1::CrawlTarget>(log, log::kCrawlTargets);
}

std::vector<data::v1::RawPage> FetchShard::Pages(const MemoryLog& log) {
  return Read<data::v1::RawPage>(log, log::kRawPages);
}

std::vector<data::v1::Outcome> FetchShard::Outcomes(const MemoryLog& log) {
  return Read<data::v1::Outcome>(log, log::kOutcomes);
}

std::map<std::string, std::string> FetchShard::Drops(const MemoryLog& log) {
  std::map<std::string, std::string> drops;
  for (const data::v1::Outcome& outcome : Outcomes(log)) {
    const data::v1::Envelope& envelope = outcome.envelope();
    const std::string& url =
        envelope.requested_url().empty() ? envelope.url() : envelope.requested_url();
    if (outcome.final()) drops[url] = envelope.trail(envelope.trail_size() - 1).reason();
  }
  return drops;
}

void FetchShard::Submit(MemoryLog& log, std::string_view url, data::v1::Origin origin) {
  data::v1::CrawlTarget target;
  target.mutable_envelope()->set_id(base::TargetId(url));
  target.mutable_envelope()->set_url(std::string(url));
  target.mutable_envelope()->set_origin(origin);
  const auto parsed = url::Url::Parse(url);
  log.Append(log::kCrawlTargets, parsed.ok() ? url::RegistrableDomain(parsed->host()) : "",
             target.SerializeAsString());
}

}  // namespace sluice::fakes
