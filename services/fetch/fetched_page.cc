#include "services/fetch/fetched_page.h"

#include <utility>

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "pipeline/url/registrable_domain.h"
#include "pipeline/url/url.h"
#include "services/fetch/content_type.h"
#include "services/fetch/drop_reasons.h"

namespace sluice::fetch {
namespace {

std::string PartitionKey(const data::v1::Envelope& envelope) {
  const auto url = url::Url::Parse(envelope.url());
  return url.ok() ? url::RegistrableDomain(url->host()) : envelope.url();
}

}  // namespace

stage::Verdict EmitPage(data::v1::Envelope& envelope, const PageHints& hints, HttpResponse response,
                        const PageLimits& limits, absl::Time now, log::Transaction& transaction) {
  auto page = MakeRawPage(envelope,
                          {.bytes = std::move(response.body),
                           .codec = response.codec,
                           .inflated_bytes = response.body_bytes,
                           .hash = response.body_hash},
                          limits);
  if (!page.ok()) {
    const bool large = absl::IsOutOfRange(page.status());
    return stage::Verdict::Dropped(large ? kTooLarge : kContentCoding,
                                   std::string(base::ToStd(page.status().message())));
  }
  const ContentType type = ParseContentType(response.content_type);
  page->set_content_type(type.media_type);
  page->set_charset(type.charset);
  page->set_http_status(static_cast<uint32_t>(response.status));
  *page->mutable_fetched_at() = base::ToProto(now);
  page->set_feed_title(hints.title);
  if (hints.published.has_value()) *page->mutable_feed_published() = *hints.published;
  page->set_feed_language(hints.language);
  envelope.set_id(page->envelope().id());
  const absl::Status status =
      transaction.Emit(log::kRawPages, PartitionKey(envelope), page->SerializeAsString());
  if (!status.ok())
    return stage::Verdict::Dropped(kTooLarge, std::string(base::ToStd(status.message())));
  return stage::Verdict::Passed();
}

void EmitGone(data::v1::Envelope& envelope, int status, absl::Time now,
              log::Transaction& transaction) {
  data::v1::RawPage page;
  // Of this going: a page may come back and go again.
  envelope.set_id(base::CaptureId(envelope.url(),
                                  base::HashBytes(fmt::format("gone {}", absl::ToUnixNanos(now)))));
  *page.mutable_envelope() = envelope;
  page.set_http_status(static_cast<uint32_t>(status));
  *page.mutable_fetched_at() = base::ToProto(now);
  page.set_gone(true);
  // Some hundred bytes and two URLs, each bounded when it was accepted.
  transaction.Emit(log::kRawPages, PartitionKey(envelope), page.SerializeAsString()).IgnoreError();
}

}  // namespace sluice::fetch
