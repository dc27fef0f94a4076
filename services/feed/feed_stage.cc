#include "services/feed/feed_stage.h"

#include <utility>

#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "services/feed/tables.h"
#include "sluice/state/v1/feed.pb.h"

namespace sluice::feed {
namespace {

constexpr std::string_view kLow = "low";
constexpr std::string_view kLowKey = "low";

struct PreparedItem final : stage::Prepared {
  ItemPtr item;
  // A replica tells no page's fate.
  const data::v1::Envelope* envelope() const override { return nullptr; }
};

}  // namespace

log::Spec FeedStage::Spec() {
  using Kind = log::Table::Kind;
  return {.stage = "feed",
          .inputs = {std::string(log::kClean)},
          .outputs = {},
          .tables = {{.name = std::string(FeedStore::kItems), .kind = Kind::kExpiring},
                     {.name = std::string(FeedStore::kIds), .kind = Kind::kExpiring, .load = false},
                     {.name = std::string(kLow), .kind = Kind::kKeyed}}};
}

absl::StatusOr<std::unique_ptr<FeedStage>> FeedStage::Create(const Options& options,
                                                             FeedStore& store) {
  if (options.retention < absl::Hours(1)) {
    return absl::InvalidArgumentError(fmt::format(
        "feed.retention is {}; it must be at least 1h, or subscribers have nothing to come back to",
        options.retention));
  }
  if (options.retention_bytes < (1 << 20)) {
    return absl::InvalidArgumentError(fmt::format(
        "feed.retention_bytes is {}; it must be at least 1048576", options.retention_bytes));
  }
  return std::unique_ptr<FeedStage>(new FeedStage(options, store));
}

FeedStage::~FeedStage() { store_->Close(); }

void FeedStage::Load(std::string_view table, std::string_view key, std::string_view value) {
  if (table == FeedStore::kItems) {
    store_->LoadRow(key, value);
  } else if (table == kLow) {
    state::v1::FeedLowRow row;
    row.ParseFromArray(value.data(), static_cast<int>(value.size()));
    store_->LoadTrimmed({.offset = row.offset(),
                         .appended_micros = row.appended_micros(),
                         .id_prefix = row.id_prefix(),
                         .bytes = 0});
  }
}

void FeedStage::Opened(const log::State& state) { store_->Open(state); }

absl::StatusOr<std::unique_ptr<stage::Prepared>> FeedStage::Prepare(
    const log::Record& record) const {
  auto item = EncodeItem(record.offset, record.appended, record.value);
  if (!item.ok()) return item.status();
  auto prepared = std::make_unique<PreparedItem>();
  prepared->item = *std::move(item);
  return prepared;
}

absl::StatusOr<stage::Verdict> FeedStage::Apply(stage::Prepared& prepared,
                                                const log::Record& record,
                                                log::Transaction& transaction) {
  ItemPtr item = static_cast<PreparedItem&>(prepared).item;
  state::v1::FeedRow row;
  row.set_id_prefix(item->id_prefix);
  row.set_item(std::string(record.value));
  transaction.Put(FeedStore::kItems, RowKey(record.appended, record.offset),
                  row.SerializeAsString());
  state::v1::FeedIdRow newest;
  newest.set_appended_micros(absl::ToUnixMicros(record.appended));
  newest.set_offset(record.offset);
  transaction.Put(FeedStore::kIds, DayKey(record.appended, item->article_id),
                  newest.SerializeAsString());
  if (item->id != item->article_id) {
    state::v1::FeedIdRow other;
    other.set_article_id(item->article_id);
    transaction.Put(FeedStore::kIds, DayKey(record.appended, item->id), other.SerializeAsString());
  }
  if (applied_.empty()) Retain(record.appended, transaction);
  applied_.push_back(std::move(item));
  return stage::Verdict::Passed();
}

// Once a commit is enough.
void FeedStage::Retain(absl::Time now, log::Transaction& transaction) {
  trimmed_ =
      store_->Excess({.cutoff = now - options_.retention, .bytes_max = options_.retention_bytes});
  if (!trimmed_) return;
  transaction.ExpireBefore(FeedStore::kItems, trimmed_->appended() + absl::Microseconds(1));
  transaction.ExpireBefore(FeedStore::kIds, trimmed_->appended() - kDay);
  state::v1::FeedLowRow low;
  low.set_offset(trimmed_->offset);
  low.set_id_prefix(trimmed_->id_prefix);
  low.set_appended_micros(trimmed_->appended_micros);
  transaction.Put(kLow, kLowKey, low.SerializeAsString());
}

void FeedStage::Committed() {
  if (applied_.empty()) return;
  store_->Publish(std::exchange(applied_, {}), std::exchange(trimmed_, std::nullopt));
}

}  // namespace sluice::feed
