#include "services/fetch/source_visits.h"

#include <algorithm>
#include <utility>

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/base/utf8.h"
#include "pipeline/log/topics.h"
#include "pipeline/url/normalized_url.h"
#include "pipeline/url/registrable_domain.h"
#include "services/fetch/content_type.h"
#include "services/fetch/fetch_tables.h"
#include "services/fetch/page_decision.h"
#include "services/fetch/schedule.h"
#include "services/fetch/source_row.h"
#include "services/fetch/url_row.h"

namespace sluice::fetch {
namespace {

using Kind = Frontier::Kind;
using state::v1::FetchSourceRow;

constexpr size_t kErrorBytesMax = 512;

// Of a section's links, menus and old stories never change: so many count where the next visit is
// planned, about as many as a feed has.
constexpr uint32_t kSectionItemsMax = 20;

}  // namespace

SourceVisits::SourceVisits(const FetchOptions& options, Frontier& frontier, FetchObserver& observer,
                           uint32_t shard, uint32_t shards)
    : options_(&options),
      frontier_(&frontier),
      observer_(&observer),
      shard_(shard),
      shards_(shards) {
  for (const SourceOptions& source : options.sources) {
    const auto url = url::Url::Parse(source.url);
    if (!url.ok()) continue;  // FetchOptions has parsed it before.
    if (log::PartitionOf(url::RegistrableDomain(url->host()), shards) != shard) continue;
    const base::Hash128 key = base::HashBytes(source.id);
    sources_.emplace(key, Source{.options = source, .key = key, .row = {}});
  }
}

void SourceVisits::Load(std::string_view key, std::string_view value) {
  const auto found = sources_.find(base::HashBytes(key));
  if (found == sources_.end()) {
    forgotten_.emplace_back(key);
    return;
  }
  Source& source = found->second;
  FetchSourceRow row;
  const bool same = row.ParseFromArray(value.data(), static_cast<int>(value.size())) &&
                    row.health().url() == source.options.url &&
                    row.health().kind() == source.options.kind;
  if (same) source.row = std::move(row);  // Otherwise it is a new source under an old id.
}

void SourceVisits::Begin(FetchTurn& turn) {
  for (const std::string& id : forgotten_) turn.transaction.Erase(kSourceTable, id);
  forgotten_.clear();
  for (auto& [key, source] : sources_) {
    data::v1::SourceHealth& health = *source.row.mutable_health();
    const bool fresh = health.source_id().empty();
    health.set_source_id(source.options.id);
    health.set_kind(source.options.kind);
    health.set_url(source.options.url);
    const bool other_rules = TakeRules(source.row, source.options.rules);
    if (other_rules || base::FromProto(source.row.configured()) != source.options.interval) {
      absl::Time next = turn.now;
      if (!fresh && !other_rules) {
        next = std::min(base::FromProto(health.next_attempt()),
                        base::FromProto(health.last_attempt()) + source.options.interval);
      }
      *source.row.mutable_configured() = base::ToProto(source.options.interval);
      *health.mutable_interval() = source.row.configured();
      *health.mutable_next_attempt() = base::ToProto(next);
      Save(source, turn.transaction);
    }
    if (fresh) turn.health.push_back(health);
    if (UnderWay(source.row)) {
      Queue(source, Kind::kHop, turn.now);
    } else {
      Queue(source, Kind::kSource, base::FromProto(health.next_attempt()));
    }
  }
}

std::optional<Ask> SourceVisits::Next(const base::Hash128& key) const {
  const auto found = sources_.find(key);
  if (found == sources_.end()) return std::nullopt;
  const Source& source = found->second;
  const std::string& text = CurrentUrl(source.row);
  auto url = url::Url::Parse(text);
  if (!url.ok()) return std::nullopt;  // It was parsed when it was queued.
  Ask ask{.request = {}, .url = *std::move(url)};
  ask.request.url = text;
  if (!InPart(source.row)) {
    ask.request.etag = source.row.etag();
    ask.request.last_modified = source.row.last_modified();
  }
  const bool page = source.options.kind == data::v1::SOURCE_KIND_PAGE;
  ask.request.body_bytes_max = page ? options_->body_bytes_max : options_->source_bytes_max;
  ask.request.stored_bytes_max = page ? PageLimits().stored_bytes_max : options_->source_bytes_max;
  ask.request.pages_only = page || source.options.kind == data::v1::SOURCE_KIND_SECTION;
  return ask;
}

void SourceVisits::Queue(const Source& source, Kind kind, absl::Time due) {
  const auto url = url::Url::Parse(CurrentUrl(source.row));
  if (url.ok()) frontier_->Add(HostKey(*url), {kind, source.key, true}, due);
}

void SourceVisits::Save(const Source& source, log::Transaction& transaction) const {
  transaction.Put(kSourceTable, source.options.id, source.row.SerializeAsString());
}

void SourceVisits::Finish(const base::Hash128& key, HttpResponse response, FetchTurn& turn) {
  const auto found = sources_.find(key);
  if (found == sources_.end()) return;
  Source& source = found->second;
  if (response.error == HttpError::kOverloaded) {
    Queue(source, UnderWay(source.row) ? Kind::kHop : Kind::kSource,
          turn.now + PageVisits::kPutOff);
    return;
  }
  *source.row.mutable_health()->mutable_last_attempt() = base::ToProto(turn.now);
  source.row.mutable_health()->set_http_status(static_cast<uint32_t>(response.status));
  if (response.error != HttpError::kNone) {
    Failed(source, response.error_detail, MayPass(response.error), {}, turn);
    return;
  }
  Answered(source, std::move(response), turn);
}

void SourceVisits::Refuse(const base::Hash128& key, std::string detail, FetchTurn& turn) {
  const auto found = sources_.find(key);
  if (found == sources_.end()) return;
  *found->second.row.mutable_health()->mutable_last_attempt() = base::ToProto(turn.now);
  Failed(found->second, std::move(detail), false, {}, turn);
}

void SourceVisits::Answered(Source& source, HttpResponse response, FetchTurn& turn) {
  if (IsRedirect(response)) {
    Redirected(source, response, turn);
    return;
  }
  const bool whole = response.status == 200 || response.status == 203;
  const bool same =
      response.status == 304 || (whole && response.body_hash.Bytes() == source.row.body_hash());
  data::v1::SourceHealth& health = *source.row.mutable_health();
  // What was wrong with a document that could be read all the same is so as long as it is the same.
  const bool still = same && health.consecutive_failures() == 0;
  if (!InPart(source.row) && !still) health.clear_error();
  if (same && !InPart(source.row)) {
    observer_->Unchanged();
    ReadAnewAfter(source.row, options_->failed_memory, turn.now);
    End(source, {.ttl = {}, .max_age = ParseMaxAge(response.cache_control)}, turn);
    return;
  }
  if (!whole) {
    Failed(source, fmt::format("answered with {}", response.status), MayPass(response.status),
           ParseRetryAfter(response.retry_after, turn.now), turn);
    return;
  }
  if (source.options.kind == data::v1::SOURCE_KIND_PAGE) {
    ReadPage(source, std::move(response), turn);
  } else {
    *source.row.mutable_read() = base::ToProto(turn.now);
    Read(source, response, turn);
  }
}

void SourceVisits::Redirected(Source& source, const HttpResponse& response, FetchTurn& turn) {
  FetchSourceRow& row = source.row;
  const std::string asked = CurrentUrl(source.row);
  std::optional<std::string> target = ResolveRedirect(asked, response.location);
  if (!target.has_value()) {
    Failed(source, fmt::format("redirects to '{}', which is no http(s) URL", response.location),
           false, {}, turn);
    return;
  }
  std::string url = *std::move(target);
  if (url == asked || std::ranges::find(row.redirects(), url) != row.redirects().end()) {
    Failed(source, fmt::format("redirects in a loop, to {} again", url), false, {}, turn);
    return;
  }
  if (row.redirects_size() >= options_->redirects_max) {
    Failed(source,
           fmt::format("more than {} redirects, the last to {}", options_->redirects_max, url),
           false, {}, turn);
    return;
  }
  row.add_redirects(std::move(url));
  Save(source, turn.transaction);
  Queue(source, Kind::kHop, turn.now);
}

void SourceVisits::ReadPage(Source& source, HttpResponse response, FetchTurn& turn) {
  const std::string media_type = ParseContentType(response.content_type).media_type;
  const auto url = url::NormalizedUrl::Parse(CurrentUrl(source.row));
  if (!url.ok() || !IsPage(media_type)) {
    Failed(source, fmt::format("is no page but {}", media_type), false, {}, turn);
    return;
  }
  FetchSourceRow& row = source.row;
  RememberBody(row, response);
  row.set_items(1);
  row.set_items_new(1);
  data::v1::Envelope envelope;
  envelope.set_url(url->text());
  if (url->text() != source.options.url) envelope.set_requested_url(source.options.url);
  envelope.set_id(base::CaptureId(url->text(), response.body_hash));
  envelope.set_source_id(source.options.id);
  envelope.set_origin(data::v1::ORIGIN_LIVE);
  *envelope.mutable_accepted_at() = base::ToProto(turn.now);
  const SourceFloors floors{.ttl = {}, .max_age = ParseMaxAge(response.cache_control)};
  turn.outcomes.Accept(envelope);
  turn.outcomes.Settle(
      envelope, EmitPage(envelope, {}, std::move(response),
                         {.body_bytes_max = options_->body_bytes_max}, turn.now, turn.transaction));
  End(source, floors, turn);
}

void SourceVisits::Read(Source& source, const HttpResponse& response, FetchTurn& turn) {
  auto document =
      ReadSource(source.options.kind, CurrentUrl(source.row), response,
                 {.bytes_max = options_->source_bytes_max, .items_max = options_->source_items_max},
                 source.options.rules);
  if (!document.ok()) {
    Failed(source, std::string(base::ToStd(document.status().message())), false, {}, turn);
    return;
  }
  FetchSourceRow& row = source.row;
  if (document->truncated) {
    row.mutable_health()->set_error(base::ToValidUtf8(
        fmt::format("{}: it is cut off, or of more than {} entries (source_items_max); the rest is "
                    "left out",
                    CurrentUrl(source.row), options_->source_items_max),
        kErrorBytesMax));
  }
  const bool goes_on = !document->next.empty() && IsMostlyUnseen(row, document->items);
  TakeItems(source, std::move(document->items), turn);
  if (InPart(row)) {
    EndPart(row);
  } else {
    // An index says little about whether its parts have changed, so it is read anew each time.
    if (document->sitemaps.empty()) {
      RememberBody(row, response);
    } else {
      ForgetBody(row);
    }
    AddSitemaps(row, std::move(document->sitemaps), options_->sitemaps_max);
  }
  if (goes_on) {
    row.set_pages(row.pages() + 1);
    if (row.pages() < source.options.pages_max) row.add_sitemaps(std::move(document->next));
  }
  GoOn(source, {.ttl = document->ttl, .max_age = ParseMaxAge(response.cache_control)}, turn);
}

void SourceVisits::TakeItems(Source& source, std::vector<SourceItem> items, FetchTurn& turn) {
  FetchSourceRow& row = source.row;
  for (SourceItem& item : items) {
    const uint64_t hash = base::HashBytes64(item.url);
    CountItem(row, hash);
    const Naming naming = Name(item, WasSeen(row, hash), turn);
    if (naming == Naming::kKnown) continue;
    if (naming == Naming::kNew) row.set_items_new(row.items_new() + 1);
    data::v1::CrawlTarget target;
    data::v1::Envelope& envelope = *target.mutable_envelope();
    envelope.set_id(base::TargetId(item.url));
    envelope.set_url(std::move(item.url));
    envelope.set_source_id(source.options.id);
    envelope.set_origin(data::v1::ORIGIN_LIVE);
    *envelope.mutable_accepted_at() = base::ToProto(turn.now);
    target.set_title(std::move(item.title));
    if (item.published.has_value()) *target.mutable_published() = base::ToProto(*item.published);
    target.set_language(std::move(item.language));
    turn.found.push_back(std::move(target));
  }
}

SourceVisits::Naming SourceVisits::Name(const SourceItem& item, bool seen, FetchTurn& turn) const {
  if (log::PartitionOf(item.registrable_domain, shards_) == shard_) {
    const std::string key = base::HashBytes(item.url).Bytes();
    auto known = ReadRow<state::v1::FetchUrlRow>(turn.transaction, kUrlTable, key);
    if (known.has_value()) {
      if (MayTryAgain(*known, options_->failed_memory, turn.now)) return Naming::kAgain;
      if (Touch(*known, turn.now)) turn.transaction.Put(kUrlTable, key, known->SerializeAsString());
      return Naming::kKnown;
    }
  }
  return seen ? Naming::kKnown : Naming::kNew;
}

void SourceVisits::GoOn(Source& source, const SourceFloors& floors, FetchTurn& turn) {
  FetchSourceRow& row = source.row;
  row.clear_redirects();
  if (!InPart(row)) {
    End(source, floors, turn);
    return;
  }
  Save(source, turn.transaction);
  Queue(source, Kind::kHop, turn.now);
}

// The other parts are worth their requests all the same.
void SourceVisits::PartFailed(Source& source, std::string error, bool may_pass, FetchTurn& turn) {
  FetchSourceRow& row = source.row;
  if (!may_pass || !PutBackPart(row)) {
    row.mutable_health()->set_error(
        base::ToValidUtf8(fmt::format("{}: {}", row.sitemaps(0), error), kErrorBytesMax));
    EndPart(row);
    if (may_pass) row.set_incomplete(true);
  }
  GoOn(source, {}, turn);
}

void SourceVisits::Failed(Source& source, std::string error, bool may_pass,
                          absl::Duration retry_after, FetchTurn& turn) {
  FetchSourceRow& row = source.row;
  data::v1::SourceHealth& health = *row.mutable_health();
  if (InPart(row)) {
    PartFailed(source, std::move(error), may_pass, turn);
    return;
  }
  health.set_error(base::ToValidUtf8(error, kErrorBytesMax));
  health.set_consecutive_failures(health.consecutive_failures() + 1);
  ClearVisit(row);
  Plan(source,
       NextSourceInterval({.interval = base::FromProto(health.interval()),
                           .configured = source.options.interval,
                           .interval_min = options_->source_interval_min,
                           .interval_max = options_->source_interval_max,
                           .failures = health.consecutive_failures(),
                           .retry_after = std::min(retry_after, options_->retry_after_max)}),
       turn);
}

void SourceVisits::End(Source& source, const SourceFloors& floors, FetchTurn& turn) {
  FetchSourceRow& row = source.row;
  data::v1::SourceHealth& health = *row.mutable_health();
  const bool section = source.options.kind == data::v1::SOURCE_KIND_SECTION;
  const absl::Duration interval =
      NextSourceInterval({.interval = base::FromProto(health.interval()),
                          .configured = source.options.interval,
                          .interval_min = options_->source_interval_min,
                          .interval_max = options_->source_interval_max,
                          .first = !health.has_last_success(),
                          .items = section ? std::min(row.items(), kSectionItemsMax) : row.items(),
                          .items_new = row.items_new(),
                          .ttl = floors.ttl,
                          .max_age = floors.max_age});
  // A visit to an index shows a part of what there is; what the others showed is still known.
  if (row.items() > 0) KeepSeen(row, source.options.kind == data::v1::SOURCE_KIND_SITEMAP);
  health.set_items_seen(health.items_seen() + row.items());
  health.set_items_new(health.items_new() + row.items_new());
  health.set_consecutive_failures(0);
  *health.mutable_last_success() = base::ToProto(turn.now);
  if (!row.incomplete()) *row.mutable_complete() = base::ToProto(turn.now);
  *health.mutable_interval() = base::ToProto(interval);
  ClearVisit(row);
  Plan(source, interval, turn);
}

void SourceVisits::Plan(Source& source, absl::Duration until_next, FetchTurn& turn) {
  const absl::Time next = turn.now + until_next;
  *source.row.mutable_health()->mutable_next_attempt() = base::ToProto(next);
  Save(source, turn.transaction);
  Queue(source, Kind::kSource, next);
  turn.health.push_back(source.row.health());
}

size_t SourceVisits::failing() const {
  return std::ranges::count_if(sources_, [](const auto& entry) {
    return entry.second.row.health().consecutive_failures() > 0;
  });
}

}  // namespace sluice::fetch
