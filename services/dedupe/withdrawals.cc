#include "services/dedupe/withdrawals.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/base/internal/endian.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "services/dedupe/page_address.h"
#include "services/dedupe/stored_rows.h"
#include "sluice/state/v1/dedupe.pb.h"

namespace sluice::dedupe {
namespace {

std::string KeyOf(uint64_t url) {
  std::string key(sizeof(url), '\0');
  absl::big_endian::Store64(key.data(), url);
  return key;
}

std::string Encode(const Withdrawn& withdrawn) {
  state::v1::DedupeWithdrawnRow row;
  row.set_url(withdrawn.url);
  row.set_reason(withdrawn.reason);
  *row.mutable_since() = base::ToProto(withdrawn.since);
  if (withdrawn.article.has_value()) {
    row.set_article_id(withdrawn.article->id.Bytes());
    row.set_cluster_id(withdrawn.article->cluster_id.Bytes());
  }
  return row.SerializeAsString();
}

bool IsBefore(const Withdrawals::ListPlace& a, const Withdrawals::ListPlace& b) {
  return a.since != b.since ? a.since > b.since : a.url < b.url;
}

}  // namespace

std::string Withdrawn::Describe() const {
  std::string text = fmt::format(
      "as {}, since {}", url,
      base::ToStd(absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", since, absl::UTCTimeZone())));
  if (!reason.empty()) text += fmt::format(": {}", reason);
  return text;
}

void Withdrawals::Load(std::string_view key, std::string_view value) {
  if (key.size() != sizeof(uint64_t)) return;
  Withdrawn& withdrawn = by_url_[absl::big_endian::Load64(key.data())];
  state::v1::DedupeWithdrawnRow row;
  if (!row.ParseFromArray(value.data(), static_cast<int>(value.size()))) return;
  withdrawn.url = row.url();
  withdrawn.reason = row.reason();
  withdrawn.since = base::FromProto(row.since());
  if (!row.article_id().empty()) {
    withdrawn.article =
        Withdrawn::Article{.id = HashOf(row.article_id()), .cluster_id = HashOf(row.cluster_id())};
  }
}

const Withdrawn* Withdrawals::Find(absl::Span<const uint64_t> urls) const {
  if (by_url_.empty()) return nullptr;
  for (const uint64_t url : urls) {
    const auto found = by_url_.find(url);
    if (found != by_url_.end()) return &found->second;
  }
  return nullptr;
}

bool Withdrawals::IsFurtherAddress(uint64_t url, const Withdrawn& withdrawn) const {
  const auto given = by_url_.find(HashUrl(withdrawn.url));
  return given != by_url_.end() && given->first != url && given->second.url == withdrawn.url &&
         given->second.since == withdrawn.since;
}

Withdrawals::ListPage Withdrawals::List(const ListQuery& query) const {
  std::vector<std::pair<ListPlace, const Withdrawn*>> found;
  for (const auto& [url, withdrawn] : by_url_) {
    const ListPlace place{.since = withdrawn.since, .url = url};
    if (query.after.has_value() && !IsBefore(*query.after, place)) continue;
    if (!IsFurtherAddress(url, withdrawn)) found.emplace_back(place, &withdrawn);
  }
  const size_t count = std::min(query.rows_max, found.size());
  std::partial_sort(found.begin(), found.begin() + static_cast<ptrdiff_t>(count), found.end(),
                    [](const auto& a, const auto& b) { return IsBefore(a.first, b.first); });
  ListPage page;
  size_t bytes = 0;
  for (size_t i = 0; i < count; ++i) {
    const Withdrawn& row = *found[i].second;
    bytes += row.url.size() + row.reason.size();
    if (i > 0 && bytes > query.bytes_max) break;
    page.rows.push_back(row);
  }
  const size_t taken = page.rows.size();
  if (taken > 0 && taken < found.size()) page.next = found[taken - 1].first;
  return page;
}

void Withdrawals::Add(uint64_t url, const Withdrawn& withdrawn, log::Transaction& transaction) {
  transaction.Put(kTable, KeyOf(url), Encode(withdrawn));
  by_url_.insert_or_assign(url, withdrawn);
}

bool Withdrawals::Remove(absl::Span<const uint64_t> urls,
                         const std::optional<Withdrawn::Article>& article,
                         log::Transaction& transaction) {
  std::vector<uint64_t> removed;
  for (const auto& [url, withdrawn] : by_url_) {
    const bool asked = std::find(urls.begin(), urls.end(), url) != urls.end();
    const bool same = article.has_value() && withdrawn.article.has_value() &&
                      withdrawn.article->id == article->id;
    if (asked || same) removed.push_back(url);
  }
  // The table's changes must not depend on the order of a hash map.
  std::sort(removed.begin(), removed.end());
  for (const uint64_t url : removed) {
    transaction.Erase(kTable, KeyOf(url));
    by_url_.erase(url);
  }
  return !removed.empty();
}

}  // namespace sluice::dedupe
