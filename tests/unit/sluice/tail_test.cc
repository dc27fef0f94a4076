#include "services/sluice/tail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "absl/time/clock.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/rpc/server.h"
#include "services/feed/feed_rpc.h"
#include "services/sluice/feed_line.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/feed/replica.h"

namespace sluice::cli {
namespace {

using testing::HasSubstr;

class Nobody final : public feed::FeedObserver {
  void SubscriberCame() override {}
  void SubscriberWent() override {}
  void Sent(size_t, size_t) override {}
  void CutOff() override {}
};

// A feed service that can go away and come back at its address.
class TailTest : public testing::Test {
 protected:
  void SetUp() override { Start("127.0.0.1:0"); }
  void TearDown() override { Stop(); }

  void Start(const std::string& listen) {
    rpc_ = std::make_unique<feed::FeedRpc>(feed::FeedRpc::Options{}, feed_.store, disk_, clock_,
                                           nobody_);
    auto server = rpc::Server::Create(
        {.listen = listen}, {{service::v1::FeedService::service_full_name(), rpc_.get()}});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    address_ = server_->address();
  }
  void Stop() {
    if (rpc_ != nullptr) rpc_->Drain();
    if (server_ != nullptr) server_->Shutdown(absl::Seconds(5));
    server_.reset();
    rpc_.reset();
  }
  TailOptions Options() {
    TailOptions options;
    options.client.address = address_;
    options.from = "beginning";
    options.jsonl = true;
    options.backoff_min = absl::Milliseconds(5);
    options.backoff_max = absl::Milliseconds(50);
    return options;
  }
  // The field of each line.
  static std::vector<std::string> Fields(const std::string& lines, const char* field = "id") {
    std::vector<std::string> all;
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);)
      all.push_back(nlohmann::json::parse(line)[field]);
    return all;
  }
  static std::vector<std::string> IdsOf(int first, int count) {
    std::vector<std::string> ids;
    for (int n = first; n < first + count; ++n) ids.push_back(feed::IdOf(n));
    return ids;
  }

  const support::TemporaryDirectory directory_;
  feed::FeedHarness feed_;
  base::SystemClock clock_;
  Nobody nobody_;
  rpc::Executor disk_{{}};
  std::unique_ptr<feed::FeedRpc> rpc_;
  std::unique_ptr<rpc::Server> server_;
  std::string address_;
  std::ostringstream output_;
  std::ostringstream messages_;
};

TEST_F(TailTest, PrintsWhatThereIsAndEndsAtTheLimit) {
  feed_.AppendAndPump(0, 20);
  auto options = Options();
  options.limit = 7;
  ASSERT_TRUE(RunTail(options, output_, messages_).ok()) << messages_.str();
  EXPECT_EQ(Fields(output_.str()), IdsOf(0, 7));
}

TEST_F(TailTest, WithoutFollowingEndsBehindWhatThereIs) {
  feed_.AppendAndPump(0, 3);
  auto options = Options();
  options.follow = false;
  options.state = directory_.Path("state");
  ASSERT_TRUE(RunTail(options, output_, messages_).ok());
  EXPECT_EQ(Fields(output_.str()), IdsOf(0, 3));
  feed_.AppendAndPump(3, 2);
  std::ostringstream later;
  ASSERT_TRUE(RunTail(options, later, messages_).ok());
  EXPECT_EQ(Fields(later.str()), IdsOf(3, 2));
  EXPECT_EQ(messages_.str(), "");
}

TEST_F(TailTest, AStateFileKeepsWhereARunWithoutItemsBegan) {
  auto options = Options();
  options.from = "now";
  options.state = directory_.Path("state");
  options.idle_exit = absl::Milliseconds(200);
  for (const int known : {0, 5}) {
    std::filesystem::remove(options.state);
    if (known > 0) feed_.AppendAndPump(0, known);
    ASSERT_TRUE(RunTail(options, output_, messages_).ok());
    EXPECT_EQ(output_.str(), "");
    feed_.AppendAndPump(known == 0 ? 100 : known, 2);
    std::ostringstream later;
    ASSERT_TRUE(RunTail(options, later, messages_).ok());
    EXPECT_EQ(Fields(later.str()), IdsOf(known == 0 ? 100 : known, 2));
  }
}

TEST_F(TailTest, AStateFileGoesBehindWhatWasFilteredOut) {
  feed_.AppendAndPump(0, 3);
  auto options = Options();
  options.follow = false;
  options.state = directory_.Path("state");
  options.filter.add_topics("another");
  ASSERT_TRUE(RunTail(options, output_, messages_).ok());
  options.filter.clear_topics();
  feed_.AppendAndPump(3, 2);
  ASSERT_TRUE(RunTail(options, output_, messages_).ok());
  EXPECT_EQ(Fields(output_.str()), IdsOf(3, 2));
}

TEST_F(TailTest, EndsWellWhenNothingComesForAWhile) {
  feed_.AppendAndPump(0, 3);
  auto options = Options();
  options.idle_exit = absl::Milliseconds(200);
  ASSERT_TRUE(RunTail(options, output_, messages_).ok());
  EXPECT_EQ(Fields(output_.str()).size(), 3u);
}

TEST_F(TailTest, APrintedCursorIsAPlaceToBegin) {
  feed_.AppendAndPump(0, 10);
  auto options = Options();
  options.limit = 4;
  ASSERT_TRUE(RunTail(options, output_, messages_).ok());
  options.from = Fields(output_.str(), "cursor").back();
  options.limit = 6;
  std::ostringstream rest;
  ASSERT_TRUE(RunTail(options, rest, messages_).ok());
  EXPECT_EQ(Fields(rest.str()), IdsOf(4, 6));
}

TEST_F(TailTest, AStateFileGoesOnWhereTheLastRunEnded) {
  feed_.AppendAndPump(0, 10);
  auto options = Options();
  options.state = directory_.Path("state");
  options.limit = 3;
  std::vector<std::string> ids;
  for (int run = 0; run < 3; ++run) {
    std::ostringstream out;
    ASSERT_TRUE(RunTail(options, out, messages_).ok());
    for (const std::string& id : Fields(out.str())) ids.push_back(id);
  }
  EXPECT_EQ(ids, IdsOf(0, 9));
  std::ofstream(options.state) << "not a cursor\n";
  const absl::Status status = RunTail(options, output_, messages_);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(base::ToStd(status.message())), HasSubstr(options.state));
}

// Otherwise a power cut could leave a cursor of items whose lines are gone.
TEST_F(TailTest, KeepsACursorOnlyOfWhatTheOutputHolds) {
  feed_.AppendAndPump(0, 3);
  auto options = Options();
  options.state = directory_.Path("state");
  options.follow = false;
  const auto cursor = [&] {
    std::ifstream file(options.state);
    std::string text;
    file >> text;
    return text;
  };
  std::string synced;
  std::string kept;
  options.sync_output = [&] {
    synced = output_.str();
    kept = cursor();
    return absl::OkStatus();
  };
  ASSERT_TRUE(RunTail(options, output_, messages_).ok());
  EXPECT_EQ(Fields(synced), IdsOf(0, 3));
  EXPECT_NE(kept, Fields(synced, "cursor").back());
  EXPECT_EQ(cursor(), Fields(synced, "cursor").back());

  feed_.AppendAndPump(3, 1);
  options.sync_output = [] { return absl::DataLossError("no"); };
  EXPECT_EQ(RunTail(options, output_, messages_).code(), absl::StatusCode::kDataLoss);
  options.sync_output = nullptr;
  std::ostringstream again;
  ASSERT_TRUE(RunTail(options, again, messages_).ok());
  EXPECT_EQ(Fields(again.str()), IdsOf(3, 1));
}

TEST_F(TailTest, NeverBeginsAnewWhereTheStateFileIsThereButSaysNothing) {
  feed_.AppendAndPump(0, 3);
  auto options = Options();
  const std::string empty = directory_.Path("empty");
  std::ofstream(empty).close();
  const std::string folder = directory_.Path("folder");
  std::filesystem::create_directory(folder);
  for (const auto& [path, code] : {std::pair(empty, absl::StatusCode::kInvalidArgument),
                                   std::pair(folder, absl::StatusCode::kDataLoss)}) {
    options.state = path;
    const absl::Status status = RunTail(options, output_, messages_);
    EXPECT_EQ(status.code(), code) << path;
    EXPECT_THAT(std::string(base::ToStd(status.message())),
                testing::AllOf(HasSubstr(path), HasSubstr("remove the file to begin anew")));
  }
  options.state = directory_.Path(std::string(300, 'x'));
  EXPECT_EQ(RunTail(options, output_, messages_).code(), absl::StatusCode::kDataLoss)
      << "a name that no file has";
  EXPECT_EQ(output_.str(), "");
  EXPECT_EQ(std::filesystem::file_size(empty), 0U) << "left as it was";
}

TEST_F(TailTest, GoesOnWhereItWasWhenTheServerComesBack) {
  feed_.AppendAndPump(0, 5);
  auto options = Options();
  options.limit = 15;
  absl::Status status;
  std::jthread tail([&] { status = RunTail(options, output_, messages_); });
  for (int n = 5; n < 15; n += 5) {
    Stop();
    feed_.AppendAndPump(n, 5);
    Start(address_);
  }
  tail.join();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(Fields(output_.str()), IdsOf(0, 15));
}

TEST_F(TailTest, SaysWhoDoesNotAnswerAndWhatToDo) {
  const std::string address = address_;
  Stop();
  auto options = Options();
  options.client.address = address;
  options.idle_exit = absl::Milliseconds(300);
  const absl::Status status = RunTail(options, output_, messages_);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(base::ToStd(status.message())),
              HasSubstr("nobody answers at " + address));
  EXPECT_THAT(messages_.str(), HasSubstr("trying again"));
}

TEST_F(TailTest, EndsAtOnceWhereTheServerRefusesTheStart) {
  feed_.AppendAndPump(0, 5);
  auto options = Options();
  options.from =
      feed::Cursor::After(feed_.store.extent().newest->offset, 77, clock_.Now()).Encode();
  const absl::Status status = RunTail(options, output_, messages_);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(base::ToStd(status.message())), HasSubstr("--from 20"));
}

TEST_F(TailTest, NamesTheStateFileWhoseCursorIsRefused) {
  feed_.AppendAndPump(0, 5);
  auto options = Options();
  options.state = directory_.Path("state");
  std::ofstream(options.state)
      << feed::Cursor::After(feed_.store.extent().newest->offset, 77, clock_.Now()).Encode();
  const absl::Status status = RunTail(options, output_, messages_);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(base::ToStd(status.message())),
              testing::AllOf(HasSubstr("--from 20"), HasSubstr(options.state)));
}

TEST_F(TailTest, SaysWhyNothingCameWhereTheCursorIsBeyondTheEnd) {
  auto options = Options();
  options.from = feed::Cursor::After(1000, 77, clock_.Now()).Encode();
  options.idle_exit = absl::Milliseconds(300);
  const absl::Status status = RunTail(options, output_, messages_);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(base::ToStd(status.message())), HasSubstr("start from a time"));
}

TEST_F(TailTest, TextIsForPeopleAndSendsTheTerminalNoCommands) {
  auto item = feed::MakeItem(1);
  item.mutable_document()->set_title("Ti\x1b[31mtle\nnext\xc2\x9b");
  item.mutable_document()->set_site("Agency");
  feed_.Append(item);
  feed_.Pump();
  auto options = Options();
  options.jsonl = false;
  options.limit = 1;
  ASSERT_TRUE(RunTail(options, output_, messages_).ok());
  EXPECT_THAT(output_.str(), HasSubstr("published"));
  EXPECT_THAT(output_.str(), HasSubstr("Ti [31mtle next"));
  EXPECT_THAT(output_.str(), HasSubstr("https://news.example/1"));
  EXPECT_EQ(output_.str().find('\x1b'), std::string::npos);
}

TEST(ParseFromTest, TakesEveryFormAndNamesThemOtherwise) {
  const absl::Time now = absl::FromUnixSeconds(1795300000);
  EXPECT_EQ(ParseFrom("now", now)->start_case(), service::v1::SubscribeRequest::START_NOT_SET);
  EXPECT_TRUE(ParseFrom("beginning", now)->beginning());
  EXPECT_EQ(ParseFrom("2h", now)->time().seconds(), 1795300000 - 7200);
  EXPECT_EQ(ParseFrom("1d2h", now)->time().seconds(), 1795300000 - 26 * 3600);
  EXPECT_EQ(ParseFrom("2026-11-22", now)->time().seconds(), 1795305600);
  EXPECT_EQ(ParseFrom("2026-11-22T01:00:00+01:00", now)->time().seconds(), 1795305600);
  const std::string cursor = feed::Cursor::After(4, 5, now).Encode();
  EXPECT_EQ(ParseFrom(cursor, now)->cursor(), cursor);
  for (const char* wrong : {"", "yesterday", "-2h", "2026-13-01", "AQEAAAAAAAAAKg"}) {
    auto request = ParseFrom(wrong, now);
    EXPECT_EQ(request.status().code(), absl::StatusCode::kInvalidArgument) << wrong;
    EXPECT_THAT(std::string(base::ToStd(request.status().message())), HasSubstr("beginning"));
  }
}

TEST(FeedLineTest, HasEveryFieldInItsOrder) {
  service::v1::CursorItem item;
  item.set_cursor("c");
  *item.mutable_item() = feed::MakeItem(1);
  item.mutable_item()->mutable_envelope()->set_origin(data::v1::ORIGIN_REPLAY);
  *item.mutable_item()->mutable_document()->mutable_published() =
      base::ToProto(absl::FromUnixSeconds(1767500000));
  item.mutable_item()->mutable_document()->add_authors("A. Writer");
  const auto line = FeedLine(item);
  std::vector<std::string> names;
  for (const auto& [name, value] : line.items()) names.push_back(name);
  EXPECT_THAT(names, testing::ElementsAre("cursor", "event", "id", "article_id", "revision",
                                          "cluster_id", "url", "canonical_url", "title", "text",
                                          "author", "date", "language", "site", "score", "related",
                                          "facets", "matches", "origin"));
  EXPECT_EQ(line["event"], "published");
  EXPECT_EQ(line["origin"], "replay");
  EXPECT_EQ(line["date"], "2026-01-04T04:13:20Z");
  EXPECT_EQ(line["score"], 0.9);
  EXPECT_EQ(line["matches"][0]["topic"], "fentanyl-policy");
  item.mutable_item()->mutable_document()->clear_published();
  item.mutable_item()->set_event(data::v1::FEED_EVENT_RETRACTED);
  item.mutable_item()->set_retraction_reason("gone");
  EXPECT_TRUE(FeedLine(item)["date"].is_null());
  EXPECT_EQ(FeedLine(item)["event"], "retracted");
  EXPECT_EQ(FeedLine(item)["retraction_reason"], "gone");
  EXPECT_EQ(FeedLine(item)["retraction_detail"], "");
  EXPECT_THAT(FeedText(item), HasSubstr("why: gone\n"));
  item.mutable_item()->set_retraction_reason("withdrawn");
  item.mutable_item()->set_retraction_detail("wrong\x1bname");
  EXPECT_EQ(FeedLine(item)["retraction_detail"], "wrong\x1bname");
  EXPECT_THAT(FeedText(item), HasSubstr("why: withdrawn (wrong name)\n"));
}

}  // namespace
}  // namespace sluice::cli
