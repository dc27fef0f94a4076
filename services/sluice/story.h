#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/sluice/web_page.h"

namespace sluice::cli {

// What the stages behind extraction take of a page.
struct Story {
  std::string url;
  std::string title;
  std::string text;
  std::string date;
  std::string language;  // ISO 639-1.
  bool extracted = false;
};

// The story at `place`, as ReadPage takes it: of a page its article; a file that is no HTML is a
// text as it stands. Errors: those of ReadPage.
absl::StatusOr<Story> ReadStory(const std::string& place, const WebPageOptions& options);

}  // namespace sluice::cli
