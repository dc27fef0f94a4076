#include "pipeline/url/normalized_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pipeline/url/percent.h"
#include "pipeline/url/registrable_domain.h"

namespace sluice::url {
namespace {

// Names in lower case. Only those that no site uses to choose what it shows.
constexpr std::array<std::string_view, 9> kTrackingPrefixes = {
    "utm_", "itm_", "hsa_", "mtm_", "matomo_", "pk_", "piwik_", "__hs", "at_custom"};

constexpr auto kTrackingNames = std::to_array<std::string_view>({
    "_branch_match_id",
    "_branch_referrer",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "_ke",
    "_kx",
    "_openstat",
    "at_campaign",
    "at_campaign_type",
    "at_format",
    "at_link_id",
    "at_link_origin",
    "at_link_type",
    "at_medium",
    "at_ptr_name",
    "cmpid",
    "dclid",
    "epik",
    "fb_action_ids",
    "fb_action_types",
    "fb_ref",
    "fb_source",
    "fbclid",
    "ga_campaign",
    "ga_content",
    "ga_medium",
    "ga_source",
    "ga_term",
    "gad_campaignid",
    "gad_source",
    "gbraid",
    "gclid",
    "gclsrc",
    "guccounter",
    "guce_referrer",
    "guce_referrer_sig",
    "hsctatracking",
    "igsh",
    "igshid",
    "irclickid",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "mkwid",
    "msclkid",
    "ncid",
    "oly_anon_id",
    "oly_enc_id",
    "rb_clickid",
    "rdt_cid",
    "s_kwcid",
    "sc_campaign",
    "sccid",
    "smid",
    "smtyp",
    "srsltid",
    "ss_email_id",
    "trk_contact",
    "trk_msg",
    "trk_sid",
    "ttclid",
    "twclid",
    "vero_conv",
    "vero_id",
    "wbraid",
    "wickedid",
    "wt.mc_id",
    "wt_mc",
    "wt_zmc",
    "xtor",
    "yclid",
    "ymclid",
    "ysclid",
});
static_assert(std::ranges::is_sorted(kTrackingNames));

}  // namespace

bool IsTrackingParameter(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const auto is_prefix = [&](std::string_view prefix) { return lower.starts_with(prefix); };
  return std::ranges::any_of(kTrackingPrefixes, is_prefix) ||
         std::ranges::binary_search(kTrackingNames, std::string_view(lower));
}

std::string WithoutTrackingParameters(std::string_view query) {
  std::string kept;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view parameter = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::string_view name = parameter.substr(0, parameter.find('='));
    if (parameter.empty() || IsTrackingParameter(PercentDecode(name))) continue;
    if (!kept.empty()) kept += '&';
    kept += parameter;
  }
  return kept;
}

NormalizedUrl::NormalizedUrl(Url url)
    : url_(std::move(url)), registrable_domain_(RegistrableDomain(url_.host())) {}

absl::StatusOr<NormalizedUrl> NormalizedUrl::Parse(std::string_view input) {
  absl::StatusOr<Url> url = Url::Parse(input);
  if (!url.ok()) return url.status();
  return From(*url);
}

absl::StatusOr<NormalizedUrl> NormalizedUrl::Parse(std::string_view input, const Url& base) {
  absl::StatusOr<Url> url = Url::Parse(input, base);
  if (!url.ok()) return url.status();
  return From(*url);
}

absl::StatusOr<NormalizedUrl> NormalizedUrl::From(const Url& url) {
  if (!url.IsHttp()) {
    return absl::InvalidArgumentError(
        fmt::format("URL {:?} has the scheme {}; only http and https name pages",
                    url.href().substr(0, 200), url.scheme()));
  }
  if (url.HasCredentials()) {
    return absl::InvalidArgumentError(
        fmt::format("URL of host {} carries a user name or password; give it without", url.host()));
  }
  Url::Parts parts = url.parts();
  parts.fragment.reset();
  // With two dots it is another name, which never resolves.
  const bool final_dot = parts.host.ends_with('.') && !parts.host.ends_with("..");
  if (final_dot && parts.host.size() > 1) parts.host.pop_back();
  parts.path = NormalizePercentEncoding(parts.path);
  if (parts.query) {
    parts.query = NormalizePercentEncoding(WithoutTrackingParameters(*parts.query));
    if (parts.query->empty()) parts.query.reset();
  }
  return NormalizedUrl(Url::FromParts(std::move(parts)));
}

}  // namespace sluice::url
