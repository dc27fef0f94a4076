#include "services/fetch/robots.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>

#include <algorithm>
#include <array>
#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/url/percent.h"

namespace sluice::fetch {
namespace {

using base::ToAbsl;
using base::ToStd;

// Characters that are neither unreserved nor reserved in RFC 3986: paths and patterns meet with
// these encoded.
constexpr url::EncodeSet kNeverRaw = url::With(url::kC0ControlSet, " \"<>\\^`{|}");
// In a URL '*' and '$' are themselves; a pattern spells them %2A and %24.
constexpr url::EncodeSet kNeverRawInUrl = url::With(kNeverRaw, "*$");
constexpr url::EncodeSet kNeverRawInPattern = url::With(kNeverRaw, "$");

// RFC 9309 §2.2.2: both sides in one percent-encoding before they are compared.
std::string Canonical(std::string_view text, const url::EncodeSet& encoded) {
  std::string canonical;
  url::AppendPercentEncoded(url::NormalizePercentEncoding(text), encoded, canonical);
  return canonical;
}

// Whether `pattern` matches the beginning of `path`, or all of it if anchored. Linear but for the
// search of each piece between stars, taken leftmost: enough, since stars match anything.
bool Matches(std::string_view pattern, bool anchored, std::string_view path) {
  bool first = true;
  while (true) {
    const size_t star = pattern.find('*');
    const std::string_view piece = pattern.substr(0, star);
    const bool last = star == std::string_view::npos;
    if (last && anchored) {
      return path.ends_with(piece) && (!first || path.size() == piece.size());
    }
    const size_t at =
        first ? (path.starts_with(piece) ? 0 : std::string_view::npos) : path.find(piece);
    if (at == std::string_view::npos) return false;
    if (last) return true;
    path.remove_prefix(at + piece.size());
    pattern.remove_prefix(star + 1);
    first = false;
  }
}

// The product token that begins `text`. (RFC 9309 §2.2.1)
std::string_view ProductToken(std::string_view text) {
  const auto in_token = [](char c) {
    return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_' || c == '-';
  };
  return text.substr(0,
                     static_cast<size_t>(std::ranges::find_if_not(text, in_token) - text.begin()));
}

std::string_view Strip(std::string_view text) {
  return ToStd(absl::StripAsciiWhitespace(ToAbsl(text)));
}

enum class Key { kUserAgent, kAllow, kDisallow, kCrawlDelay, kSitemap, kOther };

Key KeyOf(std::string_view text) {
  constexpr auto kNames = std::to_array<std::pair<std::string_view, Key>>({
      {"user-agent", Key::kUserAgent},
      {"allow", Key::kAllow},
      {"disallow", Key::kDisallow},
      {"crawl-delay", Key::kCrawlDelay},
      {"sitemap", Key::kSitemap},
      // Slips that are common enough for what was meant to be plain.
      {"useragent", Key::kUserAgent},
      {"user agent", Key::kUserAgent},
      {"dissallow", Key::kDisallow},
      {"dissalow", Key::kDisallow},
      {"disalow", Key::kDisallow},
      {"crawldelay", Key::kCrawlDelay},
      {"site-map", Key::kSitemap},
  });
  for (const auto& [name, key] : kNames) {
    if (absl::EqualsIgnoreCase(ToAbsl(text), ToAbsl(name))) return key;
  }
  return Key::kOther;
}

}  // namespace

// Reads the lines in order and keeps what concerns one agent.
class RobotsReader {
 public:
  RobotsReader(std::string_view agent, const Robots::Options& options)
      : agent_(ProductToken(agent)), options_(options) {}

  void Line(std::string_view line) {
    line = line.substr(0, line.find('#'));
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const std::string_view value = Strip(line.substr(colon + 1));
    switch (KeyOf(Strip(line.substr(0, colon)))) {
      case Key::kUserAgent:
        return UserAgent(value);
      case Key::kAllow:
        return Rule(value, true);
      case Key::kDisallow:
        return Rule(value, false);
      case Key::kCrawlDelay:
        return CrawlDelay(value);
      case Key::kSitemap:
        return Sitemap(value);
      case Key::kOther:
        return;
    }
  }

  Robots Finish() {
    Found& found = named_ ? ours_ : anyone_;
    Robots robots;
    robots.rules_ = std::move(found.rules);
    std::ranges::sort(robots.rules_, [](const Robots::Rule& a, const Robots::Rule& b) {
      const size_t a_length = a.pattern.size() + (a.anchored ? 1 : 0);
      const size_t b_length = b.pattern.size() + (b.anchored ? 1 : 0);
      return a_length != b_length ? a_length > b_length : a.allow && !b.allow;
    });
    robots.crawl_delay_ = found.crawl_delay;
    robots.sitemaps_ = std::move(sitemaps_);
    return robots;
  }

 private:
  struct Found {
    std::vector<Robots::Rule> rules;
    std::optional<absl::Duration> crawl_delay;
  };

  void UserAgent(std::string_view value) {
    if (std::exchange(group_has_rules_, false)) for_us_ = for_anyone_ = false;
    if (value.starts_with('*')) for_anyone_ = true;
    const std::string_view token = ProductToken(value);
    if (!token.empty() && absl::EqualsIgnoreCase(ToAbsl(token), ToAbsl(agent_))) {
      for_us_ = named_ = true;
    }
  }

  void Rule(std::string_view value, bool allow) {
    group_has_rules_ = true;
    if (value.empty() || (!for_us_ && !for_anyone_)) return;
    const bool anchored = value.ends_with('$');
    if (anchored) value.remove_suffix(1);
    Robots::Rule rule{Canonical(value, kNeverRawInPattern), anchored, allow};
    if (for_us_) ours_.rules.push_back(rule);
    if (for_anyone_) anyone_.rules.push_back(std::move(rule));
  }

  void CrawlDelay(std::string_view value) {
    double seconds = 0;
    if (!absl::SimpleAtod(ToAbsl(value), &seconds) || !(seconds >= 0) || seconds > 1e9) return;
    const absl::Duration delay = absl::Seconds(seconds);
    const auto raise = [delay](Found& found) {
      found.crawl_delay = std::max(found.crawl_delay.value_or(delay), delay);
    };
    if (for_us_) raise(ours_);
    if (for_anyone_) raise(anyone_);
  }

  void Sitemap(std::string_view value) {
    const absl::StatusOr<url::Url> url = url::Url::Parse(value);
    if (!url.ok() || !url->IsHttp() || sitemaps_.size() >= options_.sitemaps_max) return;
    sitemaps_.emplace_back(value);
  }

  std::string_view agent_;
  Robots::Options options_;
  bool for_us_ = false;      // The group being read names our agent,
  bool for_anyone_ = false;  // or "*".
  bool group_has_rules_ = false;
  bool named_ = false;  // Any group names our agent.
  Found ours_;
  Found anyone_;
  std::vector<std::string> sitemaps_;
};

Robots Robots::Parse(std::string_view text, std::string_view agent, const Options& options) {
  if (text.size() > options.bytes_max) {  // The line that is cut would say something else.
    text = text.substr(0, options.bytes_max);
    text = text.substr(0, text.find_last_of("\r\n") + 1);
  }
  for (const char byte : std::string_view("\xEF\xBB\xBF")) {  // A byte order mark, even cut short.
    if (text.starts_with(byte)) text.remove_prefix(1);
  }
  RobotsReader reader(agent, options);
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of("\r\n"), text.size());
    reader.Line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return reader.Finish();
}

Robots Robots::DisallowAll() {
  Robots robots;
  robots.rules_.push_back({.pattern = "/", .anchored = false, .allow = false});
  return robots;
}

bool Robots::Allows(const url::Url& url) const {
  if (url.path() == "/robots.txt") return true;
  const std::string path = Canonical(url.PathAndQuery(), kNeverRawInUrl);
  for (const Rule& rule : rules_) {
    if (Matches(rule.pattern, rule.anchored, path)) return rule.allow;
  }
  return true;
}

size_t Robots::rule_bytes() const {
  size_t bytes = 0;
  for (const Rule& rule : rules_) bytes += sizeof rule + rule.pattern.capacity();
  return bytes;
}

}  // namespace sluice::fetch
