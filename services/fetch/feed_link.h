#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pipeline/url/url.h"
#include "services/fetch/feed.h"

namespace sluice::fetch {

// What a feed's relative links are resolved against: the document's Content-Location or URL, then
// every xml:base inside.
class LinkBase {
 public:
  LinkBase() = default;
  static LinkBase Of(const FeedDocument& document);

  // A longer base is none: every relative link of the document would become as long.
  static constexpr size_t kBytesMax = 8 << 10;

  // The base inside an element with this xml:base. One that is no http(s) URL, or over kBytesMax,
  // changes nothing.
  LinkBase Within(std::string_view xml_base) const;

  // Absolute where it can be: an absolute link stays as written but for white space around it;
  // without a base a relative one does too.
  std::string Resolve(std::string_view link) const;

 private:
  std::optional<url::Url> url_;
};

}  // namespace sluice::fetch
