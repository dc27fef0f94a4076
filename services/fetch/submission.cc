#include "services/fetch/submission.h"

#include <utility>

#include "pipeline/base/hash.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/base/utf8.h"
#include "pipeline/url/normalized_url.h"
#include "services/fetch/content_type.h"
#include "services/fetch/page_visits.h"
#include "services/fetch/source_document.h"

namespace sluice::fetch {
namespace {

using service::v1::SubmitPagesRequest;

absl::StatusOr<url::NormalizedUrl> ParseUrl(std::string_view text) {
  auto url = url::NormalizedUrl::Parse(text);
  if (url.ok() && url->text().size() > PageVisits::kUrlBytesMax) {
    return absl::InvalidArgumentError(fmt::format("a URL of {} bytes; at most {} are taken",
                                                  url->text().size(), PageVisits::kUrlBytesMax));
  }
  return url;
}

// What Timestamp is defined for.
bool IsTime(const google::protobuf::Timestamp& time) {
  constexpr int64_t kFirst = -62'135'596'800;  // 0001-01-01
  constexpr int64_t kLast = 253'402'300'799;   // 9999-12-31
  return time.seconds() >= kFirst && time.seconds() <= kLast && time.nanos() >= 0 &&
         time.nanos() < 1'000'000'000;
}

absl::StatusOr<PageBody> TakeContent(SubmitPagesRequest& request) {
  switch (request.content_case()) {
    case SubmitPagesRequest::kHtml:
      return PageBody{.bytes = std::move(*request.mutable_html())};
    case SubmitPagesRequest::kText:
      return PageBody{.bytes = std::move(*request.mutable_text())};
    case SubmitPagesRequest::kGzipHtml:
      return PageBody{.bytes = std::move(*request.mutable_gzip_html()),
                      .codec = data::v1::BODY_CODEC_GZIP};
    case SubmitPagesRequest::CONTENT_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("no content; set html, text or gzip_html");
}

}  // namespace

absl::StatusOr<SubmittedUrl> MakeTarget(std::string_view text, const AddressPolicy& addresses,
                                        absl::Time now) {
  const auto url = ParseUrl(text);
  if (!url.ok()) return url.status();
  if (absl::Status allowed = addresses.CheckUrl(url->url()); !allowed.ok()) return allowed;
  SubmittedUrl submitted{.key = url->registrable_domain(), .target = {}};
  data::v1::Envelope& envelope = *submitted.target.mutable_envelope();
  envelope.set_id(base::TargetId(url->text()));
  envelope.set_url(url->text());
  envelope.set_origin(data::v1::ORIGIN_SUBMITTED);
  *envelope.mutable_accepted_at() = base::ToProto(now);
  return submitted;
}

absl::StatusOr<SubmittedPage> MakePage(SubmitPagesRequest& request, const PageLimits& limits,
                                       absl::Time now) {
  const auto url = ParseUrl(request.url());
  if (!url.ok()) return url.status();
  if (request.origin() == data::v1::ORIGIN_LIVE) {
    return absl::InvalidArgumentError(
        "the origin LIVE is for configured sources; use SUBMITTED or REPLAY");
  }
  const bool text = request.content_case() == SubmitPagesRequest::kText;
  ContentType type = ParseContentType(request.content_type());
  if (type.media_type.empty()) type.media_type = text ? "text/plain" : "text/html";
  if (!IsPage(type.media_type)) {
    return absl::InvalidArgumentError(
        fmt::format("the media type {}; pages are text/html, application/xhtml+xml and text/plain",
                    type.media_type));
  }
  if (request.has_date() && !IsTime(request.date())) {
    return absl::InvalidArgumentError(
        fmt::format("the date {} s, {} ns; it must be a time of the years 1 to 9999",
                    request.date().seconds(), request.date().nanos()));
  }
  if (!request.charset().empty()) type.charset = request.charset();
  if (text) type.charset = "utf-8";  // As a protobuf string is.

  auto body = TakeContent(request);
  if (!body.ok()) return body.status();
  data::v1::Envelope envelope;
  envelope.set_url(url->text());
  envelope.set_origin(request.origin() == data::v1::ORIGIN_REPLAY ? data::v1::ORIGIN_REPLAY
                                                                  : data::v1::ORIGIN_SUBMITTED);
  *envelope.mutable_accepted_at() = base::ToProto(now);
  auto page = MakeRawPage(envelope, *std::move(body), limits);
  if (!page.ok()) return page.status();
  page->set_content_type(type.media_type);
  page->set_charset(type.charset);
  *page->mutable_fetched_at() = base::ToProto(now);
  page->set_feed_title(base::ToValidUtf8(request.title(), SourceDocument::kTitleBytesMax));
  if (request.has_date()) *page->mutable_feed_published() = request.date();
  return SubmittedPage{.key = url->registrable_domain(), .page = *std::move(page)};
}

absl::StatusOr<SubmittedPage> MakeWithdrawal(std::string_view text,
                                             const service::v1::WithdrawRequest& request,
                                             absl::Time now) {
  const auto url = ParseUrl(text);
  if (!url.ok()) return url.status();
  if (url->url().path() == "/" && !url->url().query().has_value()) {
    return absl::InvalidArgumentError(
        "it is the front page of a site; name the article's own address, as `sluice tail` shows "
        "it");
  }
  SubmittedPage submitted{.key = url->registrable_domain(), .page = {}};
  data::v1::Envelope& envelope = *submitted.page.mutable_envelope();
  // Of this word of the operator: there may be others on the same page.
  envelope.set_id(base::CaptureId(
      url->text(), base::HashBytes(fmt::format("{} {}", request.undo() ? "allowed" : "withdrawn",
                                               absl::ToUnixNanos(now)))));
  envelope.set_url(url->text());
  envelope.set_origin(data::v1::ORIGIN_SUBMITTED);
  *envelope.mutable_accepted_at() = base::ToProto(now);
  submitted.page.mutable_withdrawal()->set_undone(request.undo());
  submitted.page.mutable_withdrawal()->set_reason(request.reason());
  *submitted.page.mutable_fetched_at() = base::ToProto(now);
  return submitted;
}

}  // namespace sluice::fetch
