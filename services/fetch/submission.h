#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/fetch/address_policy.h"
#include "services/fetch/raw_page.h"
#include "sluice/data/v1/crawl_target.pb.h"
#include "sluice/data/v1/raw_page.pb.h"
#include "sluice/service/v1/fetch.pb.h"

namespace sluice::fetch {

// What is submitted, as it goes into the log. Pure; any thread.
struct SubmittedUrl {
  std::string key;  // Of the record: the registrable domain.
  data::v1::CrawlTarget target;
};

// kInvalidArgument: no http(s) URL. kPermissionDenied: one that may not be asked.
absl::StatusOr<SubmittedUrl> MakeTarget(std::string_view url, const AddressPolicy& addresses,
                                        absl::Time now);

struct SubmittedPage {
  std::string key;
  data::v1::RawPage page;
};

// Takes the content out of `request`.
// kInvalidArgument: no http(s) URL, no content, damaged gzip, a media type that is no page, or the
// origin LIVE, which is for sources. kOutOfRange: over a limit.
absl::StatusOr<SubmittedPage> MakePage(service::v1::SubmitPagesRequest& request,
                                       const PageLimits& limits, absl::Time now);

// `url`: one of the request's. The page says what the operator did and has no body.
// kInvalidArgument: no http(s) URL, or a site's front page, which is no article's own address.
absl::StatusOr<SubmittedPage> MakeWithdrawal(std::string_view url,
                                             const service::v1::WithdrawRequest& request,
                                             absl::Time now);

}  // namespace sluice::fetch
