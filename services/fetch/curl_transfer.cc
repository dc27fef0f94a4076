#include "services/fetch/curl_transfer.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "pipeline/base/strings.h"
#include "pipeline/base/utf8.h"
#include "pipeline/codec/inflate.h"
#include "services/fetch/content_type.h"

namespace sluice::fetch {
namespace {

constexpr size_t kFieldBytesMax = 8 << 10;  // A longer header value is as good as none.
constexpr std::string_view kAccept =
    "Accept: text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, "
    "application/feed+json, "
    "application/xml;q=0.9, text/plain;q=0.8, */*;q=0.1";

struct Endpoint {
  url::IpAddress address;
  uint16_t port = 0;
};

std::optional<Endpoint> EndpointOf(const curl_sockaddr& address) {
  if (address.family == AF_INET) {
    sockaddr_in in = {};
    std::memcpy(&in, &address.addr, sizeof in);
    return Endpoint{url::IpAddress::V4(ntohl(in.sin_addr.s_addr)), ntohs(in.sin_port)};
  }
  if (address.family == AF_INET6) {
    // `addr` is declared as the smallest of addresses; curl has room for the largest behind it.
    const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&address.addr);
    std::array<uint8_t, 16> bytes = {};
    std::memcpy(bytes.data(), &in6->sin6_addr, bytes.size());
    return Endpoint{url::IpAddress::V6(bytes), ntohs(in6->sin6_port)};
  }
  return std::nullopt;
}

HttpError ErrorOf(CURLcode code, bool answered) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return HttpError::kTimeout;
    case CURLE_PARTIAL_FILE:
      return HttpError::kTruncated;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return answered ? HttpError::kTruncated : HttpError::kNoAnswer;
    case CURLE_TOO_MANY_REDIRECTS:
      return HttpError::kRedirects;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR:
      return HttpError::kProtocol;
    case CURLE_LOGIN_DENIED:  // Credentials in a URL.
      return HttpError::kAddressRefused;
    case CURLE_OUT_OF_MEMORY:
      return HttpError::kOverloaded;
    default:
      return HttpError::kNoAnswer;
  }
}

}  // namespace

CurlTransfer::CurlTransfer(const HttpOptions& options, const AddressPolicy& policy,
                           HttpRequest request, HttpClient::Done done, ByteBudget::Share room)
    : options_(&options),
      policy_(&policy),
      request_(std::move(request)),
      done_(std::move(done)),
      easy_(curl_easy_init()),
      room_(std::move(room)) {
  if (easy_ == nullptr) throw std::bad_alloc();  // The only reason that there is.
  SetUp();
}

CurlTransfer::~CurlTransfer() {
  curl_easy_cleanup(easy_);
  curl_slist_free_all(headers_);
}

void CurlTransfer::SetUp() {
  const auto add = [&](const std::string& line) {
    headers_ = curl_slist_append(headers_, line.c_str());
  };
  add(std::string(kAccept));
  // Without gzip where only the beginning may be kept: half a gzip member is of no use.
  if (!request_.cut_at_max) add("Accept-Encoding: gzip");
  if (!request_.etag.empty()) add("If-None-Match: " + request_.etag);
  if (!request_.last_modified.empty()) add("If-Modified-Since: " + request_.last_modified);

  const auto set = [this](CURLoption option, auto value) {
    curl_easy_setopt(easy_, option, value);
  };
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_PATH_AS_IS, 1L);  // It is normalised.
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_USERAGENT, options_->user_agent.c_str());
  set(CURLOPT_HTTPHEADER, headers_);
  set(CURLOPT_FOLLOWLOCATION, request_.redirects_max > 0 ? 1L : 0L);
  set(CURLOPT_MAXREDIRS, static_cast<long>(request_.redirects_max));
  set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);  // At every hop, as AddressPolicy::CheckUrl has it.
  set(CURLOPT_PROXY, "");  // Whatever the environment says: the address that we check must be the
                           // one that answers.
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // Ending a transfer doesn't wait for a look-up that still runs.
  set(CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(absl::ToInt64Milliseconds(options_->connect_time_max)));
  set(CURLOPT_TIMEOUT_MS,
      static_cast<long>(absl::ToInt64Milliseconds(options_->transfer_time_max)));
  set(CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(options_->low_speed_bytes));
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(absl::ToInt64Seconds(options_->low_speed_time)));
  set(CURLOPT_HEADERFUNCTION, &CurlTransfer::OnHeader);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &CurlTransfer::OnBody);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::OnOpenSocket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_PRIVATE, this);
}

curl_socket_t CurlTransfer::OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  const std::optional<Endpoint> endpoint = EndpointOf(*address);
  if (purpose != CURLSOCKTYPE_IPCXN || !endpoint.has_value()) return CURL_SOCKET_BAD;
  absl::Status status = AddressPolicy::CheckPort(endpoint->port);
  if (status.ok()) status = transfer->policy_->CheckAddress(endpoint->address);
  if (!status.ok()) {
    transfer->refused_ = base::ToStd(status.message());
    return CURL_SOCKET_BAD;
  }
  transfer->opened_ = true;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

size_t CurlTransfer::OnHeader(char* data, size_t size, size_t count, void* self) {
  return static_cast<CurlTransfer*>(self)->Header({data, size * count}) ? size * count : 0;
}

size_t CurlTransfer::OnBody(char* data, size_t size, size_t count, void* self) {
  return static_cast<CurlTransfer*>(self)->Body({data, size * count}) ? size * count : 0;
}

bool CurlTransfer::Fail(HttpError error, std::string detail) {
  response_.error = error;
  response_.error_detail = std::move(detail);
  return false;
}

bool CurlTransfer::Header(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    // Another answer: after a redirect, or after 100 Continue.
    const uint64_t received_bytes = response_.received_bytes;
    response_ = HttpResponse();
    response_.received_bytes = received_bytes;
    content_encoding_.clear();
    content_length_.reset();
    header_bytes_ = 0;
    opened_ = false;
    refused_.clear();
    // curl has checked the line's form.
    const size_t space = line.find(' ');
    if (space == std::string_view::npos ||
        !absl::SimpleAtoi(base::ToAbsl(line.substr(space + 1, 3)), &response_.status)) {
      return Fail(HttpError::kProtocol, "no status line");
    }
    return true;
  }
  header_bytes_ += line.size();
  if (header_bytes_ > kHeaderBytesMax) {
    return Fail(HttpError::kProtocol,
                fmt::format("headers of more than {} bytes", kHeaderBytesMax));
  }
  if (line == "\r\n" || line == "\n") return HeadersEnd();
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  const std::string_view value =
      base::ToStd(absl::StripAsciiWhitespace(base::ToAbsl(line.substr(colon + 1))));
  if (value.size() <= kFieldBytesMax) Field(line.substr(0, colon), value);
  return true;
}

// Any byte may come in a header. Rows and records hold UTF-8 alone, so that other bytes are
// replaced; what would be sent back, and so must be as it came, is as good as none with them.
void CurlTransfer::Field(std::string_view name, std::string_view sent) {
  const std::string value = base::ToValidUtf8(sent);
  const auto is = [&](std::string_view other) {
    return absl::EqualsIgnoreCase(base::ToAbsl(name), base::ToAbsl(other));
  };
  const auto join = [&](std::string& list) {
    if (!list.empty()) list += ", ";
    if (list.size() + value.size() <= kFieldBytesMax) list += value;
  };
  if (is("location")) response_.location = value;
  if (is("content-type")) response_.content_type = value;
  if (is("content-language")) response_.content_language = value;
  if (is("etag") && value == sent) response_.etag = value;
  if (is("last-modified") && value == sent) response_.last_modified = value;
  if (is("retry-after")) response_.retry_after = value;
  if (is("cache-control")) join(response_.cache_control);
  if (is("content-encoding")) join(content_encoding_);
  if (is("content-length")) {
    uint64_t length = 0;
    if (absl::SimpleAtoi(base::ToAbsl(value), &length)) content_length_ = length;
  }
}

bool CurlTransfer::HeadersEnd() {
  if (!Succeeded()) return true;
  if (request_.pages_only && !IsPage(ParseContentType(response_.content_type).media_type)) {
    has_enough_ = true;
    return false;
  }
  const auto coded = [&](std::string_view name) {
    return absl::EqualsIgnoreCase(base::ToAbsl(content_encoding_), base::ToAbsl(name));
  };
  if (coded("gzip") || coded("x-gzip")) {
    response_.codec = data::v1::BODY_CODEC_GZIP;
    gzip_ = std::make_unique<GzipMeter>(GzipMeter::Limits{
        .inflated_bytes_max = request_.body_bytes_max, .ratio_max = options_->inflation_ratio_max});
  } else if (!content_encoding_.empty() && !coded("identity")) {
    return Fail(HttpError::kEncoding,
                fmt::format("content coding {}, and only gzip was asked for", content_encoding_));
  }
  const uint64_t bytes_max = gzip_ != nullptr ? request_.stored_bytes_max : request_.body_bytes_max;
  if (content_length_.value_or(0) > bytes_max && !request_.cut_at_max) {
    return Fail(HttpError::kTooLarge, fmt::format("{} bytes announced, at most {} are taken",
                                                  *content_length_, bytes_max));
  }
  return true;
}

bool CurlTransfer::Body(std::string_view bytes) {
  response_.received_bytes += bytes.size();
  if (!Succeeded()) {
    if (response_.received_bytes <= kErrorBodyBytesMax) return true;
    has_enough_ = true;
    return false;
  }
  if (gzip_ != nullptr) {
    switch (gzip_->Add(bytes)) {
      case GzipMeter::Verdict::kGoOn:
        break;
      case GzipMeter::Verdict::kDamaged:
        return Fail(HttpError::kEncoding, "damaged gzip");
      case GzipMeter::Verdict::kTooLarge:
        if (request_.cut_at_max) {
          has_enough_ = Keep(bytes);
          return false;
        }
        return Fail(HttpError::kTooLarge,
                    fmt::format("inflates to more than {} bytes", request_.body_bytes_max));
      case GzipMeter::Verdict::kBomb:
        return Fail(HttpError::kBomb,
                    fmt::format("{} bytes inflate to more than {}", response_.received_bytes,
                                gzip_->inflated_bytes()));
    }
    if (response_.body.size() + bytes.size() > request_.stored_bytes_max) {
      has_enough_ = request_.cut_at_max;
      if (has_enough_) return false;
      return Fail(HttpError::kTooLarge,
                  fmt::format("more than {} bytes of gzip", request_.stored_bytes_max));
    }
    return Keep(bytes);
  }
  const uint64_t left = request_.body_bytes_max - response_.body.size();
  if (bytes.size() <= left) return Keep(bytes);
  if (!request_.cut_at_max) {
    return Fail(HttpError::kTooLarge, fmt::format("more than {} bytes", request_.body_bytes_max));
  }
  has_enough_ = Keep(bytes.substr(0, left));
  return false;
}

bool CurlTransfer::Keep(std::string_view bytes) {
  const size_t needed = response_.body.size() + bytes.size();
  if (needed > response_.body.capacity()) {
    const size_t capacity = std::max({needed, 2 * response_.body.capacity(), size_t{16} << 10});
    if (!room_.GrowTo(capacity)) {
      return Fail(HttpError::kOverloaded, "too many bytes of bodies are in memory");
    }
    response_.body.reserve(capacity);
  }
  response_.body += bytes;
  return true;
}

void CurlTransfer::Classify(CURLcode code) {
  if (response_.error != HttpError::kNone || has_enough_ || code == CURLE_OK) return;
  if (code == CURLE_COULDNT_CONNECT && !refused_.empty() && !opened_) {
    Fail(HttpError::kAddressRefused, refused_);
    return;
  }
  HttpError error = ErrorOf(code, response_.status != 0);
  long connections = 0;
  curl_easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &connections);
  const bool reused = connections == 0;
  // It may be the rest of the answer before, which was longer than it said: ask again.
  if (error == HttpError::kProtocol && reused && response_.status == 0)
    error = HttpError::kNoAnswer;
  Fail(error, code == CURLE_UNSUPPORTED_PROTOCOL ? "no HTTP answer" : curl_easy_strerror(code));
}

// A whole body that came as gzip, or the beginning of one where that was asked for.
void CurlTransfer::SettleGzip() {
  if (has_enough_) {
    response_.body_bytes = gzip_->inflated_bytes();
    response_.body_hash = gzip_->hash();
    return;
  }
  if (!gzip_->complete()) {
    Fail(HttpError::kTruncated, "the gzip has no end");
    return;
  }
  response_.body_bytes = gzip_->inflated_bytes();
  response_.body_hash = gzip_->hash();
  if (gzip_->members() == 1) {
    response_.body.resize(gzip_->first_member_bytes());
    return;
  }
  // Several members, as only some servers send them: readers of one would stop short.
  if (!room_.GrowTo(response_.body.capacity() + response_.body_bytes)) {
    Fail(HttpError::kOverloaded, "too many bytes of bodies are in memory");
    return;
  }
  absl::StatusOr<std::string> inflated = codec::Inflate(response_.body, codec::ContentCoding::kGzip,
                                                        {.bytes_max = request_.body_bytes_max});
  if (!inflated.ok()) {
    Fail(HttpError::kEncoding, std::string(base::ToStd(inflated.status().message())));
    return;
  }
  response_.body = *std::move(inflated);
  response_.codec = data::v1::BODY_CODEC_IDENTITY;
}

void CurlTransfer::Finish(CURLcode code) {
  Classify(code);
  const char* url = nullptr;
  curl_easy_getinfo(easy_, CURLINFO_EFFECTIVE_URL, &url);
  response_.url = url == nullptr ? request_.url : url;
  curl_off_t micros = 0;
  curl_easy_getinfo(easy_, CURLINFO_TOTAL_TIME_T, &micros);
  response_.elapsed = absl::Microseconds(micros);

  if (response_.error == HttpError::kNone && Succeeded()) {
    if (gzip_ != nullptr) {
      SettleGzip();
    } else {
      response_.body_bytes = response_.body.size();
      response_.body_hash = base::HashBytes(response_.body);
    }
  }
  if (response_.error != HttpError::kNone) {
    response_.body = std::string();
    room_.Reset();
  }
  response_.room = std::move(room_);
  done_(std::move(response_));
}

}  // namespace sluice::fetch
