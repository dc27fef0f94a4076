#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/transaction.h"
#include "pipeline/url/url.h"
#include "services/fetch/http_client.h"
#include "services/fetch/robots.h"
#include "sluice/state/v1/fetch.pb.h"

namespace sluice::fetch {

// What each origin's robots.txt allows, kept in the table `robots` as long as RFC 9309 lets it be.
// The shard's thread.
class RobotsCache {
 public:
  static constexpr std::string_view kAgent = "sluice";  // Our product token.
  static constexpr int kRedirectsMax = 5;               // RFC 9309 §2.3.1.2.

  struct Options {
    absl::Duration ttl = absl::Hours(24);
    absl::Duration error_ttl = absl::Hours(1);
    uint32_t bytes_max = 512000;
    uint32_t retries_max = 3;  // Before a host without a readable robots.txt counts as closed.
    absl::Duration retry_first = absl::Minutes(1);
    absl::Duration retry_max = absl::Hours(1);
    absl::Duration retry_after_max = absl::Hours(24);
    // Origins whose rules are kept parsed, and how large they are together.
    size_t parsed_max = 4096;
    size_t parsed_bytes_max = 64 << 20;
  };
  enum class Answer {
    kAllowed,
    kDisallowed,   // By a rule.
    kUnreachable,  // 5xx or no answer, tried again in vain: everything is disallowed for a while.
    kRefused,      // The host's address may not be asked.
    kUnknown,      // robots.txt has to be asked for first.
  };
  struct Ruling {
    Answer answer = Answer::kUnknown;
    std::string detail;                                 // For people.
    absl::Duration crawl_delay = absl::ZeroDuration();  // As asked for.
  };

  explicit RobotsCache(const Options& options) : options_(options) {}

  // Of an http(s) URL.
  Ruling Rule(const log::Transaction& transaction, const url::Url& url, absl::Time now);

  // What to ask an origin for. Its robots.txt is followed over redirects inside the client.
  HttpRequest Ask(std::string_view origin) const;

  // Takes in the answer. Returns until when the host is to be left alone before robots.txt is asked
  // for again; InfinitePast: it need not be.
  absl::Time Learn(log::Transaction& transaction, std::string_view origin,
                   const HttpResponse& response, absl::Time now);

  // Of the rules that are kept parsed.
  size_t parsed_bytes() const { return parsed_bytes_; }

  // Whether a row is of no more use.
  static bool Expired(std::string_view value, absl::Time now);

 private:
  struct Parsed {
    std::string origin;
    absl::Time fetched_at;  // Of the row that it was parsed from.
    Robots robots;
    size_t bytes = 0;
  };

  static std::string Key(std::string_view origin);
  const Robots& Rules(std::string_view origin, const state::v1::FetchRobotsRow& row);
  void DropParsed(std::list<Parsed>::iterator parsed);
  absl::Time Fail(state::v1::FetchRobotsRow& row, const HttpResponse& response,
                  absl::Time now) const;

  const Options options_;
  std::list<Parsed> parsed_;  // Last used first.
  base::StringMap<std::list<Parsed>::iterator> by_origin_;
  size_t parsed_bytes_ = 0;
};

}  // namespace sluice::fetch
