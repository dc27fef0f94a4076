#include "services/fetch/feed_link.h"

#include <absl/strings/ascii.h>

#include "pipeline/base/strings.h"

namespace sluice::fetch {
namespace {

std::string_view Strip(std::string_view text) {
  return base::ToStd(absl::StripAsciiWhitespace(base::ToAbsl(text)));
}

}  // namespace

LinkBase LinkBase::Of(const FeedDocument& document) {
  LinkBase base;
  if (auto url = url::Url::Parse(document.url); url.ok() && url->IsHttp())
    base.url_ = *std::move(url);
  return base.Within(document.content_location);
}

LinkBase LinkBase::Within(std::string_view xml_base) const {
  if (Strip(xml_base).empty()) return *this;
  auto url = url_ ? url::Url::Parse(xml_base, *url_) : url::Url::Parse(xml_base);
  if (!url.ok() || !url->IsHttp() || url->href().size() > kBytesMax) return *this;
  LinkBase within;
  within.url_ = *std::move(url);
  return within;
}

std::string LinkBase::Resolve(std::string_view link) const {
  link = Strip(link);
  if (link.empty() || !url_ || url::Url::Parse(link).ok()) return std::string(link);
  const auto url = url::Url::Parse(link, *url_);
  return url.ok() ? url->href() : std::string(link);
}

}  // namespace sluice::fetch
