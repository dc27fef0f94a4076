#include "services/fetch/fetch_rpc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "pipeline/rpc/server.h"
#include "tests/fakes/fetch_shard.h"
#include "tests/fakes/scripted_http_server.h"

namespace sluice::fetch {
namespace {

using fakes::FetchShard;
using service::v1::FetchService;
using service::v1::SubmitPagesRequest;
using service::v1::SubmitPagesResponse;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kPatience = absl::Seconds(20);

// Keeps what is appended until the test says so.
class HeldAppender final : public log::Appender {
 public:
  void Append(std::string_view, std::string_view, std::string,
              absl::AnyInvocable<void(absl::Status)> durable) override {
    const absl::MutexLock lock(&mutex_);
    waiting_.push_back(std::move(durable));
  }
  bool Await(size_t count) {
    const absl::MutexLock lock(&mutex_);
    const auto enough = [this, count] {
      mutex_.AssertHeld();
      return waiting_.size() >= count;
    };
    return mutex_.AwaitWithTimeout(absl::Condition(&enough), kPatience);
  }
  size_t size() {
    const absl::MutexLock lock(&mutex_);
    return waiting_.size();
  }
  void Settle(size_t i, absl::Status status) {
    absl::AnyInvocable<void(absl::Status)> durable;
    {
      const absl::MutexLock lock(&mutex_);
      durable = std::move(waiting_[i]);
    }
    durable(std::move(status));
  }

 private:
  absl::Mutex mutex_;
  std::vector<absl::AnyInvocable<void(absl::Status)>> waiting_ ABSL_GUARDED_BY(mutex_);
};

class FetchRpcTest : public ::testing::Test {
 protected:
  void Serve(log::Appender& appender, FetchRpc::Options options = {}) {
    rpc_ = std::make_unique<FetchRpc>(
        options, FetchRpc::Dependencies{.appender = appender,
                                        .clock = clock_,
                                        .addresses = addresses_,
                                        .executor = executor_,
                                        .admit = [this] { return Admit(); },
                                        .sources = [this] { return sources_; }});
    auto server = rpc::Server::Create({.listen = "127.0.0.1:0"},
                                      {{FetchService::service_full_name(), rpc_.get()}});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = FetchService::NewStub(
        grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }
  void Serve(FetchRpc::Options options = {}) { Serve(*appender_, options); }
  void TearDown() override {
    if (server_ != nullptr) server_->Shutdown(absl::Seconds(5));
  }

  absl::Status Admit() const {
    return full_ ? absl::ResourceExhaustedError("300 MB are waiting") : absl::OkStatus();
  }

  static SubmitPagesRequest Page(const std::string& url, const std::string& html = "<p>Hello") {
    SubmitPagesRequest request;
    request.set_url(url);
    request.set_html(html);
    return request;
  }

  // Sends all pages, then reads all answers.
  grpc::Status Send(const std::vector<SubmitPagesRequest>& pages,
                    std::vector<SubmitPagesResponse>& responses) {
    grpc::ClientContext context;
    const auto stream = stub_->SubmitPages(&context);
    std::jthread writer([&] {
      for (const SubmitPagesRequest& page : pages) {
        if (!stream->Write(page)) return;
      }
      stream->WritesDone();
    });
    SubmitPagesResponse response;
    while (stream->Read(&response)) responses.push_back(response);
    writer.join();
    return stream->Finish();
  }

  fakes::ManualClock clock_;
  fakes::MemoryLog log_{{}, clock_};
  std::unique_ptr<log::Appender> appender_ = *log_.OpenAppender();
  const AddressPolicy addresses_ = *AddressPolicy::Create({});
  rpc::Executor executor_{{}};
  std::atomic<bool> full_ = false;
  std::vector<data::v1::SourceHealth> sources_;
  std::unique_ptr<FetchRpc> rpc_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<FetchService::Stub> stub_;
};

TEST_F(FetchRpcTest, QueuesUrlsUnderTheirNormalNameAndRefusesOthers) {
  Serve();
  service::v1::SubmitUrlRequest request;
  request.add_urls("HTTPS://News.Example/1?utm_source=x#top");
  request.add_urls("not a url");
  request.add_urls("http://127.0.0.1/");
  request.add_urls("https://www.other.co.uk/2");
  service::v1::SubmitUrlResponse response;
  grpc::ClientContext context;
  const grpc::Status status = stub_->SubmitUrl(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(response.results_size(), 4);
  EXPECT_EQ(response.results(0).url(), "https://news.example/1");
  EXPECT_EQ(response.results(0).id(), base::TargetId("https://news.example/1"));
  EXPECT_EQ(response.results(0).error(), "");
  EXPECT_EQ(response.results(1).url(), "not a url");
  EXPECT_EQ(response.results(1).id(), "");
  EXPECT_NE(response.results(1).error(), "");
  EXPECT_THAT(response.results(2).error(), HasSubstr("refused"));
  const auto targets = FetchShard::Targets(log_);
  ASSERT_THAT(targets, SizeIs(2));
  EXPECT_EQ(targets[0].envelope().id(), response.results(0).id());
  EXPECT_EQ(targets[0].envelope().origin(), data::v1::ORIGIN_SUBMITTED);
  EXPECT_EQ(base::FromProto(targets[0].envelope().accepted_at()), clock_.Now());
  EXPECT_EQ(log_.Records(log::kCrawlTargets)[1].key, "other.co.uk");
}

TEST_F(FetchRpcTest, BoundsTheUrlsOfACall) {
  Serve({.urls_max = 2, .stream = {}});
  service::v1::SubmitUrlRequest request;
  service::v1::SubmitUrlResponse response;
  grpc::ClientContext none;
  EXPECT_EQ(stub_->SubmitUrl(&none, request, &response).error_code(), grpc::INVALID_ARGUMENT);
  for (int i = 0; i < 3; ++i) request.add_urls("https://news.example/");
  grpc::ClientContext many;
  const grpc::Status status = stub_->SubmitUrl(&many, request, &response);
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("1 to 2"));
}

TEST_F(FetchRpcTest, SaysWhenTheBacklogIsTooLarge) {
  Serve();
  full_ = true;
  service::v1::SubmitUrlRequest request;
  request.add_urls("https://news.example/");
  service::v1::SubmitUrlResponse response;
  grpc::ClientContext context;
  const grpc::Status status = stub_->SubmitUrl(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("300 MB"));
  EXPECT_THAT(FetchShard::Targets(log_), IsEmpty());
}

TEST_F(FetchRpcTest, FailsWhereTheLogDoes) {
  Serve();
  log_.FailAppend(1, absl::UnavailableError("no broker"));
  service::v1::SubmitUrlRequest request;
  request.add_urls("https://news.example/1");
  request.add_urls("https://news.example/2");
  service::v1::SubmitUrlResponse response;
  grpc::ClientContext context;
  EXPECT_EQ(stub_->SubmitUrl(&context, request, &response).error_code(), grpc::UNAVAILABLE);
}

TEST_F(FetchRpcTest, WithdrawsUnderTheNormalNameAndRefusesOthers) {
  Serve();
  full_ = true;  // A withdrawal does not wait for room.
  service::v1::WithdrawRequest request;
  request.add_urls("HTTPS://News.Example/1?utm_source=x#top");
  request.add_urls("not a url");
  request.add_urls("https://news.example/");
  request.add_urls("http://127.0.0.1/1");
  request.set_reason("wrong name");
  service::v1::WithdrawResponse response;
  grpc::ClientContext context;
  const grpc::Status status = stub_->Withdraw(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(response.results_size(), 4);
  EXPECT_EQ(response.results(0).url(), "https://news.example/1");
  EXPECT_EQ(response.results(0).error(), "");
  EXPECT_EQ(response.results(1).url(), "not a url");
  EXPECT_NE(response.results(1).error(), "");
  EXPECT_THAT(response.results(2).error(), HasSubstr("front page"));
  EXPECT_EQ(response.results(2).id(), "");
  EXPECT_EQ(response.results(3).error(), "") << "nothing is asked of it";
  const auto pages = FetchShard::Pages(log_);
  ASSERT_THAT(pages, SizeIs(2));
  EXPECT_EQ(pages[0].envelope().id(), response.results(0).id());
  EXPECT_EQ(pages[0].envelope().url(), "https://news.example/1");
  EXPECT_EQ(pages[0].withdrawal().reason(), "wrong name");
  EXPECT_FALSE(pages[0].withdrawal().undone());
  EXPECT_EQ(pages[0].body(), "");
  EXPECT_EQ(log_.Records(log::kRawPages)[0].key, "news.example");
  EXPECT_THAT(FetchShard::Targets(log_), IsEmpty());
}

TEST_F(FetchRpcTest, UndoesAWithdrawalAndHasThePageAskedForAnew) {
  Serve();
  service::v1::WithdrawRequest request;
  request.add_urls("https://news.example/1");
  request.add_urls("http://127.0.0.1/1");
  request.set_undo(true);
  service::v1::WithdrawResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->Withdraw(&context, request, &response).ok());
  EXPECT_EQ(response.results(0).error(), "");
  EXPECT_EQ(response.results(1).error(), "") << "it may come back, if by hand";
  ASSERT_THAT(FetchShard::Pages(log_), SizeIs(2));
  EXPECT_TRUE(FetchShard::Pages(log_)[1].withdrawal().undone());
  ASSERT_THAT(FetchShard::Targets(log_), SizeIs(1));
  EXPECT_EQ(FetchShard::Targets(log_)[0].envelope().url(), "https://news.example/1");
  EXPECT_TRUE(FetchShard::Targets(log_)[0].anew());
  service::v1::WithdrawResponse again;
  grpc::ClientContext later;
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(stub_->Withdraw(&later, request, &again).ok());
  EXPECT_NE(again.results(0).id(), response.results(0).id()) << "each is a word of its own";
}

TEST_F(FetchRpcTest, BoundsAWithdrawalAndFailsWhereTheLogDoes) {
  Serve({.urls_max = 2, .reason_bytes_max = 10});
  service::v1::WithdrawRequest request;
  service::v1::WithdrawResponse response;
  const auto call = [&] {
    grpc::ClientContext context;
    return stub_->Withdraw(&context, request, &response);
  };
  EXPECT_EQ(call().error_code(), grpc::INVALID_ARGUMENT);
  request.add_urls("https://news.example/1");
  request.set_reason("of 11 bytes");
  EXPECT_THAT(call().error_message(), HasSubstr("reason has 11 bytes"));
  request.set_reason("");
  log_.FailAppend(1, absl::UnavailableError("no broker"));
  EXPECT_EQ(call().error_code(), grpc::UNAVAILABLE);
  EXPECT_TRUE(call().ok());
  request.add_urls("https://news.example/2");
  request.add_urls("https://news.example/3");
  EXPECT_THAT(call().error_message(), HasSubstr("1 to 2"));
}

TEST_F(FetchRpcTest, TakesPagesInEveryForm) {
  Serve();
  std::vector<SubmitPagesRequest> pages(3);
  pages[0] = Page("https://news.example/1?utm_source=x");
  pages[0].set_content_type("text/html; charset=koi8-r");
  pages[0].set_title("A headline");
  pages[0].mutable_date()->set_seconds(1'767'000'000);
  pages[1].set_url("https://news.example/2");
  pages[1].set_text("Plain text");
  pages[1].set_origin(data::v1::ORIGIN_REPLAY);
  pages[1].set_title(std::string(1023, 'x') + "\xC3\xA9");
  pages[2].set_url("https://news.example/3");
  pages[2].set_gzip_html(fakes::ScriptedHttpServer::Gzip("<p>Packed"));
  std::vector<SubmitPagesResponse> responses;
  const grpc::Status status = Send(pages, responses);
  ASSERT_TRUE(status.ok()) << status.error_message();
  const auto kept = FetchShard::Pages(log_);
  ASSERT_THAT(kept, SizeIs(3));
  ASSERT_THAT(responses, SizeIs(3));
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(responses[i].result().error(), "");
    EXPECT_EQ(responses[i].result().id(), kept[i].envelope().id());
    EXPECT_EQ(responses[i].result().url(), kept[i].envelope().url());
  }
  EXPECT_EQ(kept[0].envelope().url(), "https://news.example/1");
  EXPECT_EQ(kept[0].envelope().id(),
            base::CaptureId("https://news.example/1", base::HashBytes("<p>Hello")));
  EXPECT_EQ(kept[0].envelope().origin(), data::v1::ORIGIN_SUBMITTED);
  EXPECT_EQ(kept[0].content_type(), "text/html");
  EXPECT_EQ(kept[0].charset(), "koi8-r");
  EXPECT_EQ(kept[0].feed_title(), "A headline");
  EXPECT_EQ(kept[0].feed_published().seconds(), 1'767'000'000);
  EXPECT_EQ(kept[1].content_type(), "text/plain");
  EXPECT_EQ(kept[1].feed_title(), std::string(1023, 'x')) << "cut between characters";
  EXPECT_EQ(kept[1].charset(), "utf-8");
  EXPECT_EQ(kept[1].envelope().origin(), data::v1::ORIGIN_REPLAY);
  EXPECT_EQ(kept[2].codec(), data::v1::BODY_CODEC_GZIP);
  EXPECT_EQ(kept[2].body_hash(), base::HashBytes("<p>Packed").Bytes());
  EXPECT_EQ(log_.Records(log::kRawPages)[0].key, "news.example");
}

// gRPC by itself takes it for the end of the pages.
TEST_F(FetchRpcTest, AnswersAPageThatCannotBeParsedAndGoesOn) {
  Serve();
  std::vector<SubmitPagesRequest> pages = {Page("https://news.example/1"),
                                           Page("https://news.example/2"),
                                           Page("https://news.example/3")};
  pages[1].set_title("no UTF-8: \xFF");
  std::vector<SubmitPagesResponse> responses;
  const grpc::Status status = Send(pages, responses);
  EXPECT_TRUE(status.ok()) << status.error_message();
  ASSERT_THAT(responses, SizeIs(3));
  EXPECT_THAT(responses[1].result().error(), HasSubstr("cannot be parsed"));
  EXPECT_EQ(responses[1].result().id(), "");
  EXPECT_EQ(responses[2].result().url(), "https://news.example/3");
  EXPECT_THAT(FetchShard::Pages(log_), SizeIs(2));
}

TEST_F(FetchRpcTest, AnswersARefusedPageAndGoesOn) {
  Serve({.urls_max = 1, .stream = {.pages_max = 2, .limits = {.body_bytes_max = 1000}}});
  std::vector<SubmitPagesRequest> pages(9);
  pages[0] = Page("https://news.example/1");
  pages[1] = Page("no url");
  pages[2].set_url("https://news.example/empty");
  pages[3] = Page("https://news.example/large", std::string(1001, 'x'));
  pages[4] = Page("https://news.example/live");
  pages[4].set_origin(data::v1::ORIGIN_LIVE);
  pages[5] = Page("https://news.example/pdf");
  pages[5].set_content_type("application/pdf");
  pages[6] = Page("https://news.example/no-time");
  pages[6].mutable_date()->set_seconds(std::numeric_limits<int64_t>::max());
  pages[7] = Page("https://news.example/no-nanos");
  pages[7].mutable_date()->set_nanos(-1);
  pages[8] = Page("https://news.example/2");
  std::vector<SubmitPagesResponse> responses;
  ASSERT_TRUE(Send(pages, responses).ok());
  ASSERT_THAT(responses, SizeIs(9));
  for (size_t i = 0; i < responses.size(); ++i) {
    const bool good = i == 0 || i == 8;
    EXPECT_EQ(responses[i].result().error().empty(), good) << i;
    EXPECT_EQ(responses[i].result().id().empty(), !good) << i;
  }
  EXPECT_THAT(FetchShard::Pages(log_), SizeIs(2));
}

TEST_F(FetchRpcTest, KeepsTheOrderOfManyPages) {
  Serve();
  std::vector<SubmitPagesRequest> pages;
  pages.reserve(2000);
  for (int i = 0; i < 2000; ++i)
    pages.push_back(Page(fmt::format("https://news.example/{}", i), fmt::format("<p>{}", i)));
  std::vector<SubmitPagesResponse> responses;
  ASSERT_TRUE(Send(pages, responses).ok());
  ASSERT_THAT(responses, SizeIs(pages.size()));
  const auto kept = FetchShard::Pages(log_);
  ASSERT_THAT(kept, SizeIs(pages.size()));
  for (size_t i = 0; i < pages.size(); ++i) {
    ASSERT_EQ(kept[i].envelope().url(), pages[i].url());
    ASSERT_EQ(responses[i].result().url(), pages[i].url());
  }
}

TEST_F(FetchRpcTest, AnswersWhenAPageIsKeptAndTakesOnlySoManyAhead) {
  HeldAppender appender;
  Serve(appender, {.urls_max = 1, .stream = {.pages_max = 3}});
  grpc::ClientContext context;
  const auto stream = stub_->SubmitPages(&context);
  for (int i = 0; i < 10; ++i) stream->Write(Page(fmt::format("https://news.example/{}", i)));
  stream->WritesDone();
  ASSERT_TRUE(appender.Await(3));
  EXPECT_EQ(appender.size(), 3U);
  // The second is kept before the first: its answer waits.
  appender.Settle(1, absl::OkStatus());
  appender.Settle(0, absl::OkStatus());
  SubmitPagesResponse response;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.result().url(), fmt::format("https://news.example/{}", i));
  }
  for (size_t i = 2; i < 10; ++i) {
    ASSERT_TRUE(appender.Await(i + 1));
    appender.Settle(i, absl::OkStatus());
    ASSERT_TRUE(stream->Read(&response));
  }
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(FetchRpcTest, EndsTheStreamWhereAPageIsNotKept) {
  HeldAppender appender;
  Serve(appender);
  grpc::ClientContext context;
  const auto stream = stub_->SubmitPages(&context);
  for (int i = 0; i < 3; ++i) stream->Write(Page(fmt::format("https://news.example/{}", i)));
  ASSERT_TRUE(appender.Await(3));
  appender.Settle(2, absl::OkStatus());
  appender.Settle(1, absl::UnavailableError("no broker"));
  appender.Settle(0, absl::OkStatus());
  SubmitPagesResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.result().url(), "https://news.example/0");
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "no broker");
}

TEST_F(FetchRpcTest, StandsStillWhileTheBacklogIsTooLargeThenGivesUp) {
  Serve({.urls_max = 1,
         .stream = {.admission_interval = absl::Milliseconds(1),
                    .admission_patience = absl::Milliseconds(50)}});
  grpc::ClientContext context;
  const auto stream = stub_->SubmitPages(&context);
  SubmitPagesResponse response;
  stream->Write(Page("https://news.example/1"));
  ASSERT_TRUE(stream->Read(&response));
  full_ = true;
  stream->Write(Page("https://news.example/2"));
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_THAT(FetchShard::Pages(log_), SizeIs(1));
}

TEST_F(FetchRpcTest, GoesOnWhenThereIsRoomAgain) {
  Serve({.urls_max = 1,
         .stream = {.admission_interval = absl::Milliseconds(1), .admission_patience = kPatience}});
  full_ = true;
  grpc::ClientContext context;
  const auto stream = stub_->SubmitPages(&context);
  stream->Write(Page("https://news.example/1"));
  stream->WritesDone();
  full_ = false;
  SubmitPagesResponse response;
  EXPECT_TRUE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(FetchRpcTest, LetsAClientGoAtAnyMoment) {
  HeldAppender appender;
  Serve(appender, {.urls_max = 1, .stream = {.pages_max = 4}});
  for (int round = 0; round < 20; ++round) {
    const size_t before = appender.size();
    grpc::ClientContext context;
    const auto stream = stub_->SubmitPages(&context);
    for (int i = 0; i < round % 6; ++i) stream->Write(Page("https://news.example/"));
    if (round % 2 == 0) {
      ASSERT_TRUE(appender.Await(before + std::min(round % 6, 4)));
    }
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::CANCELLED);
  }
  server_->Shutdown(absl::Seconds(5));
  // The log answers long after.
  for (size_t i = 0; i < appender.size(); ++i) appender.Settle(i, absl::OkStatus());
}

TEST_F(FetchRpcTest, ListsSources) {
  sources_.emplace_back().set_source_id("agency");
  Serve();
  service::v1::ListSourcesResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->ListSources(&context, {}, &response).ok());
  ASSERT_EQ(response.sources_size(), 1);
  EXPECT_EQ(response.sources(0).source_id(), "agency");
}

}  // namespace
}  // namespace sluice::fetch
