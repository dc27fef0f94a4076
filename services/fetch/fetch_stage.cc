#include "services/fetch/fetch_stage.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "pipeline/url/registrable_domain.h"
#include "services/fetch/drop_reasons.h"
#include "services/fetch/fetch_tables.h"
#include "services/fetch/schedule.h"

namespace sluice::fetch {
namespace {

using stage::Verdict;

class PreparedTarget final : public stage::Prepared {
 public:
  const data::v1::Envelope* envelope() const override { return &target.envelope(); }

  data::v1::CrawlTarget target;
  absl::StatusOr<url::NormalizedUrl> url = absl::UnknownError("");
  absl::Status allowed;
};

// What a host's last 429 or 503 asked for is long over, and its pauses need not grow any more.
bool HostExpired(std::string_view value, absl::Time now) {
  state::v1::FetchHostRow row;
  return !row.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
         base::FromProto(row.not_before()) + absl::Hours(24) <= now;
}

RobotsCache::Options RobotsOptions(const FetchOptions& options) {
  return {.ttl = options.robots_ttl,
          .error_ttl = options.robots_error_ttl,
          .bytes_max = options.robots_bytes_max,
          .retries_max = options.retries_max,
          .retry_first = options.retry_first,
          .retry_max = options.retry_max,
          .retry_after_max = options.retry_after_max};
}

}  // namespace

FetchStage::FetchStage(const FetchOptions& options, const Dependencies& dependencies,
                       log::Partition shard, log::Partition shards)
    : options_(options),
      dependencies_(dependencies),
      shard_(shard),
      frontier_({.items_max = options.frontier_urls_max, .host_items_max = options.host_urls_max}),
      robots_(RobotsOptions(options)),
      pages_(options_, frontier_, *dependencies.observer),
      sources_(options_, frontier_, *dependencies.observer, shard, shards),
      mailbox_(std::make_shared<HttpMailbox>(dependencies.wake)) {}

FetchStage::~FetchStage() { mailbox_->Close(); }

void FetchStage::Load(std::string_view table, std::string_view key, std::string_view value) {
  resumed_ = true;
  if (table == kUrlTable) pages_.Load(key, value);
  if (table == kSourceTable) sources_.Load(key, value);
  if (table == kHostTable) {
    state::v1::FetchHostRow row;
    if (row.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
      frontier_.Delay(key, base::FromProto(row.not_before()));
    }
  }
}

absl::StatusOr<std::unique_ptr<stage::Prepared>> FetchStage::Prepare(
    const log::Record& record) const {
  auto prepared = std::make_unique<PreparedTarget>();
  if (!prepared->target.ParseFromArray(record.value.data(),
                                       static_cast<int>(record.value.size()))) {
    return absl::InvalidArgumentError(fmt::format("a record of {} bytes in {} is no CrawlTarget",
                                                  record.value.size(), record.topic));
  }
  prepared->url = url::NormalizedUrl::Parse(prepared->target.envelope().url());
  if (prepared->url.ok())
    prepared->allowed = dependencies_.addresses->CheckUrl(prepared->url->url());
  return prepared;
}

absl::StatusOr<Verdict> FetchStage::Apply(stage::Prepared& prepared, const log::Record& record,
                                          log::Transaction& transaction) {
  const auto& made = static_cast<const PreparedTarget&>(prepared);
  if (!made.url.ok()) {
    return Verdict::Dropped(kBadUrl, std::string(base::ToStd(made.url.status().message())));
  }
  if (made.url->text().size() > PageVisits::kUrlBytesMax) {
    return Verdict::Dropped(kBadUrl,
                            fmt::format("{} bytes; at most {} are taken", made.url->text().size(),
                                        PageVisits::kUrlBytesMax));
  }
  if (!made.allowed.ok()) {
    return Verdict::Dropped(kAddressRefused, std::string(base::ToStd(made.allowed.message())));
  }
  if (made.target.hops() > options_.hops_max) {
    return Verdict::Dropped(kRedirectsExceeded,
                            fmt::format("more than {} sites", options_.hops_max));
  }
  return pages_.Accept(made.target, *made.url, record.appended, transaction);
}

absl::Time FetchStage::NextWake() const {
  if (!begun_ || !mailbox_->empty()) return absl::InfinitePast();
  const bool full = in_flight_.size() >= static_cast<size_t>(options_.http.transfers_max);
  const absl::Time start =
      full ? absl::InfiniteFuture() : std::max(frontier_.NextTime(), next_start_);
  return std::min(start, next_sweep_);
}

absl::Status FetchStage::OnWake(absl::Time now, log::Transaction& transaction,
                                stage::Outcomes& outcomes) {
  FetchTurn turn{
      .now = now, .transaction = transaction, .outcomes = outcomes, .found = {}, .health = {}};
  if (!begun_) Begin(turn);
  TakeAnswers(turn);
  StartDue(turn);
  EmitFound(turn);
  if (now >= next_sweep_) Sweep(turn);
  Tell();
  return absl::OkStatus();
}

void FetchStage::Begin(FetchTurn& turn) {
  begun_ = true;
  begun_at_ = turn.now;
  next_sweep_ = turn.now + kSweepInterval;
  sources_.Begin(turn);
}

void FetchStage::TakeAnswers(FetchTurn& turn) {
  for (HttpMailbox::Letter& letter : mailbox_->Take(kAnswersPerTurnMax, kAnswerBytesPerTurnMax)) {
    const auto found = in_flight_.find(letter.token);
    const Job job = std::move(found->second);
    in_flight_.erase(found);
    TakeAnswer(job, std::move(letter.response), turn);
  }
}

void FetchStage::TakeAnswer(const Job& job, HttpResponse response, FetchTurn& turn) {
  dependencies_.observer->RequestEnded(response.error, response.status, response.received_bytes,
                                       response.elapsed);
  SpareHost(job.host, response, turn);
  if (!job.robots_of.empty()) {
    LearnRobots(job, response, turn);
    return;
  }
  frontier_.Release(job.host, turn.now + job.interval);
  if (job.item.IsSource()) {
    sources_.Finish(job.item.key, std::move(response), turn);
  } else {
    pages_.Finish(job.item.key, std::move(response), turn);
  }
}

void FetchStage::LearnRobots(const Job& job, const HttpResponse& response, FetchTurn& turn) {
  absl::Duration interval = job.interval;
  if (response.error == HttpError::kOverloaded) {
    interval = std::max(interval, PageVisits::kPutOff);
  } else {
    const absl::Time wait_until =
        robots_.Learn(turn.transaction, job.robots_of, response, turn.now);
    frontier_.Delay(job.host, wait_until);
    if (const auto root = url::Url::Parse(job.robots_of + "/"); root.ok()) {
      interval = Interval(robots_.Rule(turn.transaction, *root, turn.now).crawl_delay);
    }
  }
  frontier_.Release(job.host, turn.now + interval);
}

absl::Duration FetchStage::Interval(absl::Duration crawl_delay) const {
  return std::max(options_.host_interval, std::min(crawl_delay, options_.crawl_delay_max));
}

void FetchStage::SpareHost(const std::string& host, const HttpResponse& response, FetchTurn& turn) {
  std::optional<state::v1::FetchHostRow> known =
      ReadRow<state::v1::FetchHostRow>(turn.transaction, kHostTable, host);
  const bool busy =
      response.error == HttpError::kNone && (response.status == 429 || response.status == 503);
  if (!busy) {
    if (known.has_value() && response.status != 0) turn.transaction.Erase(kHostTable, host);
    return;
  }
  state::v1::FetchHostRow row = std::move(known).value_or(state::v1::FetchHostRow());
  row.set_failures(row.failures() + 1);
  const absl::Duration asked =
      std::min(ParseRetryAfter(response.retry_after, turn.now), options_.retry_after_max);
  const absl::Time until =
      turn.now +
      std::max(asked, RetryDelay(row.failures(), options_.retry_first, options_.retry_max));
  *row.mutable_not_before() = base::ToProto(until);
  turn.transaction.Put(kHostTable, host, row.SerializeAsString());
  frontier_.Delay(host, until);
}

void FetchStage::StartDue(FetchTurn& turn) {
  if (turn.now < next_start_) return;
  if (dependencies_.held && dependencies_.held()) {
    next_start_ = turn.now + kHeldInterval;
    return;
  }
  const auto transfers_max = static_cast<size_t>(options_.http.transfers_max);
  for (size_t i = 0; i < kStartsPerTurnMax && in_flight_.size() < transfers_max; ++i) {
    const std::optional<Frontier::Due> due = frontier_.Pop(turn.now);
    if (!due.has_value()) return;
    Start(*due, turn);
  }
}

void FetchStage::Start(const Frontier::Due& due, FetchTurn& turn) {
  const Frontier::Item& item = due.item;
  std::optional<Ask> ask =
      item.IsSource() ? sources_.Next(item.key) : pages_.Next(turn.transaction, item, turn.now);
  if (!ask.has_value()) {
    frontier_.Release(due.host, absl::InfinitePast());
    return;
  }
  if (const absl::Status allowed = dependencies_.addresses->CheckUrl(ask->url); !allowed.ok()) {
    Refuse(due, kAddressRefused, std::string(base::ToStd(allowed.message())), turn);
    return;
  }
  const RobotsCache::Ruling ruling = robots_.Rule(turn.transaction, ask->url, turn.now);
  switch (ruling.answer) {
    case RobotsCache::Answer::kAllowed:
    case RobotsCache::Answer::kUnknown:
      break;
    case RobotsCache::Answer::kDisallowed:
      dependencies_.observer->RobotsRefused();
      Refuse(due, kRobotsDisallowed, ruling.detail, turn);
      return;
    case RobotsCache::Answer::kUnreachable:
      dependencies_.observer->RobotsRefused();
      Refuse(due, kRobotsUnreachable, ruling.detail, turn);
      return;
    case RobotsCache::Answer::kRefused:
      Refuse(due, kAddressRefused, ruling.detail, turn);
      return;
  }
  Job job{
      .host = due.host, .robots_of = {}, .item = item, .interval = Interval(ruling.crawl_delay)};
  if (resumed_ && turn.now < begun_at_ + job.interval) {
    // The run before may have asked this host up to the moment when we began.
    frontier_.Add(due.host, item, turn.now);
    frontier_.Release(due.host, begun_at_ + job.interval);
    return;
  }
  if (ruling.answer == RobotsCache::Answer::kUnknown) {
    frontier_.Add(due.host, item, turn.now);
    job.robots_of = ask->url.Origin();
    ask->request = robots_.Ask(job.robots_of);
  }
  Send(job, std::move(ask->request));
}

void FetchStage::Send(const Job& job, HttpRequest request) {
  const uint64_t token = ++tokens_;
  in_flight_.emplace(token, job);
  dependencies_.http->Start(std::move(request), [mailbox = mailbox_, token](HttpResponse response) {
    mailbox->Put(token, std::move(response));
  });
}

void FetchStage::Refuse(const Frontier::Due& due, std::string_view reason, std::string detail,
                        FetchTurn& turn) {
  frontier_.Release(due.host, absl::InfinitePast());
  if (due.item.IsSource()) {
    sources_.Refuse(due.item.key, std::move(detail), turn);
  } else {
    pages_.Refuse(due.item.key, reason, std::move(detail), turn);
  }
}

// After the last Settle: these belong to no page of this turn.
void FetchStage::EmitFound(FetchTurn& turn) {
  for (const data::v1::CrawlTarget& target : turn.found) {
    const auto url = url::Url::Parse(target.envelope().url());
    if (!url.ok()) continue;  // It was parsed when it was found.
    // A URL, a title and a language, each bounded where it was read.
    turn.transaction
        .Emit(log::kCrawlTargets, url::RegistrableDomain(url->host()), target.SerializeAsString())
        .IgnoreError();
  }
  for (const data::v1::SourceHealth& health : turn.health) {
    turn.transaction.Emit(log::kSources, health.source_id(), health.SerializeAsString())
        .IgnoreError();
  }
}

void FetchStage::Sweep(FetchTurn& turn) {
  next_sweep_ = turn.now + kSweepInterval;
  if (state_ == nullptr) return;
  const auto bound = [](uint32_t slice) {
    return slice > 0xffff
               ? std::string()
               : std::string{static_cast<char>(slice >> 8), static_cast<char>(slice & 0xff)};
  };
  const uint32_t end = next_slice_ + kSweepSlices;
  for (const std::string_view table : {kUrlTable, kHostTable, kRobotsTable}) {
    const auto expired = [&](std::string_view value) {
      if (table == kHostTable) return HostExpired(value, turn.now);
      return table == kUrlTable ? pages_.Expired(value, turn.now)
                                : RobotsCache::Expired(value, turn.now);
    };
    std::vector<std::string> keys;
    state_->Scan(table, bound(next_slice_), bound(end),
                 [&](std::string_view key, std::string_view value) {
                   if (expired(value)) keys.emplace_back(key);
                 });
    for (const std::string& key : keys) {
      // This turn may have given it a new life.
      const std::optional<std::string> value = turn.transaction.Get(table, key);
      if (value.has_value() && expired(*value)) turn.transaction.Erase(table, key);
    }
  }
  next_slice_ = end > 0xffff ? 0 : end;
}

void FetchStage::Tell() {
  dependencies_.observer->InFlight(shard_, in_flight_.size());
  dependencies_.observer->Frontier(shard_, frontier_.size(), frontier_.hosts());
  dependencies_.observer->Sources(shard_, sources_.size(), sources_.failing());
}

}  // namespace sluice::fetch
