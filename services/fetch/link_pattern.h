#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "pipeline/url/normalized_url.h"

namespace sluice::fetch {

// Which of a section's links are meant: "/press/20*/*" on the section's own site, or
// "//news.example.org/press/**" on another host ("//*.example.org/..." on all hosts below it).
// "*" is any number of characters within one part of a path, "**" as a whole part any number of
// parts, and at the end at least one. A pattern with "?" is also about the query, where "*" is
// anything; without it a link must have no query. Tracking parameters, a final slash and the scheme
// do not count. An immutable value; any thread.
class LinkPattern {
 public:
  static constexpr size_t kBytesMax = 512;

  // kInvalidArgument: no pattern; the message says why and how it is written.
  static absl::StatusOr<LinkPattern> Parse(std::string_view text);

  // `site` is the registrable domain of the section.
  bool Matches(const url::NormalizedUrl& url, std::string_view site) const;

  const std::string& text() const { return text_; }

 private:
  LinkPattern() = default;

  std::string text_;  // As it was given.
  std::string
      hosts_;  // As HostKey has it, or with a dot before it: all below. Empty: the own site.
  std::string path_;
  std::optional<std::string> query_;
};

}  // namespace sluice::fetch
