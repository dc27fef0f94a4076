#include "services/deboilerplate/site_memory.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "pipeline/base/hash.h"
#include "pipeline/base/proto_time.h"

namespace sluice::deboilerplate {
namespace {

constexpr int kCountBits = 6;
constexpr uint32_t kCountMask = (1U << kCountBits) - 1;

uint32_t Short(uint64_t hash) {
  return static_cast<uint32_t>((hash ^ (hash >> 32)) & ((1U << (32 - kCountBits)) - 1));
}

}  // namespace

SiteMemory::SiteMemory(const state::v1::SiteMemory& row)
    : pages_(row.pages().begin(), row.pages().end()) {
  lines_.reserve(static_cast<size_t>(row.lines_size()));
  for (const uint32_t packed : row.lines())
    lines_.push_back({packed >> kCountBits, packed & kCountMask});
}

state::v1::SiteMemory SiteMemory::ToRow(absl::Time now) const {
  state::v1::SiteMemory row;
  for (const Seen& seen : lines_) row.add_lines(seen.hash << kCountBits | seen.count);
  for (const uint32_t page : pages_) row.add_pages(page);
  *row.mutable_seen_at() = base::ToProto(now);
  return row;
}

bool SiteMemory::IsOfSite(const Extractor::Line& line) const {
  if (line.story >= kSureMin) return false;
  const uint32_t wanted = Short(line.hash);
  for (const Seen& seen : lines_) {
    if (seen.hash == wanted) return seen.count >= kRepeatsMin;
  }
  return false;
}

std::string SiteMemory::Without(std::string_view text,
                                absl::Span<const Extractor::Line> lines) const {
  std::string out;
  for (const Extractor::Line& line : lines) {
    if (IsOfSite(line)) continue;
    if (!out.empty()) out.push_back('\n');
    out.append(text, line.begin, line.end - line.begin);
  }
  return out.empty() ? std::string(text) : out;
}

void SiteMemory::Learn(std::string_view url, absl::Span<const Extractor::Line> lines) {
  const auto page = static_cast<uint32_t>(base::HashBytes64(url));
  if (std::find(pages_.begin(), pages_.end(), page) != pages_.end()) return;
  if (pages_.size() >= kPagesMax) pages_.erase(pages_.begin());
  pages_.push_back(page);
  absl::flat_hash_map<uint32_t, uint32_t> fresh;  // Hash to count.
  for (const Extractor::Line& line : lines) fresh.try_emplace(Short(line.hash), 1);
  std::vector<Seen> kept;
  kept.reserve(lines_.size() + fresh.size());
  for (const Seen& seen : lines_) {
    const auto again = fresh.find(seen.hash);
    if (again == fresh.end()) {
      kept.push_back(seen);
    } else {
      again->second = std::min(seen.count + 1, kCountMax);
    }
  }
  // In the order of the page; what repeats has moved to the young end.
  for (const Extractor::Line& line : lines) {
    const auto found = fresh.find(Short(line.hash));
    if (found == fresh.end()) continue;
    kept.push_back({found->first, found->second});
    fresh.erase(found);
  }
  if (kept.size() > kLinesMax)
    kept.erase(kept.begin(), kept.end() - static_cast<std::ptrdiff_t>(kLinesMax));
  lines_ = std::move(kept);
}

}  // namespace sluice::deboilerplate
