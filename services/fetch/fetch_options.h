#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/fetch/section.h"
#include "sluice/config/v1/fetch.pb.h"
#include "sluice/data/v1/source_health.pb.h"

namespace sluice::fetch {

// A place that news is taken from.
struct SourceOptions {
  std::string id;
  data::v1::SourceKind kind = data::v1::SOURCE_KIND_FEED;
  std::string url;  // Absolute, without fragment.
  absl::Duration interval = absl::Minutes(10);
  // Of a section.
  SectionRules rules = {};
  uint32_t pages_max = 1;  // In one visit.
};

// Of the HTTP client.
struct HttpOptions {
  std::string user_agent;
  std::vector<std::string> allowed_private_networks;  // CIDR.
  int transfers_max = 1000;
  uint64_t buffered_bytes_max = 256 << 20;
  uint32_t inflation_ratio_max = 100;
  absl::Duration connect_time_max = absl::Seconds(15);
  absl::Duration transfer_time_max = absl::Seconds(60);
  absl::Duration low_speed_time = absl::Seconds(20);
  uint32_t low_speed_bytes = 100;
};

// The configuration of fetch, checked. config/v1/fetch.proto says what each means, its unit and its
// range.
struct FetchOptions {
  HttpOptions http;
  std::vector<SourceOptions> sources;

  absl::Duration host_interval = absl::Seconds(1);
  absl::Duration crawl_delay_max = absl::Seconds(30);
  absl::Duration robots_ttl = absl::Hours(24);
  absl::Duration robots_error_ttl = absl::Hours(1);
  uint32_t robots_bytes_max = 512000;

  uint64_t body_bytes_max = 8 << 20;
  uint64_t source_bytes_max = 16 << 20;
  int redirects_max = 5;
  uint32_t hops_max = 3;

  uint32_t retries_max = 3;
  absl::Duration retry_first = absl::Minutes(1);
  absl::Duration retry_max = absl::Hours(1);
  absl::Duration retry_after_max = absl::Hours(24);

  // Empty: pages are not looked at again.
  std::vector<absl::Duration> revisits = {absl::Hours(1), absl::Hours(6), absl::Hours(24),
                                          absl::Hours(72)};
  absl::Duration gone_after = absl::Hours(24);
  absl::Duration resubmit_after = absl::Hours(1);
  absl::Duration failed_memory = absl::Hours(24);
  absl::Duration url_memory = absl::Hours(24 * 30);

  size_t frontier_urls_max = 1'000'000;
  size_t host_urls_max = 20'000;

  absl::Duration source_interval_min = absl::Minutes(10);
  absl::Duration source_interval_max = absl::Hours(24);
  size_t source_items_max = 10'000;
  size_t sitemaps_max = 50;

  // kInvalidArgument: the message names the key, its value and what it may be.
  static absl::StatusOr<FetchOptions> Create(const config::v1::Fetch& config);
};

// sluice/0.1.0 (+https://example.org/about); without a contact only the first part.
std::string UserAgent(std::string_view contact);

}  // namespace sluice::fetch
