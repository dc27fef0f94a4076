#include "services/fetch/page_decision.h"

#include <algorithm>

#include "pipeline/base/strings.h"
#include "pipeline/url/registrable_domain.h"
#include "pipeline/url/url.h"
#include "services/fetch/content_type.h"
#include "services/fetch/drop_reasons.h"
#include "services/fetch/schedule.h"

namespace sluice::fetch {
namespace {

using Kind = PageDecision::Kind;

PageDecision Redirect(const PageAsked& asked, const HttpResponse& response) {
  const std::optional<std::string> target = ResolveRedirect(asked.url, response.location);
  if (!target.has_value()) {
    return {.kind = Kind::kDrop,
            .reason = kBadUrl,
            .detail = fmt::format("{} to '{}'", response.status, response.location)};
  }
  const std::string& url = *target;
  const auto is_target = [&](std::string_view before) { return before == url; };
  if (is_target(asked.url) || std::ranges::any_of(asked.before, is_target)) {
    return {.kind = Kind::kDrop,
            .reason = kRedirectLoop,
            .detail = fmt::format("{} to {} again", response.status, url)};
  }
  if (!url::SameSite(url::Url::Parse(asked.url)->host(), url::Url::Parse(url)->host())) {
    return {
        .kind = Kind::kLeave, .detail = fmt::format("{} to {}", response.status, url), .url = url};
  }
  // `before` holds the URL that was asked for first, and then one for each redirect but the last.
  if (static_cast<int>(asked.before.size()) >= asked.redirects_max) {
    return {
        .kind = Kind::kDrop,
        .reason = kRedirectsExceeded,
        .detail = fmt::format("more than {} redirects, the last to {}", asked.redirects_max, url)};
  }
  return {
      .kind = Kind::kFollow, .detail = fmt::format("{} to {}", response.status, url), .url = url};
}

PageDecision Answered(const PageAsked& asked, const HttpResponse& response, absl::Time now) {
  const std::string status = fmt::format("{}", response.status);
  if (response.status == 200 || response.status == 203) {
    if (!asked.body_hash.empty() && asked.body_hash == response.body_hash.Bytes()) {
      return {.kind = Kind::kUnchanged, .detail = "the same body"};
    }
    const std::string media_type = ParseContentType(response.content_type).media_type;
    if (!IsPage(media_type))
      return {.kind = Kind::kDrop, .reason = kContentType, .detail = media_type};
    return {.kind = Kind::kPage};
  }
  if (response.status == 304) {
    // Without conditions it answers a request that had some, which ForgetFetched has overtaken.
    if (!asked.conditional) return {.kind = Kind::kRetry, .reason = kHttpError, .detail = status};
    return {.kind = Kind::kUnchanged, .detail = status};
  }
  if (IsRedirect(response)) return Redirect(asked, response);
  if (response.status == 404 || response.status == 410) {
    return {.kind = Kind::kMissing, .reason = kHttpError, .detail = status};
  }
  if (MayPass(response.status)) {
    return {.kind = Kind::kRetry,
            .reason = kHttpError,
            .detail = status,
            .wait = ParseRetryAfter(response.retry_after, now)};
  }
  return {.kind = Kind::kDrop, .reason = kHttpError, .detail = status};
}

}  // namespace

PageDecision DecidePage(const PageAsked& asked, const HttpResponse& response, absl::Time now) {
  if (response.error == HttpError::kNone) return Answered(asked, response, now);
  if (response.error == HttpError::kOverloaded) {
    return {.kind = Kind::kPutOff, .detail = response.error_detail};
  }
  return {.kind = MayPass(response.error) ? Kind::kRetry : Kind::kDrop,
          .reason = ReasonOf(response.error),
          .detail = response.error_detail};
}

std::string_view ReasonOf(HttpError error) {
  switch (error) {
    case HttpError::kAddressRefused:
      return kAddressRefused;
    case HttpError::kNoAnswer:
      return kNoAnswer;
    case HttpError::kTimeout:
      return kTimeout;
    case HttpError::kTruncated:
      return kTruncated;
    case HttpError::kTooLarge:
      return kTooLarge;
    case HttpError::kBomb:
      return kBomb;
    case HttpError::kEncoding:
      return kContentCoding;
    case HttpError::kRedirects:
      return kRedirectsExceeded;
    case HttpError::kProtocol:
      return kHttpError;
    case HttpError::kNone:
    case HttpError::kOverloaded:
      break;  // No end of a page.
  }
  return "";
}

bool MayPass(HttpError error) {
  return error == HttpError::kNoAnswer || error == HttpError::kTimeout ||
         error == HttpError::kTruncated || error == HttpError::kOverloaded;
}

bool MayPass(int status) {
  // 501 Not Implemented and 505 HTTP Version Not Supported say that it will not.
  return status == 408 || status == 425 || status == 429 ||
         (status >= 500 && status <= 599 && status != 501 && status != 505);
}

bool IsRedirect(const HttpResponse& response) {
  const int status = response.status;
  const bool redirects =
      status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  return redirects && !response.location.empty();
}

std::optional<std::string> ResolveRedirect(std::string_view asked, std::string_view location) {
  const auto base = url::Url::Parse(asked);
  const auto target = base.ok() ? url::Url::Parse(location, *base) : base;
  if (!target.ok() || !target->IsHttp() || target->HasCredentials()) return std::nullopt;
  return target->href().substr(0, target->href().find('#'));
}

}  // namespace sluice::fetch
