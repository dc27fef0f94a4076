#pragma once

#include <string>

#include "absl/time/time.h"
#include "sluice/data/v1/crawl_target.pb.h"
#include "sluice/data/v1/envelope.pb.h"
#include "sluice/state/v1/fetch.pb.h"

namespace sluice::fetch {

// What a row of the table `url` says, how it begins and how it ends. Pure.

// What to ask for next: where redirects have led, or the URL itself.
const std::string& CurrentUrl(const state::v1::FetchUrlRow& row);

// Of a page that is looked at again: the one that was passed on, as of `now`.
data::v1::Envelope RevisitEnvelope(const state::v1::FetchUrlRow& row, absl::Time now);

// Gives a page the URL that a redirect has led to; the one that it was first asked for under stays
// in `requested_url`.
void MoveTo(data::v1::Envelope& envelope, const std::string& url);

// The next answer is told even if it is what was fetched before, and is asked for without
// conditions.
void ForgetFetched(state::v1::FetchUrlRow& row);

// Whether a source may name the URL again: it ended without a page, `failed_memory` ago or longer.
bool MayTryAgain(const state::v1::FetchUrlRow& row, absl::Duration failed_memory, absl::Time now);

// Remembers that the URL was named at `now`. False: the row stays as it is, for it says nearly so,
// or has failed and waits to be tried again.
bool Touch(state::v1::FetchUrlRow& row, absl::Time now);

// Has `url`, of which `target` tells, be pending from `now` on. What was fetched of it before is
// still known.
void BeginPending(state::v1::FetchUrlRow& row, const data::v1::CrawlTarget& target,
                  const std::string& url, absl::Time now);

// The target by which what is pending began.
data::v1::CrawlTarget PendingTarget(const state::v1::FetchUrlRow& row);

// Ends what was pending in `state`, at `now`.
void EndPending(state::v1::FetchUrlRow& row, state::v1::UrlState state, absl::Time now);

// Nothing is due any more: what is left tells that the URL is known, and how to ask for it on
// condition.
void EndVisits(state::v1::FetchUrlRow& row);

}  // namespace sluice::fetch
