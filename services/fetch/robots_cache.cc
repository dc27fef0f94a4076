#include "services/fetch/robots_cache.h"

#include <zstd.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "pipeline/base/hash.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/codec/inflate.h"
#include "services/fetch/fetch_tables.h"
#include "services/fetch/schedule.h"

namespace sluice::fetch {
namespace {

using state::v1::FetchRobotsRow;

// Rules that cannot be fetched again may be used on for so long after they were. (RFC 9309 §2.4
// sets no bound.)
constexpr absl::Duration kStaleMax = absl::Hours(24 * 30);

std::string Compress(std::string_view text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  const size_t bytes = ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3);
  packed.resize(ZSTD_isError(bytes) != 0 ? 0 : bytes);
  return packed;
}

std::string Decompress(std::string_view packed, size_t bytes_max) {
  std::string text(bytes_max, '\0');
  const size_t bytes = ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
  text.resize(ZSTD_isError(bytes) != 0 ? 0 : bytes);
  return text;
}

// At most bytes_max. Some send gzip though it was not asked for; what can be read of it counts.
std::string Text(const HttpResponse& response, size_t bytes_max) {
  if (response.codec != data::v1::BODY_CODEC_GZIP) return response.body.substr(0, bytes_max);
  std::string text;
  codec::Inflater::Create(codec::ContentCoding::kGzip, {.bytes_max = bytes_max})
      ->Write(response.body, text)
      .IgnoreError();
  text.resize(std::min(text.size(), bytes_max));
  return text;
}

}  // namespace

std::string RobotsCache::Key(std::string_view origin) { return base::HashBytes(origin).Bytes(); }

bool RobotsCache::Expired(std::string_view value, absl::Time now) {
  FetchRobotsRow row;
  if (!row.ParseFromArray(value.data(), static_cast<int>(value.size()))) return true;
  return std::max(base::FromProto(row.expires()), base::FromProto(row.fetched_at()) + kStaleMax) <=
         now;
}

HttpRequest RobotsCache::Ask(std::string_view origin) const {
  HttpRequest request;
  request.url = fmt::format("{}/robots.txt", origin);
  request.body_bytes_max = options_.bytes_max;
  request.cut_at_max = true;
  request.redirects_max = kRedirectsMax;
  return request;
}

RobotsCache::Ruling RobotsCache::Rule(const log::Transaction& transaction, const url::Url& url,
                                      absl::Time now) {
  const std::string origin = url.Origin();
  const auto row = ReadRow<FetchRobotsRow>(transaction, kRobotsTable, Key(origin));
  if (!row.has_value() || row->state() == state::v1::ROBOTS_STATE_UNSPECIFIED ||
      base::FromProto(row->expires()) <= now) {
    return {};
  }
  Ruling ruling{.answer = Answer::kAllowed, .detail = row->detail()};
  switch (row->state()) {
    case state::v1::ROBOTS_STATE_UNREACHABLE:
      ruling.answer = Answer::kUnreachable;
      break;
    case state::v1::ROBOTS_STATE_REFUSED:
      ruling.answer = Answer::kRefused;
      break;
    case state::v1::ROBOTS_STATE_RULES: {
      const Robots& rules = Rules(origin, *row);
      ruling.crawl_delay = rules.crawl_delay().value_or(absl::ZeroDuration());
      if (!rules.Allows(url)) {
        ruling.answer = Answer::kDisallowed;
        ruling.detail = fmt::format("{}/robots.txt disallows {}", origin, url.PathAndQuery());
      }
      break;
    }
    default:
      break;
  }
  return ruling;
}

const Robots& RobotsCache::Rules(std::string_view origin, const FetchRobotsRow& row) {
  const absl::Time fetched_at = base::FromProto(row.fetched_at());
  const auto found = by_origin_.find(origin);
  if (found != by_origin_.end()) {
    parsed_.splice(parsed_.begin(), parsed_, found->second);
    if (parsed_.front().fetched_at == fetched_at) return parsed_.front().robots;
    DropParsed(parsed_.begin());
  }
  Robots robots = Robots::Parse(Decompress(row.rules(), options_.bytes_max), kAgent,
                                {.bytes_max = options_.bytes_max, .sitemaps_max = 0});
  const size_t bytes = robots.rule_bytes();
  parsed_.push_front({std::string(origin), fetched_at, std::move(robots), bytes});
  by_origin_.emplace(origin, parsed_.begin());
  parsed_bytes_ += bytes;
  // The last one stays whatever its size: it is in use.
  while (parsed_.size() > 1 &&
         (parsed_.size() > options_.parsed_max || parsed_bytes_ > options_.parsed_bytes_max)) {
    DropParsed(std::prev(parsed_.end()));
  }
  return parsed_.front().robots;
}

void RobotsCache::DropParsed(std::list<Parsed>::iterator parsed) {
  parsed_bytes_ -= parsed->bytes;
  by_origin_.erase(by_origin_.find(parsed->origin));
  parsed_.erase(parsed);
}

absl::Time RobotsCache::Learn(log::Transaction& transaction, std::string_view origin,
                              const HttpResponse& response, absl::Time now) {
  const std::string key = Key(origin);
  FetchRobotsRow row =
      ReadRow<FetchRobotsRow>(transaction, kRobotsTable, key).value_or(FetchRobotsRow());
  row.set_origin(std::string(origin));
  absl::Time wait_until = absl::InfinitePast();
  const bool answered = response.error == HttpError::kNone && response.status > 0;
  if (answered && response.status <= 299) {
    row.set_state(state::v1::ROBOTS_STATE_RULES);
    row.set_rules(Compress(Text(response, options_.bytes_max)));
  } else if ((answered && response.status < 500 && response.status != 429) ||
             response.error == HttpError::kRedirects) {
    row.set_state(state::v1::ROBOTS_STATE_ALLOW_ALL);
    row.clear_rules();
  } else {
    wait_until = Fail(row, response, now);
    transaction.Put(kRobotsTable, key, row.SerializeAsString());
    return wait_until;
  }
  row.clear_attempts();
  row.clear_detail();
  *row.mutable_fetched_at() = base::ToProto(now);
  *row.mutable_expires() = base::ToProto(now + options_.ttl);
  transaction.Put(kRobotsTable, key, row.SerializeAsString());
  return wait_until;
}

absl::Time RobotsCache::Fail(FetchRobotsRow& row, const HttpResponse& response,
                             absl::Time now) const {
  row.set_attempts(row.attempts() + 1);
  row.set_detail(
      response.error == HttpError::kNone
          ? fmt::format("{}/robots.txt was answered with {}", row.origin(), response.status)
          : fmt::format("{}/robots.txt: {}", row.origin(), response.error_detail));
  const bool usable = row.state() == state::v1::ROBOTS_STATE_RULES &&
                      now < base::FromProto(row.fetched_at()) + kStaleMax;
  // A refused address behind a redirect says nothing about the host itself.
  const bool own = response.url.starts_with(row.origin() + "/");
  if (response.error == HttpError::kAddressRefused && own) {
    row.set_state(state::v1::ROBOTS_STATE_REFUSED);
  } else if (usable) {
    // The rules that we have stay in force, and are asked for again later.
  } else if (row.attempts() <= options_.retries_max) {
    row.set_state(state::v1::ROBOTS_STATE_UNSPECIFIED);
    const absl::Duration asked =
        std::min(ParseRetryAfter(response.retry_after, now), options_.retry_after_max);
    return now +
           std::max(asked, RetryDelay(row.attempts(), options_.retry_first, options_.retry_max));
  } else {
    row.set_state(state::v1::ROBOTS_STATE_UNREACHABLE);
    row.clear_attempts();
  }
  *row.mutable_expires() = base::ToProto(now + options_.error_ttl);
  return absl::InfinitePast();
}

}  // namespace sluice::fetch
