#include "services/feed/outcome_store.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "pipeline/base/hash.h"
#include "pipeline/base/strings.h"
#include "pipeline/url/normalized_url.h"
#include "sluice/state/v1/feed.pb.h"

namespace sluice::feed {

bool EndedAsDeadLetter(const data::v1::Outcome& outcome) {
  const auto& trail = outcome.envelope().trail();
  return outcome.final() && !trail.empty() &&
         trail.rbegin()->outcome() == data::v1::STEP_OUTCOME_DEAD_LETTERED;
}

namespace {

constexpr size_t kChunkLetters = 64;
constexpr size_t kChunkBytes = 1 << 20;

}  // namespace

absl::StatusOr<std::optional<data::v1::Outcome>> OutcomeStore::Find(std::string_view id) const {
  const absl::Time now = clock_->Now();
  auto value = GetNewest(tables_, kOutcomes, id, now + kDay, now - options_.retention);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return std::nullopt;
  data::v1::Outcome outcome;
  if (!outcome.ParseFromString(**value))
    return absl::DataLossError("table outcomes has a broken row");
  return outcome;
}

absl::StatusOr<data::v1::Outcome> OutcomeStore::ExplainId(std::string_view id) const {
  const absl::Time now = clock_->Now();
  auto captured = GetNewest(tables_, kCaptures, id, now + kDay, now - options_.retention);
  if (!captured.ok()) return captured.status();
  if (captured->has_value()) {
    state::v1::CaptureRow row;
    if (!row.ParseFromString(**captured)) {
      return absl::DataLossError("table captures has a broken row");
    }
    auto outcome = Find(row.id());
    if (!outcome.ok()) return outcome.status();
    if (outcome->has_value()) return **std::move(outcome);
  }
  auto outcome = Find(id);
  if (!outcome.ok()) return outcome.status();
  if (outcome->has_value()) return **std::move(outcome);
  return absl::NotFoundError(fmt::format(
      "nothing is known of \"{}\": it never came in, or longer ago than outcomes are kept "
      "({} days)",
      id.substr(0, 200), absl::ToInt64Hours(options_.retention) / 24));
}

absl::StatusOr<data::v1::Outcome> OutcomeStore::ExplainUrl(std::string_view url) const {
  auto normalized = url::NormalizedUrl::Parse(url);
  if (!normalized.ok()) {
    return absl::InvalidArgumentError(
        fmt::format("\"{}\" is neither an id of 32 hex digits nor a URL that a page could have: {}",
                    url.substr(0, 200), normalized.status().message()));
  }
  auto outcome = ExplainId(base::TargetId(normalized->text()));
  if (absl::IsNotFound(outcome.status())) {
    return absl::NotFoundError(fmt::format(
        "nothing is known of {}: it never came in, or longer ago than outcomes are kept "
        "({} days)",
        normalized->text().substr(0, 500), absl::ToInt64Hours(options_.retention) / 24));
  }
  return outcome;
}

absl::StatusOr<bool> OutcomeStore::Wanted(const DeadLetterQuery& query,
                                          const data::v1::DeadLetter& letter) const {
  const std::string& id = letter.envelope().id();
  if (!query.stage.empty() && letter.stage() != query.stage) return false;
  if (!query.id.empty() && id != query.id) return false;
  if (query.resolved || id.empty()) return true;
  const auto outcome = ExplainId(id);
  if (absl::IsNotFound(outcome.status())) return true;
  if (!outcome.ok()) return outcome.status();
  return !outcome->final() || EndedAsDeadLetter(*outcome);
}

absl::StatusOr<OutcomeStore::DeadLetterPage> OutcomeStore::ListDeadLetters(
    const DeadLetterQuery& query) const {
  uint64_t below = UINT64_MAX;
  if (!query.token.empty() && !absl::SimpleAtoi(query.token, &below)) {
    return absl::InvalidArgumentError(fmt::format(
        "\"{}\" is not a page token; pass one on as it was received", query.token.substr(0, 60)));
  }
  DeadLetterPage page;
  size_t bytes = 0;
  for (size_t scanned = 0; scanned < options_.scan_letters_max;) {
    std::vector<ItemIndex::Entry> entries;
    {
      absl::MutexLock lock(&mutex_);
      entries = letters_.Backward(below, kChunkLetters, kChunkBytes);
    }
    if (entries.empty()) return page;
    std::vector<std::pair<uint64_t, data::v1::DeadLetter>> letters;
    absl::Status read = tables_.Scan(
        kDeadLetters, entries.front().RowKey(), entries.back().RowKey() + std::string(1, '\0'),
        [&](std::string_view key, std::string_view value) {
          letters.emplace_back(RowKeyOffset(key), data::v1::DeadLetter());
          letters.back().second.ParseFromArray(value.data(), static_cast<int>(value.size()));
        });
    if (!read.ok()) return read;
    scanned += entries.size();
    below = entries.front().offset;
    for (auto letter = letters.rbegin(); letter != letters.rend(); ++letter) {
      const absl::StatusOr<bool> wanted = Wanted(query, letter->second);
      if (!wanted.ok()) return wanted.status();
      if (!*wanted) continue;
      bytes += letter->second.ByteSizeLong();
      if (page.letters.size() == query.letters_max ||
          (!page.letters.empty() && bytes > options_.page_bytes_max)) {
        page.next_token = std::to_string(letter->first + 1);
        return page;
      }
      page.letters.push_back(std::move(letter->second));
    }
  }
  page.next_token = std::to_string(below);
  return page;
}

absl::StatusOr<std::vector<data::v1::SourceHealth>> OutcomeStore::ListSources() const {
  std::vector<data::v1::SourceHealth> sources;
  absl::Status read = tables_.Scan(kSources, "", "", [&](std::string_view, std::string_view value) {
    state::v1::SourceRow row;
    if (row.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
      sources.push_back(std::move(*row.mutable_health()));
    }
  });
  if (!read.ok()) return read;
  return sources;
}

void OutcomeStore::LoadLetter(const ItemIndex::Entry& entry) {
  absl::MutexLock lock(&mutex_);
  letters_.Push(entry);
}

void OutcomeStore::AddLetters(const std::vector<ItemIndex::Entry>& letters) {
  absl::MutexLock lock(&mutex_);
  for (const ItemIndex::Entry& letter : letters) letters_.Push(letter);
}

void OutcomeStore::TrimLetters(uint64_t through_offset) {
  absl::MutexLock lock(&mutex_);
  letters_.TrimThrough(through_offset);
}

std::optional<ItemIndex::Entry> OutcomeStore::ExcessLetters(const ItemIndex::Bounds& bounds) const {
  absl::MutexLock lock(&mutex_);
  return letters_.Excess(bounds);
}

void OutcomeStore::Close() {
  tables_.Close();
  absl::MutexLock lock(&mutex_);
  letters_.Clear();
}

}  // namespace sluice::feed
