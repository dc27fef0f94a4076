#include "services/fetch/fetch_options.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/base/version.h"
#include "pipeline/url/url.h"
#include "services/fetch/address_policy.h"

namespace sluice::fetch {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);
constexpr int kPatternsMax = 16;
constexpr uint32_t kPagesMax = 100;

// Takes over what the configuration sets, and keeps the first complaint.
class Checker {
 public:
  template <typename Message>
  void Take(std::string_view key, const Message& config, bool set, absl::Duration min,
            absl::Duration max, absl::Duration& option) {
    if (!set) return;
    const absl::Duration value = base::FromProto(config);
    if (value < min || value > max) {
      Complain(fmt::format("fetch.{} is {}; it must be between {} and {}", key, value, min, max));
      return;
    }
    option = value;
  }

  template <typename Value, typename Option>
  void Take(std::string_view key, Value value, bool set, uint64_t min, uint64_t max,
            Option& option) {
    if (!set) return;
    if (value < min || value > max) {
      Complain(fmt::format("fetch.{} is {}; it must be between {} and {}", key, value, min, max));
      return;
    }
    option = static_cast<Option>(value);
  }

  void Complain(const std::string& message) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(message);
  }

  const absl::Status& status() const { return status_; }

 private:
  absl::Status status_;
};

void TakePoliteness(const config::v1::Fetch& config, Checker& checker, FetchOptions& options) {
  // An hour between two requests is a mistake in the unit.
  checker.Take("host_interval", config.host_interval(), config.has_host_interval(),
               absl::ZeroDuration(), absl::Hours(1), options.host_interval);
  options.crawl_delay_max = std::max(options.crawl_delay_max, options.host_interval);
  checker.Take("crawl_delay_max", config.crawl_delay_max(), config.has_crawl_delay_max(),
               options.host_interval, absl::Hours(1), options.crawl_delay_max);
  checker.Take("robots_ttl", config.robots_ttl(), config.has_robots_ttl(), absl::Minutes(1), kDay,
               options.robots_ttl);
  checker.Take("robots_error_ttl", config.robots_error_ttl(), config.has_robots_error_ttl(),
               absl::Seconds(1), kDay, options.robots_error_ttl);
  checker.Take("robots_bytes_max", config.robots_bytes_max(), config.has_robots_bytes_max(), 512000,
               16 << 20, options.robots_bytes_max);
}

void TakeTransfers(const config::v1::Fetch& config, Checker& checker, FetchOptions& options) {
  HttpOptions& http = options.http;
  checker.Take("transfers_max", config.transfers_max(), config.has_transfers_max(), 1, 1000,
               http.transfers_max);
  checker.Take("body_bytes_max", config.body_bytes_max(), config.has_body_bytes_max(), 1024,
               64 << 20, options.body_bytes_max);
  checker.Take("source_bytes_max", config.source_bytes_max(), config.has_source_bytes_max(), 1024,
               64 << 20, options.source_bytes_max);
  checker.Take("inflation_ratio_max", config.inflation_ratio_max(),
               config.has_inflation_ratio_max(), 10, 1100, http.inflation_ratio_max);
  const uint64_t largest = std::max(options.body_bytes_max, options.source_bytes_max);
  checker.Take("buffered_bytes_max", config.buffered_bytes_max(), config.has_buffered_bytes_max(),
               2 * largest, uint64_t{1} << 40, http.buffered_bytes_max);
  const absl::Duration tick = absl::Milliseconds(10);
  checker.Take("connect_time_max", config.connect_time_max(), config.has_connect_time_max(), tick,
               absl::Hours(1), http.connect_time_max);
  checker.Take("transfer_time_max", config.transfer_time_max(), config.has_transfer_time_max(),
               tick, absl::Hours(1), http.transfer_time_max);
  checker.Take("low_speed_time", config.low_speed_time(), config.has_low_speed_time(),
               absl::Seconds(1), absl::Hours(1), http.low_speed_time);
  checker.Take("low_speed_bytes", config.low_speed_bytes(), config.has_low_speed_bytes(), 0,
               1 << 20, http.low_speed_bytes);
  checker.Take("redirects_max", config.redirects_max(), config.has_redirects_max(), 0, 20,
               options.redirects_max);
  checker.Take("hops_max", config.hops_max(), config.has_hops_max(), 0, 20, options.hops_max);
}

void TakeRetries(const config::v1::Fetch& config, Checker& checker, FetchOptions& options) {
  const absl::Duration tick = absl::Milliseconds(1);
  checker.Take("retries_max", config.retries_max(), config.has_retries_max(), 0, 20,
               options.retries_max);
  checker.Take("retry_first", config.retry_first(), config.has_retry_first(), tick, kDay,
               options.retry_first);
  options.retry_max = std::max(options.retry_max, options.retry_first);
  checker.Take("retry_max", config.retry_max(), config.has_retry_max(), options.retry_first,
               30 * kDay, options.retry_max);
  checker.Take("retry_after_max", config.retry_after_max(), config.has_retry_after_max(), tick,
               30 * kDay, options.retry_after_max);
}

void TakeRevisits(const config::v1::Fetch& config, Checker& checker, FetchOptions& options) {
  if (config.revisits_size() > 16) {
    checker.Complain(fmt::format("fetch.revisits has {} entries; at most 16 are allowed",
                                 config.revisits_size()));
  }
  if (config.revisits_size() > 0) options.revisits.clear();
  for (const auto& proto : config.revisits()) {
    const absl::Duration after = base::FromProto(proto);
    const absl::Duration before =
        options.revisits.empty() ? absl::ZeroDuration() : options.revisits.back();
    if (after <= before || after > 365 * kDay) {
      checker.Complain(
          fmt::format("fetch.revisits has {} after {}; the entries count from the first fetch, "
                      "rise and end within 365 days",
                      after, before));
    }
    options.revisits.push_back(after);
  }
  if (config.has_revisit() && !config.revisit()) options.revisits.clear();
  checker.Take("gone_after", config.gone_after(), config.has_gone_after(), absl::Milliseconds(1),
               30 * kDay, options.gone_after);
  checker.Take("resubmit_after", config.resubmit_after(), config.has_resubmit_after(),
               absl::ZeroDuration(), 365 * kDay, options.resubmit_after);
  checker.Take("failed_memory", config.failed_memory(), config.has_failed_memory(),
               absl::ZeroDuration(), 365 * kDay, options.failed_memory);
  checker.Take("url_memory", config.url_memory(), config.has_url_memory(), absl::Hours(1),
               3650 * kDay, options.url_memory);
}

void TakeFrontier(const config::v1::Fetch& config, Checker& checker, FetchOptions& options) {
  checker.Take("frontier_urls_max", config.frontier_urls_max(), config.has_frontier_urls_max(), 1,
               100'000'000, options.frontier_urls_max);
  checker.Take("host_urls_max", config.host_urls_max(), config.has_host_urls_max(), 1, 100'000'000,
               options.host_urls_max);
  checker.Take("source_interval_min", config.source_interval_min(),
               config.has_source_interval_min(), absl::Milliseconds(1), kDay,
               options.source_interval_min);
  options.source_interval_max = std::max(options.source_interval_max, options.source_interval_min);
  checker.Take("source_interval_max", config.source_interval_max(),
               config.has_source_interval_max(), absl::Milliseconds(1), 30 * kDay,
               options.source_interval_max);
  checker.Take("source_items_max", config.source_items_max(), config.has_source_items_max(), 1,
               50'000, options.source_items_max);
  checker.Take("sitemaps_max", config.sitemaps_max(), config.has_sitemaps_max(), 1, 1000,
               options.sitemaps_max);
}

bool IsSourceId(std::string_view id) {
  return !id.empty() && id.size() <= 100 && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

absl::StatusOr<std::vector<LinkPattern>> CreatePatterns(
    std::string_view id, std::string_view key,
    const google::protobuf::RepeatedPtrField<std::string>& texts) {
  if (texts.size() > kPatternsMax) {
    return absl::InvalidArgumentError(
        fmt::format("the source {} has {} patterns in {}; at most {} are "
                    "allowed",
                    id, texts.size(), key, kPatternsMax));
  }
  std::vector<LinkPattern> patterns;
  for (const std::string& text : texts) {
    auto pattern = LinkPattern::Parse(text);
    if (!pattern.ok()) {
      return absl::InvalidArgumentError(
          fmt::format("the source {}: {}: {}", id, key, pattern.status().message()));
    }
    patterns.push_back(*std::move(pattern));
  }
  return patterns;
}

// What a section has beside its URL.
absl::Status TakeSection(const config::v1::Source& config, SourceOptions& source) {
  if (config.section().empty()) {
    const bool none =
        config.links().empty() && config.links_except().empty() && !config.has_pages();
    return none ? absl::OkStatus()
                : absl::InvalidArgumentError(fmt::format(
                      "the source {} is no section, and links, links_except and pages are for one; "
                      "give its URL as section, or leave them out",
                      config.id()));
  }
  auto links = CreatePatterns(config.id(), "links", config.links());
  if (!links.ok()) return links.status();
  auto except = CreatePatterns(config.id(), "links_except", config.links_except());
  if (!except.ok()) return except.status();
  source.rules = {.links = *std::move(links), .except = *std::move(except)};
  if (config.has_pages()) source.pages_max = config.pages();
  if (source.pages_max < 1 || source.pages_max > kPagesMax) {
    return absl::InvalidArgumentError(
        fmt::format("the source {} has pages {}; it must be between 1 and {}", config.id(),
                    source.pages_max, kPagesMax));
  }
  return absl::OkStatus();
}

absl::StatusOr<SourceOptions> CreateSource(const config::v1::Source& config,
                                           const FetchOptions& options) {
  if (!IsSourceId(config.id())) {
    return absl::InvalidArgumentError(fmt::format(
        "fetch.sources has the id '{}'; an id is 1 to 100 letters, digits, - and _", config.id()));
  }
  const int named = !config.feed().empty() + !config.sitemap().empty() + !config.page().empty() +
                    !config.section().empty();
  if (named != 1) {
    return absl::InvalidArgumentError(
        fmt::format("the source {} has {} of feed, sitemap, page and section; give exactly one",
                    config.id(), named));
  }
  SourceOptions source;
  source.id = config.id();
  std::string_view text = config.feed();
  if (!config.sitemap().empty()) {
    text = config.sitemap();
    source.kind = data::v1::SOURCE_KIND_SITEMAP;
  } else if (!config.page().empty()) {
    text = config.page();
    source.kind = data::v1::SOURCE_KIND_PAGE;
  } else if (!config.section().empty()) {
    text = config.section();
    source.kind = data::v1::SOURCE_KIND_SECTION;
  }
  if (absl::Status status = TakeSection(config, source); !status.ok()) return status;
  const auto url = url::Url::Parse(text);
  if (!url.ok() || !url->IsHttp() || url->HasCredentials()) {
    return absl::InvalidArgumentError(
        fmt::format("the source {} has the URL '{}'; it must be a full http or https URL without "
                    "user and password",
                    config.id(), text));
  }
  source.url = url->href().substr(0, url->href().find('#'));
  source.interval = std::min(source.interval, options.source_interval_max);
  if (config.has_interval()) source.interval = base::FromProto(config.interval());
  if (source.interval < absl::Milliseconds(1) || source.interval > options.source_interval_max) {
    return absl::InvalidArgumentError(
        fmt::format("the source {} has the interval {}; it must be between 1ms and "
                    "fetch.source_interval_max, {}",
                    config.id(), source.interval, options.source_interval_max));
  }
  return source;
}

}  // namespace

absl::StatusOr<FetchOptions> FetchOptions::Create(const config::v1::Fetch& config) {
  FetchOptions options;
  Checker checker;
  TakePoliteness(config, checker, options);
  TakeTransfers(config, checker, options);
  TakeRetries(config, checker, options);
  TakeRevisits(config, checker, options);
  TakeFrontier(config, checker, options);
  if (!checker.status().ok()) return checker.status();

  options.http.allowed_private_networks = {config.allowed_private_networks().begin(),
                                           config.allowed_private_networks().end()};
  if (const auto policy =
          AddressPolicy::Create({.allowed_networks = options.http.allowed_private_networks});
      !policy.ok()) {
    return absl::InvalidArgumentError(
        fmt::format("fetch.allowed_private_networks: {}", policy.status().message()));
  }
  if (config.sources_size() > 0 && config.contact().empty()) {
    return absl::InvalidArgumentError(
        "fetch.contact is empty; name a page or mail address where the sites' owners can reach "
        "you");
  }
  if (std::ranges::any_of(config.contact(), [](char c) { return c < ' ' || c > '~'; })) {
    return absl::InvalidArgumentError(fmt::format(
        "fetch.contact is '{}'; it is sent in a header and must be plain ASCII", config.contact()));
  }
  options.http.user_agent = UserAgent(config.contact());

  std::set<std::string_view> ids;
  for (const config::v1::Source& source : config.sources()) {
    auto created = CreateSource(source, options);
    if (!created.ok()) return created.status();
    if (!ids.insert(source.id()).second) {
      return absl::InvalidArgumentError(
          fmt::format("fetch.sources has the id {} twice; ids must differ", source.id()));
    }
    options.sources.push_back(*std::move(created));
  }
  return options;
}

std::string UserAgent(std::string_view contact) {
  if (contact.empty()) return fmt::format("sluice/{}", base::kVersion);
  return fmt::format("sluice/{} (+{})", base::kVersion, contact);
}

}  // namespace sluice::fetch
