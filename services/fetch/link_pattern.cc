#include "services/fetch/link_pattern.h"

#include <algorithm>
#include <utility>

#include "pipeline/base/strings.h"
#include "services/fetch/frontier.h"

namespace sluice::fetch {
namespace {

absl::Status NoPattern(std::string_view text, std::string_view why) {
  return absl::InvalidArgumentError(
      fmt::format("'{}' {}; write patterns as \"/press/20*/*\" or \"//news.example.org/press/**\"",
                  text.substr(0, LinkPattern::kBytesMax), why));
}

// "*" is anything. Linear in the product of the two at worst.
bool MatchesGlob(std::string_view glob, std::string_view text) {
  size_t star = std::string_view::npos;  // The last one that was met,
  size_t star_end = 0;                   // and where in `text` what it stands for ends.
  size_t i = 0;
  size_t j = 0;
  while (j < text.size()) {
    if (i < glob.size() && glob[i] == '*') {
      star = i++;
      star_end = j;
    } else if (i < glob.size() && glob[i] == text[j]) {
      ++i;
      ++j;
    } else if (star != std::string_view::npos) {
      i = star + 1;
      j = ++star_end;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', i) == std::string_view::npos;
}

// Takes the first part off a path that begins with '/'.
std::string_view TakePart(std::string_view& path) {
  const size_t end = std::min(path.find('/', 1), path.size());
  const std::string_view part = path.substr(1, end - 1);
  path.remove_prefix(end);
  return part;
}

// As MatchesGlob, with the parts of a path for characters and "**" for "*".
bool MatchesPath(std::string_view glob, std::string_view path) {
  constexpr std::string_view kAnyParts = "/**";
  std::optional<std::string_view> behind_stars;  // The glob behind the last "**" that was met,
  std::string_view behind_parts;                 // and the path behind what it stands for.
  while (!path.empty()) {
    if (glob == kAnyParts) return true;
    if (glob.starts_with("/**/")) {
      glob.remove_prefix(kAnyParts.size());
      behind_stars = glob;
      behind_parts = path;
      continue;
    }
    std::string_view glob_rest = glob;
    std::string_view path_rest = path;
    if (!glob.empty() && MatchesGlob(TakePart(glob_rest), TakePart(path_rest))) {
      glob = glob_rest;
      path = path_rest;
    } else if (behind_stars.has_value()) {
      TakePart(behind_parts);
      glob = *behind_stars;
      path = behind_parts;
    } else {
      return false;
    }
  }
  return glob.empty();
}

// The front page's path is none.
std::string_view WithoutFinalSlash(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

bool HasPartialStars(std::string_view path) {
  while (!path.empty()) {
    const std::string_view part = TakePart(path);
    if (part.find("**") != std::string_view::npos && part != "**") return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<LinkPattern> LinkPattern::Parse(std::string_view text) {
  if (text.empty()) return NoPattern(text, "is empty");
  if (text.size() > kBytesMax) {
    return NoPattern(text,
                     fmt::format("has {} bytes; at most {} are taken", text.size(), kBytesMax));
  }
  if (std::ranges::any_of(text, [](char c) { return (c >= '\0' && c <= ' ') || c == '\x7f'; })) {
    return NoPattern(text, "has white space; give several patterns as a list");
  }
  if (text.find('#') != std::string_view::npos) {
    return NoPattern(text, "has a fragment, which is no part of a page's address");
  }
  LinkPattern pattern;
  pattern.text_ = text;
  std::string_view rest = text;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (rest.starts_with(scheme)) rest.remove_prefix(scheme.size() - 2);
  }
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    std::string_view host = rest.substr(0, rest.find('/'));
    rest.remove_prefix(host.size());
    const bool below = host.starts_with("*.");
    if (below) host.remove_prefix(2);
    const auto url = url::Url::Parse(fmt::format("https://{}/", host));
    if (host.empty() || host.find('*') != std::string_view::npos || !url.ok() ||
        url->HasCredentials()) {
      return NoPattern(text, "names no host");
    }
    if (rest.empty()) return NoPattern(text, "names a host without a path, such as /**");
    pattern.hosts_ = (below ? "." : "") + HostKey(*url);
  }
  if (!rest.starts_with('/')) return NoPattern(text, "does not begin with / or //");
  // In the spelling that the links are compared in; a "*" stays as it is.
  const auto url = url::NormalizedUrl::Parse(fmt::format("https://own.invalid{}", rest));
  if (!url.ok()) return NoPattern(text, "is no path");
  pattern.path_ = WithoutFinalSlash(url->url().path());
  pattern.query_ = url->url().query();
  if (HasPartialStars(pattern.path_)) {
    return NoPattern(text, "has ** within a part of the path, and it stands for whole parts: /**/");
  }
  return pattern;
}

bool LinkPattern::Matches(const url::NormalizedUrl& url, std::string_view site) const {
  if (hosts_.empty()) {
    if (url.registrable_domain() != site) return false;
  } else if (const std::string host = HostKey(url.url());
             hosts_.starts_with('.') ? !host.ends_with(hosts_) : host != hosts_) {
    return false;
  }
  const std::optional<std::string>& query = url.url().query();
  if (query.has_value() != query_.has_value()) return false;
  if (query.has_value() && !MatchesGlob(*query_, *query)) return false;
  return MatchesPath(path_, WithoutFinalSlash(url.url().path()));
}

}  // namespace sluice::fetch
