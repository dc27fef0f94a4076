#include "services/feed/feed_settings.h"

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/url/url.h"

namespace sluice::feed {
namespace {

absl::Status Check(const config::v1::Feed& config) {
  const auto below = [](std::string_view field, const google::protobuf::Duration& value,
                        absl::Duration least) {
    const absl::Duration duration = base::FromProto(value);
    if (duration >= least) return absl::OkStatus();
    return absl::InvalidArgumentError(
        fmt::format("feed.{} is {}; it must be at least {}", field, duration, least));
  };
  absl::Status status;
  if (config.has_retention()) status.Update(below("retention", config.retention(), absl::Hours(1)));
  if (config.has_outcome_retention()) {
    status.Update(below("outcome_retention", config.outcome_retention(), absl::Hours(24)));
  }
  if (config.has_write_time_max()) {
    status.Update(below("write_time_max", config.write_time_max(), absl::Seconds(1)));
  }
  if (config.retention_bytes() != 0 && config.retention_bytes() < (1 << 20)) {
    status.Update(absl::InvalidArgumentError(fmt::format(
        "feed.retention_bytes is {}; it must be at least 1048576", config.retention_bytes())));
  }
  if (!config.public_url().empty()) {
    auto url = url::Url::Parse(config.public_url());
    if (!url.ok() || !url->IsHttp()) {
      status.Update(absl::InvalidArgumentError(
          fmt::format("feed.public_url is \"{}\"; write it as https://news.example or "
                      "https://news.example:8443/path",
                      config.public_url())));
    }
  }
  return status;
}

}  // namespace

absl::StatusOr<FeedSettings> FeedSettings::From(const config::v1::Feed& config) {
  if (absl::Status status = Check(config); !status.ok()) return status;
  FeedSettings settings;
  if (config.has_retention()) settings.stage.retention = base::FromProto(config.retention());
  if (config.retention_bytes() != 0) settings.stage.retention_bytes = config.retention_bytes();
  if (config.has_outcome_retention()) {
    settings.outcomes.retention = base::FromProto(config.outcome_retention());
  }
  if (config.ring_bytes() != 0) settings.store.ring_bytes_max = config.ring_bytes();
  if (config.subscribers_max() != 0) settings.rpc.subscribers_max = config.subscribers_max();
  if (config.has_write_time_max()) {
    settings.rpc.subscriber.write_time_max = base::FromProto(config.write_time_max());
  }
  if (!config.title().empty()) settings.pages.title = config.title();
  settings.pages.public_url = config.public_url();
  while (settings.pages.public_url.ends_with('/')) settings.pages.public_url.pop_back();
  return settings;
}

}  // namespace sluice::feed
