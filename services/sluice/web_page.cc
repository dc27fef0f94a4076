#include "services/sluice/web_page.h"

#include <memory>
#include <utility>

#include "absl/synchronization/notification.h"
#include "pipeline/base/strings.h"
#include "pipeline/codec/inflate.h"
#include "pipeline/codec/packed_file.h"
#include "pipeline/url/url.h"
#include "services/fetch/address_policy.h"
#include "services/fetch/content_type.h"
#include "services/fetch/curl_http_client.h"
#include "services/fetch/fetch_options.h"

namespace sluice::cli {
namespace {

constexpr std::string_view kPrivateHint =
    "; pages of your own network are fetched with --allow-private-addresses";

absl::Status Refused(std::string_view url, std::string_view why) {
  return absl::PermissionDeniedError(
      base::ToAbsl(fmt::format("{} is not fetched: {}{}", url, why, kPrivateHint)));
}

fetch::HttpResponse Ask(fetch::HttpClient& client, fetch::HttpRequest request) {
  struct Answer {
    absl::Notification done;
    fetch::HttpResponse response;
  };
  // Shared: the client's thread may outlast this call by a moment.
  const auto answer = std::make_shared<Answer>();
  client.Start(std::move(request), [answer](fetch::HttpResponse response) {
    answer->response = std::move(response);
    answer->done.Notify();
  });
  answer->done.WaitForNotification();
  return std::move(answer->response);
}

absl::Status WhyNot(const fetch::HttpResponse& response, std::string_view url) {
  if (response.error == fetch::HttpError::kAddressRefused)
    return Refused(url, response.error_detail);
  if (response.error == fetch::HttpError::kTooLarge) {
    return absl::UnavailableError(base::ToAbsl(
        fmt::format("{} is larger than a page may be: {}", url, response.error_detail)));
  }
  if (response.error != fetch::HttpError::kNone) {
    return absl::UnavailableError(
        base::ToAbsl(fmt::format("no whole answer from {}: {}", url, response.error_detail)));
  }
  return absl::NotFoundError(base::ToAbsl(
      fmt::format("{} answered with status {}; save the page with a browser and name the file "
                  "instead, if a browser shows it",
                  url, response.status)));
}

absl::StatusOr<WebPage> ToPage(fetch::HttpResponse response, std::string url, size_t bytes_max) {
  const fetch::ContentType type = fetch::ParseContentType(response.content_type);
  if (!fetch::IsPage(type.media_type)) {
    return absl::InvalidArgumentError(base::ToAbsl(
        fmt::format("{} is {}; only HTML and plain text have articles", url, type.media_type)));
  }
  const bool gzip = response.codec == data::v1::BODY_CODEC_GZIP;
  absl::StatusOr<std::string> body = codec::InflatePrefix(
      response.body, gzip ? codec::ContentCoding::kGzip : codec::ContentCoding::kIdentity,
      bytes_max);
  if (!body.ok()) return body.status();
  return WebPage{.body = *std::move(body),
                 .url = std::move(url),
                 .charset = type.charset,
                 .content_type = type.media_type};
}

}  // namespace

bool IsWebAddress(std::string_view argument) {
  return argument.starts_with("http://") || argument.starts_with("https://");
}

absl::StatusOr<WebPage> ReadPage(const std::string& place, const WebPageOptions& options) {
  if (IsWebAddress(place)) return FetchWebPage(place, options);
  absl::StatusOr<std::string> read = codec::ReadPackedFile(place, options.bytes_max);
  if (!read.ok()) return read.status();
  WebPage page;
  page.body = *std::move(read);
  return page;
}

absl::StatusOr<WebPage> FetchWebPage(std::string_view address, const WebPageOptions& options) {
  fetch::HttpOptions http;
  http.user_agent = fetch::UserAgent("");
  if (options.private_addresses) http.allowed_private_networks = {"0.0.0.0/0", "::/0"};
  const absl::StatusOr<fetch::AddressPolicy> policy =
      fetch::AddressPolicy::Create({.allowed_networks = http.allowed_private_networks});
  if (!policy.ok()) return policy.status();
  absl::StatusOr<std::unique_ptr<fetch::CurlHttpClient>> client =
      fetch::CurlHttpClient::Create(http, *policy);
  if (!client.ok()) return client.status();
  absl::StatusOr<url::Url> at = url::Url::Parse(address);
  if (!at.ok()) {
    return absl::InvalidArgumentError(base::ToAbsl(
        fmt::format("{} is no address: {}", address, base::ToStd(at.status().message()))));
  }
  for (int hop = 0; hop <= options.redirects_max; ++hop) {
    const std::string url = at->Origin() + at->PathAndQuery();
    if (const absl::Status allowed = policy->CheckUrl(*at); !allowed.ok())
      return Refused(url, base::ToStd(allowed.message()));
    fetch::HttpResponse response = Ask(**client, {.url = url,
                                                  .body_bytes_max = options.bytes_max,
                                                  .stored_bytes_max = options.bytes_max,
                                                  .cut_at_max = true});
    const bool whole = response.error == fetch::HttpError::kNone;
    if (whole && response.status >= 200 && response.status < 300)
      return ToPage(std::move(response), url, options.bytes_max);
    if (!whole || response.location.empty() || response.status / 100 != 3)
      return WhyNot(response, url);
    absl::StatusOr<url::Url> next = url::Url::Parse(response.location, *at);
    if (!next.ok()) {
      return absl::UnavailableError(base::ToAbsl(
          fmt::format("{} leads to {:?}, which is no address", url, response.location)));
    }
    at = *std::move(next);
  }
  return absl::UnavailableError(base::ToAbsl(fmt::format(
      "{} leads on to other addresses more than {} times", address, options.redirects_max)));
}

}  // namespace sluice::cli
