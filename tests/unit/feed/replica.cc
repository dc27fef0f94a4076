#include "tests/unit/feed/replica.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pipeline/base/hash.h"
#include "pipeline/base/proto_time.h"

namespace sluice::feed {

std::string IdOf(int n) { return base::TargetId(fmt::format("item {}", n)); }

data::v1::FeedItem MakeItem(int n, size_t text_bytes) {
  data::v1::FeedItem item;
  item.mutable_envelope()->set_id(IdOf(n));
  item.mutable_envelope()->set_url(fmt::format("https://news.example/{}", n));
  item.mutable_envelope()->set_source_id("agency");
  item.set_event(data::v1::FEED_EVENT_PUBLISHED);
  item.set_article_id(IdOf(n));
  item.set_cluster_id(IdOf(n));
  item.set_revision(1);
  item.mutable_document()->set_title(fmt::format("Story {}", n));
  item.mutable_document()->set_text(std::string(text_bytes, 'x'));
  item.mutable_document()->set_language("en");
  item.mutable_document()->set_kind(data::v1::PAGE_KIND_ARTICLE);
  auto* match = item.add_matches();
  match->set_topic("fentanyl-policy");
  match->set_score(0.9);
  match->set_related(0.95);
  *item.mutable_published_at() = base::ToProto(absl::FromUnixSeconds(1767600000 + n));
  return item;
}

Replica::~Replica() { Close(); }

void Replica::Open(const log::Spec& spec, std::unique_ptr<stage::Stage> stage) {
  stage_ = std::move(stage);
  auto worker = log_->OpenReplica(
      spec,
      [&](std::string_view table, std::string_view key, std::string_view value) {
        stage_->Load(table, key, value);
      },
      stop_.get_token());
  ASSERT_TRUE(worker.ok()) << worker.status();
  worker_ = *std::move(worker);
  stage_->Opened(worker_->state());
}

void Replica::Close() {
  stage_.reset();
  worker_.reset();
}

size_t Replica::Pump(size_t batch) {
  size_t pumped = 0;
  for (;;) {
    auto records = worker_->Poll({.records_max = batch}, absl::InfinitePast());
    EXPECT_TRUE(records.ok()) << records.status();
    if (!records.ok() || records->empty()) return pumped;
    log::Transaction transaction(&worker_->state());
    for (const log::Record& record : *records) {
      auto prepared = stage_->Prepare(record);
      EXPECT_TRUE(prepared.ok()) << prepared.status();
      if (!prepared.ok()) continue;
      auto verdict = stage_->Apply(**prepared, record, transaction);
      EXPECT_TRUE(verdict.ok()) << verdict.status();
    }
    pumped += records->size();
    const absl::Status committed = worker_->Commit(std::move(transaction), *records);
    EXPECT_TRUE(committed.ok()) << committed;
    stage_->Committed();
  }
}

FeedHarness::FeedHarness(FeedStage::Options stage, FeedStore::Options store_options)
    : log({}, clock), stage_options(stage), store(store_options), replica(log) {
  Reopen();
}

void FeedHarness::Reopen() {
  replica.Close();
  auto stage = FeedStage::Create(stage_options, store);
  ASSERT_TRUE(stage.ok()) << stage.status();
  replica.Open(FeedStage::Spec(), *std::move(stage));
}

void FeedHarness::Append(const data::v1::FeedItem& item) {
  log.Append(log::kClean, item.article_id(), item.SerializeAsString());
}

void FeedHarness::AppendAndPump(int first, int count, size_t text_bytes) {
  for (int n = first; n < first + count; ++n) Append(MakeItem(n, text_bytes));
  Pump();
}

std::vector<ItemPtr> FeedHarness::ReadAll(Position from, const Filter& filter, size_t bytes_max) {
  std::vector<ItemPtr> items;
  for (;;) {
    auto turn = store.Read(from, filter, bytes_max, /*disk_allowed=*/true);
    EXPECT_TRUE(turn.ok()) << turn.status();
    if (!turn.ok() || turn->kind == Turn::Kind::kAtHead) return items;
    from = turn->position;
    if (turn->batch == nullptr) continue;
    service::v1::SubscribeResponse response;
    EXPECT_TRUE(response.ParseFromString(turn->batch->bytes));
    EXPECT_EQ(static_cast<size_t>(response.items_size()), turn->batch->items);
    EXPECT_EQ(response.cursor(), turn->batch->end.cursor.Encode());
    for (const auto& item : response.items()) {
      auto encoded = EncodeItem(Cursor::Decode(item.cursor())->item_offset(), absl::UnixEpoch(),
                                item.item().SerializeAsString());
      EXPECT_TRUE(encoded.ok());
      items.push_back(*encoded);
    }
  }
}

}  // namespace sluice::feed
