#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/fetch/http_client.h"
#include "services/fetch/section.h"
#include "services/fetch/source_document.h"
#include "sluice/state/v1/fetch.pb.h"

namespace sluice::fetch {

// What a row of the table `source` says: what the visit before named, and how far the visit under
// way has come. A visit has parts where the document has: the sitemaps of an index, the pages that
// go on with a section. Pure.

// URLs that a source named, as hashes. What is beyond is told apart by the table `url`.
inline constexpr size_t kSeenMax = 20'000;

bool UnderWay(const state::v1::FetchSourceRow& row);
bool InPart(const state::v1::FetchSourceRow& row);

// What to ask for next: where redirects have led, the next part, or the source's own URL.
const std::string& CurrentUrl(const state::v1::FetchSourceRow& row);

// The next request for the document is on condition that it is another one than `response` has.
void RememberBody(state::v1::FetchSourceRow& row, const HttpResponse& response);
// The next answer is read even if it is what was read before.
void ForgetBody(state::v1::FetchSourceRow& row);

// Has a list that was read so long ago be read again, though it is the same: so it names its pages
// that could not be fetched.
void ReadAnewAfter(state::v1::FetchSourceRow& row, absl::Duration age, absl::Time now);

// Notes a section's rules. True: they are other ones than before, so that it will be read anew.
bool TakeRules(state::v1::FetchSourceRow& row, const SectionRules& rules);

// Notes that the visit has found an item, by the hash of its URL.
void CountItem(state::v1::FetchSourceRow& row, uint64_t url_hash);
// Whether the visit before found it.
bool WasSeen(const state::v1::FetchSourceRow& row, uint64_t url_hash);
// Whether the page that goes on with the one of `items` may have more that is new: most of what is
// here stood neither in the list of the last visit nor on the pages before. Who else has named it
// is no matter.
bool IsMostlyUnseen(const state::v1::FetchSourceRow& row, const std::vector<SourceItem>& items);

// Has the newest of an index's sitemaps asked for, at most `sitemaps_max`: those that may have
// changed since the last visit that read all such.
void AddSitemaps(state::v1::FetchSourceRow& row, std::vector<SourceDocument::Sitemap> sitemaps,
                 size_t sitemaps_max);
// The part that is asked for is done with.
void EndPart(state::v1::FetchSourceRow& row);
// Has the part that is asked for wait until the others are done with. False: it has waited before.
bool PutBackPart(state::v1::FetchSourceRow& row);

// What the visit found is what the next one has seen; with `and_before` also what this one had, as
// far as there is room.
void KeepSeen(state::v1::FetchSourceRow& row, bool and_before);
// No visit is under way.
void ClearVisit(state::v1::FetchSourceRow& row);

}  // namespace sluice::fetch
