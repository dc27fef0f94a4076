#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "pipeline/url/url.h"

namespace sluice::fetch {

// A robots.txt as it reads for one crawler. (RFC 9309) Immutable; any thread.
//
// All groups that name the crawler count as one; without any, all groups for "*"; without those
// everything is allowed. Of the rules that match a path the longest wins, of equally long ones the
// allowing. Unknown lines never end a group.
class Robots {
 public:
  struct Options {
    size_t bytes_max = 500 << 10;  // RFC 9309 §2.5. What comes later is not read.
    size_t sitemaps_max = 1000;
  };

  // Any bytes parse. `agent` is our product token ("sluice"), compared without case; a version
  // behind it is not looked at.
  static Robots Parse(std::string_view text, std::string_view agent, const Options& options);
  static Robots Parse(std::string_view text, std::string_view agent) {
    return Parse(text, agent, Options{});
  }
  // What RFC 9309 §2.3.1 asks for where robots.txt is unavailable (4xx) and where it is unreachable
  // (5xx, network).
  static Robots AllowAll() { return Robots(); }
  static Robots DisallowAll();

  // Of an http(s) URL of this host. /robots.txt itself is always allowed.
  bool Allows(const url::Url& url) const;

  // Largest Crawl-delay of the groups that count. (No part of the RFC.) The caller bounds it.
  std::optional<absl::Duration> crawl_delay() const { return crawl_delay_; }
  // How much memory the rules take, about.
  size_t rule_bytes() const;

  // The Sitemap lines that are absolute http(s) URLs, as written and in order, whomever they stand
  // under.
  const std::vector<std::string>& sitemaps() const { return sitemaps_; }

 private:
  friend class RobotsReader;

  struct Rule {
    std::string pattern;  // Canonical; '*' stands for any bytes.
    bool anchored = false;
    bool allow = false;
  };

  std::vector<Rule> rules_;  // Longest pattern first, allowing before disallowing.
  std::optional<absl::Duration> crawl_delay_;
  std::vector<std::string> sitemaps_;
};

}  // namespace sluice::fetch
