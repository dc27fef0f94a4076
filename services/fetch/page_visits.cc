#include "services/fetch/page_visits.h"

#include <algorithm>
#include <utility>

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "services/fetch/drop_reasons.h"
#include "services/fetch/fetch_tables.h"
#include "services/fetch/schedule.h"
#include "services/fetch/url_row.h"

namespace sluice::fetch {
namespace {

using stage::Verdict;
using state::v1::FetchUrlRow;
using Kind = Frontier::Kind;

std::string HostOf(std::string_view url) {
  const auto parsed = url::Url::Parse(url);
  return parsed.ok() ? HostKey(*parsed) : std::string(url);
}

}  // namespace

PageVisits::PageVisits(const FetchOptions& options, Frontier& frontier, FetchObserver& observer)
    : options_(&options), frontier_(&frontier), observer_(&observer) {}

void PageVisits::Load(std::string_view key, std::string_view value) {
  const auto hash = HashFromBytes(key);
  FetchUrlRow row;
  if (!hash.has_value() || !row.ParseFromArray(value.data(), static_cast<int>(value.size())))
    return;
  if (row.url().empty()) return;
  const bool pending = row.state() == state::v1::URL_STATE_PENDING;
  const bool hop = row.redirects_size() > 0 && row.attempts() == 0;
  const Kind kind = hop ? Kind::kHop : pending ? Kind::kPage : Kind::kRevisit;
  frontier_->Add(HostOf(CurrentUrl(row)), {kind, *hash}, base::FromProto(row.due()));
}

Verdict PageVisits::Accept(const data::v1::CrawlTarget& target, const url::NormalizedUrl& url,
                           absl::Time now, log::Transaction& transaction) {
  const data::v1::Envelope& envelope = target.envelope();
  Visit visit{.key = base::HashBytes(url.text()), .row = {}, .asked = url.text(), .pending = true};
  const std::string key = visit.key.Bytes();
  FetchUrlRow& row = visit.row;
  if (auto known = ReadRow<FetchUrlRow>(transaction, kUrlTable, key); known.has_value()) {
    row = *std::move(known);
    if (target.anew()) ForgetFetched(row);
    const absl::Duration age = now - base::FromProto(row.known_at());
    const bool by_hand = envelope.origin() == data::v1::ORIGIN_SUBMITTED;
    const bool failed = row.state() == state::v1::URL_STATE_FAILED;
    const bool again = row.state() != state::v1::URL_STATE_PENDING &&
                       (target.anew() || (by_hand && (failed || age >= options_->resubmit_after)) ||
                        MayTryAgain(row, options_->failed_memory, now));
    if (!again) {
      if (Touch(row, now) || target.anew()) Save(visit, transaction);
      return Verdict::Dropped(
          kKnown, row.state() == state::v1::URL_STATE_PENDING ? "waiting" : "asked for before");
    }
  }
  const std::string host = HostKey(url.url());
  switch (frontier_->Room(host)) {
    case Frontier::Added::kYes:
      break;
    case Frontier::Added::kFrontierFull:
      return Verdict::Dropped(kFrontierFull, fmt::format("{} URLs are waiting", frontier_->size()));
    case Frontier::Added::kHostFull:
      return Verdict::Dropped(kHostFull, fmt::format("too many URLs of {} are waiting", host));
  }
  BeginPending(row, target, url.text(), now);
  Save(visit, transaction);
  frontier_->Add(host, {Kind::kPage, visit.key}, now);
  return Verdict::Held();
}

std::optional<PageVisits::Visit> PageVisits::Read(const log::Transaction& transaction,
                                                  const base::Hash128& key) const {
  auto row = ReadRow<FetchUrlRow>(transaction, kUrlTable, key.Bytes());
  if (!row.has_value() || row->url().empty()) return std::nullopt;
  Visit visit{.key = key, .row = *std::move(row), .asked = {}, .pending = false};
  visit.pending = visit.row.state() == state::v1::URL_STATE_PENDING;
  visit.asked = CurrentUrl(visit.row);
  return visit;
}

void PageVisits::Save(const Visit& visit, log::Transaction& transaction) const {
  transaction.Put(kUrlTable, visit.key.Bytes(), visit.row.SerializeAsString());
}

std::optional<Ask> PageVisits::Next(const log::Transaction& transaction, const Frontier::Item& item,
                                    absl::Time now) const {
  const std::optional<Visit> visit = Read(transaction, item.key);
  if (!visit.has_value()) return std::nullopt;
  const FetchUrlRow& row = visit->row;
  // What was queued may have been overtaken: by a submission, or by what came of another item of
  // the row.
  const bool stale = item.kind == Kind::kHop ? row.redirects_size() == 0
                     : item.kind == Kind::kPage
                         ? !visit->pending
                         : visit->pending || base::FromProto(row.due()) > now;
  auto url = url::Url::Parse(visit->asked);
  if (stale || !url.ok()) return std::nullopt;
  Ask ask{.request = {}, .url = *std::move(url)};
  ask.request.url = visit->asked;
  ask.request.etag = row.etag();
  ask.request.last_modified = row.last_modified();
  ask.request.body_bytes_max = options_->body_bytes_max;
  ask.request.stored_bytes_max = PageLimits().stored_bytes_max;
  ask.request.pages_only = true;
  return ask;
}

void PageVisits::Finish(const base::Hash128& key, HttpResponse response, FetchTurn& turn) {
  std::optional<Visit> visit = Read(turn.transaction, key);
  if (!visit.has_value()) return;
  const FetchUrlRow& row = visit->row;
  std::vector<std::string> before;
  if (row.redirects_size() > 0) {
    before.push_back(row.url());
    before.insert(before.end(), row.redirects().begin(), row.redirects().end() - 1);
  }
  const PageDecision decision =
      DecidePage({.url = visit->asked,
                  .before = before,
                  .body_hash = row.body_hash(),
                  .conditional = !row.etag().empty() || !row.last_modified().empty(),
                  .redirects_max = options_->redirects_max},
                 response, turn.now);
  const bool there =
      decision.kind == PageDecision::Kind::kPage || decision.kind == PageDecision::Kind::kUnchanged;
  if (there) visit->row.clear_gone_since();
  switch (decision.kind) {
    case PageDecision::Kind::kPage:
      PassOn(*visit, std::move(response), turn);
      return;
    case PageDecision::Kind::kUnchanged:
      Unchanged(*visit, decision, turn);
      return;
    case PageDecision::Kind::kFollow:
      Follow(*visit, decision, turn);
      return;
    case PageDecision::Kind::kLeave:
      Leave(*visit, decision, turn);
      return;
    case PageDecision::Kind::kMissing:
      Missing(*visit, decision, response.status, turn);
      return;
    case PageDecision::Kind::kRetry:
      Retry(*visit, decision, turn);
      return;
    case PageDecision::Kind::kPutOff:
      AskAgain(*visit, turn.now + kPutOff, turn);
      return;
    case PageDecision::Kind::kDrop:
      Drop(*visit, decision.reason, decision.detail, turn);
      return;
  }
}

void PageVisits::Refuse(const base::Hash128& key, std::string_view reason, std::string detail,
                        FetchTurn& turn) {
  if (std::optional<Visit> visit = Read(turn.transaction, key))
    Drop(*visit, reason, std::move(detail), turn);
}

void PageVisits::PassOn(Visit& visit, HttpResponse response, FetchTurn& turn) {
  FetchUrlRow& row = visit.row;
  const auto final_url = url::NormalizedUrl::Parse(visit.asked);
  if (!final_url.ok()) {
    Drop(visit, kBadUrl, visit.asked, turn);
    return;
  }
  data::v1::Envelope envelope;
  if (visit.pending) {
    envelope = row.envelope();
    MoveTo(envelope, final_url->text());
  } else {
    row.set_final_url(final_url->text());
    envelope = RevisitEnvelope(row, turn.now);
  }
  PageHints hints{.title = row.title(), .published = {}, .language = row.language()};
  if (row.has_published()) hints.published = row.published();
  const PageLimits limits{.body_bytes_max = options_->body_bytes_max};
  const base::Hash128 body_hash = response.body_hash;
  std::string etag = std::move(response.etag);
  std::string last_modified = std::move(response.last_modified);
  if (!visit.pending) {
    envelope.set_id(base::CaptureId(envelope.url(), body_hash));
    turn.outcomes.Accept(envelope);
  }
  const Verdict verdict =
      EmitPage(envelope, hints, std::move(response), limits, turn.now, turn.transaction);
  if (verdict.kind == Verdict::Kind::kDropped && visit.pending) {
    Drop(visit, verdict.reason, verdict.detail, turn);
    return;
  }
  turn.outcomes.Settle(envelope, verdict);
  if (visit.pending) {
    row.set_source_id(envelope.source_id());
    row.set_origin(envelope.origin());
    *row.mutable_first_fetched() = base::ToProto(turn.now);
    row.clear_revisits();
    End(visit, state::v1::URL_STATE_FETCHED, turn);
  } else {
    row.set_revisits(row.revisits() + 1);
  }
  row.set_final_url(final_url->text());
  row.set_etag(std::move(etag));
  row.set_last_modified(std::move(last_modified));
  row.set_body_hash(body_hash.Bytes());
  *row.mutable_last_fetched() = base::ToProto(turn.now);
  RememberAlias(visit, *final_url, turn);
  ScheduleRevisit(visit, turn);
}

void PageVisits::Unchanged(Visit& visit, const PageDecision& decision, FetchTurn& turn) {
  observer_->Unchanged();
  *visit.row.mutable_last_fetched() = base::ToProto(turn.now);
  if (visit.pending) {
    turn.outcomes.Settle(visit.row.envelope(), Verdict::Dropped(kUnchanged, decision.detail));
    End(visit, state::v1::URL_STATE_FETCHED, turn);
  } else {
    visit.row.set_revisits(visit.row.revisits() + 1);
  }
  ScheduleRevisit(visit, turn);
}

bool PageVisits::KnownElsewhere(const Visit& visit, std::string_view url,
                                const log::Transaction& transaction) const {
  const auto normalized = url::NormalizedUrl::Parse(url);
  if (!normalized.ok()) return false;
  const base::Hash128 key = base::HashBytes(normalized->text());
  if (key == visit.key) return false;
  const auto row = ReadRow<FetchUrlRow>(transaction, kUrlTable, key.Bytes());
  return row.has_value() && row->alias_of() != visit.key.Bytes() &&
         (row->state() == state::v1::URL_STATE_PENDING ||
          row->state() == state::v1::URL_STATE_FETCHED);
}

void PageVisits::RememberAlias(const Visit& visit, const url::NormalizedUrl& final_url,
                               FetchTurn& turn) const {
  const base::Hash128 key = base::HashBytes(final_url.text());
  if (key == visit.key || KnownElsewhere(visit, final_url.text(), turn.transaction)) return;
  FetchUrlRow alias;
  alias.set_state(state::v1::URL_STATE_FETCHED);
  *alias.mutable_known_at() = base::ToProto(turn.now);
  alias.set_alias_of(visit.key.Bytes());
  turn.transaction.Put(kUrlTable, key.Bytes(), alias.SerializeAsString());
}

void PageVisits::Follow(Visit& visit, const PageDecision& decision, FetchTurn& turn) {
  if (visit.pending && !visit.row.anew() && KnownElsewhere(visit, decision.url, turn.transaction)) {
    turn.outcomes.Settle(visit.row.envelope(), Verdict::Dropped(kKnown, "as " + decision.url));
    End(visit, state::v1::URL_STATE_MOVED, turn);
    Save(visit, turn.transaction);
    return;
  }
  visit.row.add_redirects(decision.url);
  visit.row.clear_attempts();
  *visit.row.mutable_due() = base::ToProto(turn.now);
  Save(visit, turn.transaction);
  frontier_->Add(HostOf(decision.url), {Kind::kHop, visit.key}, turn.now);
}

void PageVisits::Leave(Visit& visit, const PageDecision& decision, FetchTurn& turn) {
  if (!visit.pending) {
    // The page that we know has moved; what is there comes in when somebody names it.
    visit.row.set_revisits(visit.row.revisits() + 1);
    ScheduleRevisit(visit, turn);
    return;
  }
  const auto url = url::NormalizedUrl::Parse(decision.url);
  const uint32_t hops = visit.row.hops() + 1;
  if (!url.ok() || url->text().size() > kUrlBytesMax) {
    Drop(visit, kBadUrl, decision.detail, turn);
    return;
  }
  if (hops > options_->hops_max) {
    Drop(visit, kRedirectsExceeded,
         fmt::format("more than {} sites, the last by {}", options_->hops_max, decision.detail),
         turn);
    return;
  }
  data::v1::CrawlTarget target = PendingTarget(visit.row);
  MoveTo(*target.mutable_envelope(), url->text());
  target.mutable_envelope()->set_id(base::TargetId(url->text()));
  target.set_hops(hops);
  // Of a target that came as a record, and hardly larger.
  turn.transaction.Emit(log::kCrawlTargets, url->registrable_domain(), target.SerializeAsString())
      .IgnoreError();
  turn.outcomes.Settle(visit.row.envelope(), Verdict::Passed(decision.detail));
  End(visit, state::v1::URL_STATE_MOVED, turn);
  Save(visit, turn.transaction);
}

void PageVisits::Missing(Visit& visit, const PageDecision& decision, int status, FetchTurn& turn) {
  FetchUrlRow& row = visit.row;
  if (visit.pending) {
    Drop(visit, decision.reason, decision.detail, turn);
    return;
  }
  if (!row.has_gone_since()) *row.mutable_gone_since() = base::ToProto(turn.now);
  const absl::Time again = base::FromProto(row.gone_since()) + options_->gone_after;
  if (turn.now < again) {
    AskAgain(visit, again, turn);
    return;
  }
  data::v1::Envelope envelope = RevisitEnvelope(row, turn.now);
  EmitGone(envelope, status, turn.now, turn.transaction);
  turn.outcomes.Accept(envelope);
  turn.outcomes.Settle(envelope, Verdict::Passed(fmt::format("gone: {} twice", decision.detail)));
  // Whoever names it again, a source too, is to hear that it is back, even as it was.
  row.clear_body_hash();
  row.clear_etag();
  row.clear_last_modified();
  End(visit, state::v1::URL_STATE_FAILED, turn);
  Save(visit, turn.transaction);
}

void PageVisits::Retry(Visit& visit, const PageDecision& decision, FetchTurn& turn) {
  FetchUrlRow& row = visit.row;
  row.set_attempts(row.attempts() + 1);
  if (row.attempts() > options_->retries_max) {
    Drop(visit, decision.reason, fmt::format("{} ({} tries)", decision.detail, row.attempts()),
         turn);
    return;
  }
  const absl::Duration wait =
      std::max(RetryDelay(row.attempts(), options_->retry_first, options_->retry_max),
               std::min(decision.wait, options_->retry_after_max));
  AskAgain(visit, turn.now + wait, turn);
}

void PageVisits::AskAgain(Visit& visit, absl::Time due, FetchTurn& turn) {
  *visit.row.mutable_due() = base::ToProto(due);
  Save(visit, turn.transaction);
  frontier_->Add(HostOf(visit.asked), {visit.pending ? Kind::kPage : Kind::kRevisit, visit.key},
                 due);
}

void PageVisits::Drop(Visit& visit, std::string_view reason, std::string detail, FetchTurn& turn) {
  if (!visit.pending) {
    // A look that showed nothing: the page as we have it stands.
    visit.row.set_revisits(visit.row.revisits() + 1);
    ScheduleRevisit(visit, turn);
    return;
  }
  turn.outcomes.Settle(visit.row.envelope(), Verdict::Dropped(reason, std::move(detail)));
  End(visit, state::v1::URL_STATE_FAILED, turn);
  Save(visit, turn.transaction);
}

void PageVisits::End(Visit& visit, state::v1::UrlState state, FetchTurn& turn) const {
  EndPending(visit.row, state, turn.now);
  visit.pending = false;
}

void PageVisits::ScheduleRevisit(Visit& visit, FetchTurn& turn) {
  FetchUrlRow& row = visit.row;
  row.clear_attempts();
  row.clear_redirects();
  const absl::Time due = NextRevisit(options_->revisits, base::FromProto(row.first_fetched()),
                                     row.revisits(), turn.now);
  const std::string host = HostOf(row.url());
  // What nobody has seen yet goes before: the last quarter of the frontier is for it.
  const bool room =
      frontier_->Room(host) == Frontier::Added::kYes &&
      frontier_->size() < options_->frontier_urls_max - options_->frontier_urls_max / 4;
  if (due == absl::InfiniteFuture() || !room) {
    EndVisits(row);
    Save(visit, turn.transaction);
    return;
  }
  *row.mutable_due() = base::ToProto(due);
  Save(visit, turn.transaction);
  frontier_->Add(host, {Kind::kRevisit, visit.key}, due);
}

bool PageVisits::Expired(std::string_view value, absl::Time now) const {
  FetchUrlRow row;
  if (!row.ParseFromArray(value.data(), static_cast<int>(value.size()))) return true;
  return row.url().empty() && base::FromProto(row.known_at()) + options_->url_memory <= now;
}

}  // namespace sluice::fetch
