#include "services/fetch/source_row.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "pipeline/base/hash.h"
#include "pipeline/base/proto_time.h"

namespace sluice::fetch {

using state::v1::FetchSourceRow;

namespace {

// Zero where there are none.
uint64_t HashRules(const SectionRules& rules) {
  std::string text;
  for (const LinkPattern& pattern : rules.links) text += pattern.text() + "\n";
  for (const LinkPattern& pattern : rules.except) text += "!" + pattern.text() + "\n";
  return text.empty() ? 0 : base::HashBytes64(text);
}

}  // namespace

bool UnderWay(const FetchSourceRow& row) {
  return row.redirects_size() > 0 || row.sitemaps_size() > 0;
}

bool InPart(const FetchSourceRow& row) { return row.sitemaps_size() > 0; }

const std::string& CurrentUrl(const FetchSourceRow& row) {
  if (row.redirects_size() > 0) return row.redirects(row.redirects_size() - 1);
  return InPart(row) ? row.sitemaps(0) : row.health().url();
}

void RememberBody(FetchSourceRow& row, const HttpResponse& response) {
  row.set_etag(response.etag);
  row.set_last_modified(response.last_modified);
  row.set_body_hash(response.body_hash.Bytes());
}

void ForgetBody(FetchSourceRow& row) {
  row.clear_etag();
  row.clear_last_modified();
  row.clear_body_hash();
}

void ReadAnewAfter(FetchSourceRow& row, absl::Duration age, absl::Time now) {
  if (row.has_read() && now - base::FromProto(row.read()) >= age) ForgetBody(row);
}

bool TakeRules(FetchSourceRow& row, const SectionRules& rules) {
  const uint64_t hash = HashRules(rules);
  if (row.rules() == hash) return false;
  row.set_rules(hash);
  ForgetBody(row);
  return true;
}

void CountItem(FetchSourceRow& row, uint64_t url_hash) {
  row.set_items(row.items() + 1);
  if (static_cast<size_t>(row.seen_now_size()) < kSeenMax) row.add_seen_now(url_hash);
}

bool WasSeen(const FetchSourceRow& row, uint64_t url_hash) {
  return std::ranges::binary_search(row.seen(), url_hash);
}

bool IsMostlyUnseen(const FetchSourceRow& row, const std::vector<SourceItem>& items) {
  std::vector<uint64_t> found(row.seen_now().begin(), row.seen_now().end());
  std::ranges::sort(found);
  size_t others = 0;
  size_t unseen = 0;
  for (const SourceItem& item : items) {
    const uint64_t hash = base::HashBytes64(item.url);
    if (std::ranges::binary_search(found, hash)) continue;
    ++others;
    unseen += WasSeen(row, hash) ? 0 : 1;
  }
  return 2 * unseen > others;
}

void AddSitemaps(FetchSourceRow& row, std::vector<SourceDocument::Sitemap> sitemaps,
                 size_t sitemaps_max) {
  // Some write the day alone, and in their own time zone.
  const absl::Time since = base::FromProto(row.complete()) - absl::Hours(48);
  std::erase_if(sitemaps, [&](const SourceDocument::Sitemap& sitemap) {
    return row.has_complete() && sitemap.modified.has_value() && *sitemap.modified < since;
  });
  // Newest first, otherwise in the document's order.
  std::vector<std::pair<absl::Time, size_t>> order;
  order.reserve(sitemaps.size());
  for (size_t i = 0; i < sitemaps.size(); ++i) {
    order.emplace_back(sitemaps[i].modified.value_or(absl::InfinitePast()), sitemaps.size() - i);
  }
  std::ranges::sort(order, std::greater<>());
  if (order.size() > sitemaps_max) order.resize(sitemaps_max);
  for (const auto& [modified, from_end] : order) {
    row.add_sitemaps(std::move(sitemaps[sitemaps.size() - from_end].url));
  }
}

void EndPart(FetchSourceRow& row) {
  row.mutable_sitemaps()->erase(row.sitemaps().begin());
  row.set_put_back(std::min<uint32_t>(row.put_back(), row.sitemaps_size()));
}

bool PutBackPart(FetchSourceRow& row) {
  // The last ones are those that wait.
  if (static_cast<uint32_t>(row.sitemaps_size()) <= row.put_back()) return false;
  std::string part = row.sitemaps(0);
  EndPart(row);
  row.add_sitemaps(std::move(part));
  row.set_put_back(row.put_back() + 1);
  return true;
}

void KeepSeen(FetchSourceRow& row, bool and_before) {
  if (and_before) {
    row.mutable_seen_now()->MergeFrom(row.seen());
    if (static_cast<size_t>(row.seen_now_size()) > kSeenMax)
      row.mutable_seen_now()->Truncate(kSeenMax);
  }
  std::ranges::sort(*row.mutable_seen_now());
  row.mutable_seen_now()->erase(
      std::unique(row.mutable_seen_now()->begin(), row.mutable_seen_now()->end()),
      row.mutable_seen_now()->end());
  row.mutable_seen()->Swap(row.mutable_seen_now());
}

void ClearVisit(FetchSourceRow& row) {
  row.clear_redirects();
  row.clear_sitemaps();
  row.clear_seen_now();
  row.clear_items();
  row.clear_items_new();
  row.clear_put_back();
  row.clear_incomplete();
  row.clear_pages();
}

}  // namespace sluice::fetch
