// The input's first line is a base, the rest a URL. What parses must parse again to itself, and the
// normal form must be stable.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pipeline/url/normalized_url.h"
#include "services/fetch/address_policy.h"

using sluice::url::NormalizedUrl;
using sluice::url::Url;

namespace {

void Check(const absl::StatusOr<Url>& url) {
  if (!url.ok()) return;
  const auto again = Url::Parse(url->href());
  if (!again.ok() || again->href() != url->href()) std::abort();
  const auto normal = NormalizedUrl::From(*url);
  if (!normal.ok()) return;
  const auto stable = NormalizedUrl::Parse(normal->text());
  if (!stable.ok() || stable->text() != normal->text()) std::abort();
  static const auto policy = *sluice::fetch::AddressPolicy::Create({});
  policy.CheckUrl(*url).IgnoreError();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = input.find('\n');
  Check(Url::Parse(input));
  if (line == std::string_view::npos) return 0;
  const auto base = Url::Parse(input.substr(0, line));
  if (base.ok()) Check(Url::Parse(input.substr(line + 1), *base));
  return 0;
}
