#include "services/fetch/url_row.h"

#include "pipeline/base/proto_time.h"

namespace sluice::fetch {

using state::v1::FetchUrlRow;

namespace {

// `known_at` is not written anew more often.
constexpr absl::Duration kTouchMin = absl::Hours(24);

}  // namespace

const std::string& CurrentUrl(const FetchUrlRow& row) {
  return row.redirects_size() > 0 ? row.redirects(row.redirects_size() - 1) : row.url();
}

data::v1::Envelope RevisitEnvelope(const FetchUrlRow& row, absl::Time now) {
  data::v1::Envelope envelope;
  envelope.set_url(row.final_url());
  if (row.final_url() != row.url()) envelope.set_requested_url(row.url());
  envelope.set_source_id(row.source_id());
  envelope.set_origin(row.origin());
  *envelope.mutable_accepted_at() = base::ToProto(now);
  return envelope;
}

void MoveTo(data::v1::Envelope& envelope, const std::string& url) {
  const std::string before = envelope.url();
  envelope.set_url(url);
  if (envelope.requested_url().empty()) envelope.set_requested_url(before);
  if (envelope.requested_url() == url) envelope.clear_requested_url();
}

void ForgetFetched(FetchUrlRow& row) {
  row.set_anew(true);
  row.clear_etag();
  row.clear_last_modified();
  row.clear_body_hash();
}

bool MayTryAgain(const FetchUrlRow& row, absl::Duration failed_memory, absl::Time now) {
  return row.state() == state::v1::URL_STATE_FAILED &&
         now - base::FromProto(row.known_at()) >= failed_memory;
}

bool Touch(FetchUrlRow& row, absl::Time now) {
  if (row.state() == state::v1::URL_STATE_FAILED) return false;
  if (now - base::FromProto(row.known_at()) < kTouchMin) return false;
  *row.mutable_known_at() = base::ToProto(now);
  return true;
}

void BeginPending(FetchUrlRow& row, const data::v1::CrawlTarget& target, const std::string& url,
                  absl::Time now) {
  row.set_state(state::v1::URL_STATE_PENDING);
  row.set_url(url);
  *row.mutable_due() = base::ToProto(now);
  *row.mutable_known_at() = base::ToProto(now);
  row.clear_attempts();
  row.clear_redirects();
  row.clear_alias_of();
  *row.mutable_envelope() = target.envelope();
  row.set_hops(target.hops());
  if (target.anew()) row.set_anew(true);
  row.set_title(target.title());
  row.set_language(target.language());
  if (target.has_published()) *row.mutable_published() = target.published();
}

data::v1::CrawlTarget PendingTarget(const FetchUrlRow& row) {
  data::v1::CrawlTarget target;
  *target.mutable_envelope() = row.envelope();
  target.set_hops(row.hops());
  target.set_anew(row.anew());
  target.set_title(row.title());
  target.set_language(row.language());
  if (row.has_published()) *target.mutable_published() = row.published();
  return target;
}

void EndPending(FetchUrlRow& row, state::v1::UrlState state, absl::Time now) {
  row.set_state(state);
  *row.mutable_known_at() = base::ToProto(now);
  row.clear_envelope();
  row.clear_hops();
  row.clear_anew();
  row.clear_attempts();
  row.clear_redirects();
  row.clear_due();
  if (state != state::v1::URL_STATE_FETCHED) EndVisits(row);
}

void EndVisits(FetchUrlRow& row) {
  row.clear_url();
  row.clear_due();
  row.clear_title();
  row.clear_published();
  row.clear_language();
}

}  // namespace sluice::fetch
