#include "services/feed/feed_rpc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/rpc/server.h"
#include "tests/support/eventually.h"
#include "tests/unit/feed/replica.h"

namespace sluice::feed {
namespace {

using service::v1::FeedService;
using service::v1::SubscribeRequest;
using service::v1::SubscribeResponse;
using support::Eventually;
using testing::HasSubstr;

class Counter final : public FeedObserver {
 public:
  void SubscriberCame() override { ++came; }
  void SubscriberWent() override { ++went; }
  void Sent(size_t of_items, size_t of_bytes) override {
    items += of_items;
    bytes += of_bytes;
  }
  void CutOff() override { ++cut_off; }
  std::atomic<size_t> came = 0, went = 0, items = 0, bytes = 0, cut_off = 0;
};

// The service on a port of its own, over a feed in memory.
class FeedRpcTest : public testing::Test {
 protected:
  void Serve(FeedRpc::Options options = {}, FeedStore::Options store = {},
             FeedStage::Options stage = {}) {
    feed_ = std::make_unique<FeedHarness>(stage, store);
    options.tick_interval = absl::Milliseconds(5);
    rpc_ = std::make_unique<FeedRpc>(options, feed_->store, disk_, clock_, counter_);
    auto server = rpc::Server::Create({.listen = "127.0.0.1:0"},
                                      {{FeedService::service_full_name(), rpc_.get()}});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = FeedService::NewStub(
        grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }
  void TearDown() override {
    if (rpc_ != nullptr) rpc_->Drain();
    if (server_ != nullptr) server_->Shutdown(absl::Seconds(5));
    EXPECT_EQ(counter_.came, counter_.went);
  }

  struct Stream {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<SubscribeResponse>> reader;
    std::vector<std::string> cursors;
    std::vector<std::string> ids;
    std::string cursor;  // Of the last message.

    bool Read() {
      SubscribeResponse response;
      if (!reader->Read(&response)) return false;
      for (const auto& item : response.items()) {
        cursors.push_back(item.cursor());
        ids.push_back(item.item().envelope().id());
      }
      cursor = response.cursor();
      return true;
    }
    bool ReadItems(size_t count) {
      while (ids.size() < count) {
        if (!Read()) return false;
      }
      return true;
    }
    grpc::Status End() {
      while (Read()) {
      }
      return reader->Finish();
    }
    std::string TrailingCursor() {
      const auto found = context.GetServerTrailingMetadata().find(kCursorMetadata);
      return found == context.GetServerTrailingMetadata().end()
                 ? ""
                 : std::string(found->second.data(), found->second.size());
    }
  };

  std::unique_ptr<Stream> Subscribe(const SubscribeRequest& request) {
    auto stream = std::make_unique<Stream>();
    stream->context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(60)));
    stream->reader = stub_->Subscribe(&stream->context, request);
    return stream;
  }
  std::unique_ptr<Stream> SubscribeFrom(const std::string& cursor) {
    SubscribeRequest request;
    if (cursor.empty()) {
      request.set_beginning(true);
    } else {
      request.set_cursor(cursor);
    }
    return Subscribe(request);
  }

  base::SystemClock clock_;
  Counter counter_;
  rpc::Executor disk_{{}};
  std::unique_ptr<FeedHarness> feed_;
  std::unique_ptr<FeedRpc> rpc_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<FeedService::Stub> stub_;
};

std::vector<std::string> IdsOf(int first, int count) {
  std::vector<std::string> ids;
  for (int n = first; n < first + count; ++n) ids.push_back(IdOf(n));
  return ids;
}

TEST_F(FeedRpcTest, EndsAtTheHeadWhereThatIsAskedFor) {
  // No notice of progress wakes a stream that waits at the head.
  Serve({.subscriber = {.progress_interval = absl::InfiniteDuration()}});
  feed_->AppendAndPump(0, 300);
  SubscribeRequest request;
  request.set_beginning(true);
  request.set_end_at_head(true);
  request.set_batch_bytes_max(2000);
  auto whole = Subscribe(request);
  const grpc::Status ended = whole->End();
  EXPECT_TRUE(ended.ok()) << ended.error_message();
  EXPECT_EQ(whole->ids, IdsOf(0, 300));
  EXPECT_EQ(whole->TrailingCursor(), whole->cursor);

  request.mutable_filter()->add_topics("of-nobody");
  auto filtered = Subscribe(request);
  EXPECT_TRUE(filtered->End().ok());
  EXPECT_EQ(filtered->ids, IdsOf(0, 0));
  EXPECT_EQ(filtered->cursor, "") << "progress before it was due";
  EXPECT_EQ(filtered->TrailingCursor(), whole->cursor);

  request.clear_filter();
  request.set_cursor(whole->cursor);
  auto nothing = Subscribe(request);
  EXPECT_TRUE(nothing->End().ok());
  EXPECT_EQ(nothing->ids, IdsOf(0, 0));
}

TEST_F(FeedRpcTest, SendsWhatThereIsAndThenWhatComes) {
  Serve();
  feed_->AppendAndPump(0, 10);
  auto stream = SubscribeFrom("");
  ASSERT_TRUE(stream->ReadItems(10));
  feed_->AppendAndPump(10, 5);
  ASSERT_TRUE(stream->ReadItems(15));
  EXPECT_EQ(stream->ids, IdsOf(0, 15));
  EXPECT_EQ(stream->cursor, stream->cursors.back());
  EXPECT_TRUE(Eventually([&] { return counter_.items == 15; }));
}

TEST_F(FeedRpcTest, WithoutAStartItBeginsNow) {
  Serve();
  feed_->AppendAndPump(0, 10);
  auto stream = Subscribe({});
  stream->reader->WaitForInitialMetadata();
  feed_->AppendAndPump(10, 2);
  ASSERT_TRUE(stream->ReadItems(2));
  EXPECT_EQ(stream->ids, IdsOf(10, 2));
}

TEST_F(FeedRpcTest, TellsAtOnceWhereItBegins) {
  Serve();
  feed_->AppendAndPump(0, 10);
  auto stream = Subscribe({});
  stream->reader->WaitForInitialMetadata();
  const auto& metadata = stream->context.GetServerInitialMetadata();
  const auto found = metadata.find(kCursorMetadata);
  ASSERT_NE(found, metadata.end());
  const std::string cursor(found->second.data(), found->second.size());
  stream->context.TryCancel();
  stream->End();
  feed_->AppendAndPump(10, 2);
  auto resumed = SubscribeFrom(cursor);
  ASSERT_TRUE(resumed->ReadItems(2));
  EXPECT_EQ(resumed->ids, IdsOf(10, 2));
}

TEST_F(FeedRpcTest, BeginsAtATime) {
  Serve();
  feed_->AppendAndPump(0, 3);
  feed_->clock.Advance(absl::Hours(1));
  SubscribeRequest request;
  *request.mutable_time() = base::ToProto(feed_->clock.Now());
  feed_->AppendAndPump(3, 3);
  auto stream = Subscribe(request);
  ASSERT_TRUE(stream->ReadItems(3));
  EXPECT_EQ(stream->ids, IdsOf(3, 3));
}

TEST_F(FeedRpcTest, KeepsAMessageWithinTheBytesAskedFor) {
  Serve();
  feed_->AppendAndPump(0, 50, 1000);
  SubscribeRequest request;
  request.set_beginning(true);
  request.set_batch_bytes_max(5000);
  auto stream = Subscribe(request);
  SubscribeResponse response;
  ASSERT_TRUE(stream->reader->Read(&response));
  EXPECT_LE(response.ByteSizeLong(), 5100u);
  EXPECT_GE(response.items_size(), 3);
  request.set_batch_bytes_max(1);  // An item is never cut.
  auto small = Subscribe(request);
  ASSERT_TRUE(small->reader->Read(&response));
  EXPECT_EQ(response.items_size(), 1);
}

TEST_F(FeedRpcTest, RefusesForgedAlteredForeignFutureAndExpiredCursors) {
  Serve({}, {}, {.retention = absl::Hours(10)});
  feed_->AppendAndPump(0, 1);
  for (int n = 1; n < 30; ++n) {
    feed_->clock.Advance(absl::Hours(1));
    feed_->AppendAndPump(n, 1);
  }
  const auto extent = feed_->store.extent();
  const auto status_of = [&](const std::string& cursor) { return SubscribeFrom(cursor)->End(); };
  EXPECT_EQ(status_of("forged").error_code(), grpc::INVALID_ARGUMENT);
  std::string altered = extent.newest ? Cursor::After(extent.newest->offset,
                                                      extent.newest->id_prefix, feed_->clock.Now())
                                            .Encode()
                                      : "";
  altered[12] = altered[12] == 'A' ? 'B' : 'A';
  EXPECT_EQ(status_of(altered).error_code(), grpc::INVALID_ARGUMENT);
  const grpc::Status foreign =
      status_of(Cursor::After(extent.newest->offset, 42, feed_->clock.Now()).Encode());
  EXPECT_EQ(foreign.error_code(), grpc::FAILED_PRECONDITION);
  EXPECT_THAT(foreign.error_message(), HasSubstr("--from 2026-"));
  EXPECT_EQ(status_of(Cursor::After(extent.newest->offset + 50, 42, feed_->clock.Now()).Encode())
                .error_code(),
            grpc::UNAVAILABLE);
  const grpc::Status expired =
      status_of(Cursor::After(0, IdPrefix(IdOf(0)), feed_->clock.Now()).Encode());
  EXPECT_EQ(expired.error_code(), grpc::OUT_OF_RANGE);
  const std::string& message = expired.error_message();
  const std::string oldest = message.substr(message.find("cursor is ") + 10, 40);
  auto stream = SubscribeFrom(oldest);
  EXPECT_TRUE(stream->ReadItems(extent.items)) << message;
}

TEST_F(FeedRpcTest, RefusesAMalformedFilter) {
  Serve();
  SubscribeRequest request;
  request.mutable_filter()->add_kinds("x");
  const grpc::Status status = Subscribe(request)->End();
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("filter.kinds"));
}

TEST_F(FeedRpcTest, SendsOnlyWhatPassesAndShowsProgressOverTheRest) {
  Serve({.subscriber = {.progress_interval = absl::Milliseconds(20)}});
  SubscribeRequest request;
  request.set_beginning(true);
  request.mutable_filter()->add_languages("de");
  auto stream = Subscribe(request);
  stream->reader->WaitForInitialMetadata();
  feed_->AppendAndPump(0, 10);
  ASSERT_TRUE(stream->Read());
  EXPECT_THAT(stream->ids, testing::IsEmpty());
  EXPECT_FALSE(stream->cursor.empty());
  auto german = MakeItem(10);
  german.mutable_document()->set_language("de");
  feed_->Append(german);
  feed_->AppendAndPump(11, 3);
  ASSERT_TRUE(stream->ReadItems(1));
  EXPECT_EQ(stream->ids, IdsOf(10, 1));
  // Its progress is a place to come back to.
  ASSERT_TRUE(
      Eventually([&] { return stream->cursor != stream->cursors.back() || stream->Read(); }));
  auto resumed = SubscribeFrom(stream->cursor);
  resumed->reader->WaitForInitialMetadata();
  feed_->AppendAndPump(14, 1);
  ASSERT_TRUE(resumed->ReadItems(1));
  EXPECT_EQ(resumed->ids.back(), IdOf(14));
}

TEST_F(FeedRpcTest, DrainEndsEveryStreamWithItsCursorAndRefusesNewOnes) {
  Serve();
  feed_->AppendAndPump(0, 10);
  auto reading = SubscribeFrom("");
  ASSERT_TRUE(reading->ReadItems(10));
  auto idle = Subscribe({});
  idle->reader->WaitForInitialMetadata();
  rpc_->Drain();
  for (Stream* stream : {reading.get(), idle.get()}) {
    const grpc::Status status = stream->End();
    EXPECT_EQ(status.error_code(), grpc::UNAVAILABLE) << status.error_message();
    EXPECT_EQ(stream->TrailingCursor(), reading->cursor);
    EXPECT_THAT(status.error_message(), HasSubstr(reading->cursor));
  }
  EXPECT_EQ(SubscribeFrom("")->End().error_code(), grpc::UNAVAILABLE);
}

TEST_F(FeedRpcTest, CutsOffWhoReadsTooSlowlyAndTellsTheCursor) {
  Serve({.subscriber = {.write_time_max = absl::Milliseconds(200)}});
  feed_->AppendAndPump(0, 400, 50000);  // Far more than sockets and windows hold.
  auto stream = SubscribeFrom("");
  stream->reader->WaitForInitialMetadata();
  ASSERT_TRUE(Eventually([&] { return counter_.cut_off == 1; }));
  const grpc::Status status = stream->End();
  ASSERT_LT(stream->ids.size(), 400u);
  EXPECT_EQ(stream->ids, IdsOf(0, static_cast<int>(stream->ids.size())));
  if (status.error_code() != grpc::CANCELLED) {  // The status came too late for the client.
    EXPECT_EQ(status.error_code(), grpc::RESOURCE_EXHAUSTED) << status.error_message();
    EXPECT_EQ(stream->TrailingCursor(), stream->cursor);
  }
  auto resumed = SubscribeFrom(stream->cursor);
  const size_t seen = stream->ids.size();
  ASSERT_TRUE(resumed->ReadItems(400 - seen));
  EXPECT_EQ(resumed->ids, IdsOf(static_cast<int>(seen), static_cast<int>(400 - seen)));
}

TEST_F(FeedRpcTest, WhoReadsNothingAtAllIsLetGo) {
  Serve({.subscriber = {.write_time_max = absl::Milliseconds(50)}});
  feed_->AppendAndPump(0, 400, 50000);
  auto stream = SubscribeFrom("");
  EXPECT_TRUE(Eventually([&] { return counter_.went == 1; }));
  stream->End();
}

TEST_F(FeedRpcTest, ASlowReaderHoldsNobodyUp) {
  Serve();
  feed_->AppendAndPump(0, 400, 50000);
  auto slow = SubscribeFrom("");
  slow->reader->WaitForInitialMetadata();
  auto quick = SubscribeFrom("");
  ASSERT_TRUE(quick->ReadItems(400));
  EXPECT_EQ(quick->ids, IdsOf(0, 400));
  slow->context.TryCancel();
  slow->End();
}

TEST_F(FeedRpcTest, AStreamEndsAtItsAgeWithACursor) {
  Serve({.subscriber = {.age_max = absl::Milliseconds(100)}});
  feed_->AppendAndPump(0, 5);
  auto stream = SubscribeFrom("");
  const grpc::Status status = stream->End();
  EXPECT_EQ(status.error_code(), grpc::UNAVAILABLE);
  EXPECT_EQ(stream->ids, IdsOf(0, 5));
  EXPECT_EQ(stream->TrailingCursor(), stream->cursor);
}

TEST_F(FeedRpcTest, TakesNoMoreSubscribersThanItMay) {
  Serve({.subscribers_max = 2});
  auto one = Subscribe({});
  one->reader->WaitForInitialMetadata();
  auto two = Subscribe({});
  two->reader->WaitForInitialMetadata();
  const grpc::Status status = Subscribe({})->End();
  EXPECT_EQ(status.error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("feed.subscribers_max"));
  one->context.TryCancel();
  one->End();
  ASSERT_TRUE(Eventually([&] { return counter_.went == 1; }));
  auto three = Subscribe({});
  three->reader->WaitForInitialMetadata();
  feed_->AppendAndPump(0, 1);
  EXPECT_TRUE(three->ReadItems(1));
}

TEST_F(FeedRpcTest, ListAndGetAnswer) {
  Serve();
  feed_->AppendAndPump(0, 120);
  service::v1::ListRequest request;
  std::vector<std::string> listed;
  do {
    grpc::ClientContext context;
    service::v1::ListResponse response;
    const grpc::Status status = stub_->List(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_LE(response.items_size(), 50);
    for (const auto& item : response.items()) listed.push_back(item.item().envelope().id());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  auto expected = IdsOf(0, 120);
  std::reverse(expected.begin(), expected.end());
  EXPECT_EQ(listed, expected);

  service::v1::GetRequest get;
  get.set_id(IdOf(7));
  {
    grpc::ClientContext context;
    service::v1::GetResponse response;
    ASSERT_TRUE(stub_->Get(&context, get, &response).ok());
    EXPECT_EQ(response.item().item().document().title(), "Story 7");
  }
  get.set_id("nonsense");
  grpc::ClientContext context;
  service::v1::GetResponse response;
  EXPECT_EQ(stub_->Get(&context, get, &response).error_code(), grpc::NOT_FOUND);
}

// Cut off at random, over a ring that is too small, a reopened replica and a feed that grows all
// the while: every item once, in order.
TEST_F(FeedRpcTest, WhoIsCutOffAndComesBackSeesEveryItemOnceInOrder) {
  const auto seed = static_cast<unsigned>(absl::ToUnixMillis(absl::Now()));
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  Serve({}, {.ring_bytes_max = 20000, .chunk_items_max = 16});
  const int total = 600;
  int appended = 0;
  std::vector<std::string> ids;
  std::string cursor;
  int cuts = 0;
  while (ids.size() < total) {
    if (appended < total) {
      const int more = std::min<int>(total - appended, static_cast<int>(random() % 40));
      feed_->AppendAndPump(appended, more, 200);
      appended += more;
    }
    if (random() % 10 == 0) feed_->Reopen();
    auto stream = SubscribeFrom(cursor);
    const size_t target = std::min<size_t>(random() % 60, appended - ids.size());
    ASSERT_TRUE(stream->ReadItems(target));
    stream->context.TryCancel();
    // What came in before the cut counts, what is still under way does not.
    ids.insert(ids.end(), stream->ids.begin(), stream->ids.end());
    if (!stream->cursor.empty()) cursor = stream->cursor;
    SubscribeResponse ignored;
    while (stream->reader->Read(&ignored)) {
    }
    stream->reader->Finish();
    ++cuts;
  }
  EXPECT_EQ(ids, IdsOf(0, total));
  EXPECT_GT(cuts, 10);
}

TEST_F(FeedRpcTest, ManySubscribersWhoComeAndGoWhileItDrainsLeaveNothingBehind) {
  Serve();
  feed_->AppendAndPump(0, 50, 1000);
  std::atomic<bool> stop = false;
  std::vector<std::jthread> clients;
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&, c] {
      std::mt19937 random(static_cast<unsigned>(c));
      while (!stop) {
        auto stream = SubscribeFrom("");
        const size_t target = random() % 60;
        for (int reads = 0; stream->ids.size() < target && reads < 5 && stream->Read(); ++reads) {
        }
        stream->context.TryCancel();
        stream->End();
      }
    });
  }
  for (int n = 50; n < 150; ++n) feed_->AppendAndPump(n, 1, 1000);
  rpc_->Drain();
  stop = true;
  clients.clear();
  EXPECT_TRUE(Eventually([&] { return counter_.came == counter_.went; }));
}

}  // namespace
}  // namespace sluice::feed
