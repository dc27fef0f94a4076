#include "services/sluice/page_submission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>

#include "absl/synchronization/mutex.h"
#include "pipeline/base/strings.h"
#include "pipeline/rpc/server.h"
#include "services/sluice/archive_pages.h"
#include "tests/fakes/manual_clock.h"
#include "tests/support/temporary_directory.h"

namespace sluice::cli {
namespace {

using service::v1::SubmitPagesRequest;
using service::v1::SubmitPagesResponse;
using testing::HasSubstr;

// Accepts pages, refuses those whose URL ends in "bad", and ends a stream with `hang_up_with` after
// every `hang_up_after` pages.
class FakeFetch final : public service::v1::FetchService::Service {
 public:
  grpc::Status SubmitPages(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<SubmitPagesResponse, SubmitPagesRequest>* stream) override {
    if (streams_++ < refused_streams) return {hang_up_with, "not yet"};
    SubmitPagesRequest request;
    for (int n = 1; stream->Read(&request); ++n) {
      if (hang_up_after > 0 && n > hang_up_after) return {hang_up_with, "too much to do"};
      {
        absl::MutexLock lock(&mutex);
        pages.push_back(request);
      }
      SubmitPagesResponse response;
      response.mutable_result()->set_url(request.url());
      if (request.url().ends_with("bad")) {
        response.mutable_result()->set_error("no page");
      } else {
        response.mutable_result()->set_id("id of " + request.url());
      }
      stream->Write(response);
    }
    return grpc::Status::OK;
  }

  int refused_streams = 0;  // The first so many.
  int hang_up_after = 0;
  grpc::StatusCode hang_up_with = grpc::RESOURCE_EXHAUSTED;
  absl::Mutex mutex;
  std::vector<SubmitPagesRequest> pages ABSL_GUARDED_BY(mutex);

 private:
  std::atomic<int> streams_ = 0;
};

class PageSubmissionTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = rpc::Server::Create({.listen = "127.0.0.1:0"},
                                      {{service::v1::FetchService::service_full_name(), &fetch_}});
    ASSERT_TRUE(server.ok());
    server_ = *std::move(server);
    options_.client.address = server_->address();
    options_.backoff_min = absl::Milliseconds(1);
    options_.first_patience = absl::Milliseconds(500);
  }
  // Submits pages 0 to `count`; the answers by tag.
  absl::Status Submit(int count, const std::string& suffix = "") {
    PageSubmission submission(options_, clock_);
    int next = 0;
    return submission.Run(
        [&]() -> std::optional<PageSubmission::Page> {
          if (next == count) return std::nullopt;
          PageSubmission::Page page;
          page.tag = static_cast<uint64_t>(next);
          page.request.set_url(fmt::format("https://e.example/{}{}", next++, suffix));
          page.request.set_html(std::string(1000, 'x'));
          most_under_way_ = std::max(most_under_way_, next - static_cast<int>(answers_.size()));
          return page;
        },
        [&](uint64_t tag, const service::v1::SubmitResult& result) {
          EXPECT_EQ(tag, answers_.size());  // In order, each once.
          answers_.push_back(result);
        },
        [&](const absl::Status&) { ++waits_; });
  }

  base::SystemClock clock_;
  FakeFetch fetch_;
  std::unique_ptr<rpc::Server> server_;
  PageSubmission::Options options_;
  std::vector<service::v1::SubmitResult> answers_;
  int most_under_way_ = 0;
  int waits_ = 0;
};

TEST_F(PageSubmissionTest, SendsAllAndReportsEachAnswerInOrder) {
  options_.pages_max = 10;
  ASSERT_TRUE(Submit(1000).ok());
  ASSERT_EQ(answers_.size(), 1000u);
  EXPECT_EQ(answers_[999].id(), "id of https://e.example/999");
  EXPECT_LE(most_under_way_, 11);
}

TEST_F(PageSubmissionTest, NothingToSendIsWell) { EXPECT_TRUE(Submit(0).ok()); }

TEST_F(PageSubmissionTest, ARefusedPageIsAnAnswer) {
  ASSERT_TRUE(Submit(3, "bad").ok());
  EXPECT_EQ(answers_[1].error(), "no page");
}

TEST_F(PageSubmissionTest, APageThatIsTooLargeToBeSentIsRefusedAndTheRestGoesOn) {
  options_.page_bytes_max = 1500;
  PageSubmission submission(options_, clock_);
  int next = 0;
  std::map<uint64_t, std::string> errors;
  const absl::Status status = submission.Run(
      [&]() -> std::optional<PageSubmission::Page> {
        if (next == 4) return std::nullopt;
        PageSubmission::Page page;
        page.tag = static_cast<uint64_t>(next++);
        page.request.set_url("https://e.example/");
        page.request.set_html(std::string(page.tag % 2 == 0 ? 2000 : 1000, 'x'));
        return page;
      },
      [&](uint64_t tag, const service::v1::SubmitResult& result) { errors[tag] = result.error(); },
      [](const absl::Status&) {});
  EXPECT_TRUE(status.ok()) << status;
  ASSERT_EQ(errors.size(), 4u);
  for (const uint64_t tag : {0, 2}) EXPECT_THAT(errors[tag], HasSubstr("at most 1500"));
  for (const uint64_t tag : {1, 3}) EXPECT_EQ(errors[tag], "");
}

TEST_F(PageSubmissionTest, WhatIsNoUtf8DoesNotStopTheRest) {
  ASSERT_TRUE(Submit(3, "\xff").ok());
  ASSERT_EQ(answers_.size(), 3u);
  EXPECT_EQ(answers_[2].url(), "https://e.example/2\uFFFD");
}

TEST_F(PageSubmissionTest, WaitsAndSendsAgainWhenTheServerHasTooMuchToDo) {
  fetch_.hang_up_after = 7;
  ASSERT_TRUE(Submit(100).ok());
  EXPECT_EQ(answers_.size(), 100u);
  EXPECT_GT(waits_, 5);
  std::set<std::string> urls;
  absl::MutexLock lock(&fetch_.mutex);
  for (const auto& page : fetch_.pages) urls.insert(page.url());
  EXPECT_EQ(urls.size(), 100u);
}

TEST_F(PageSubmissionTest, GivesUpAtOnceOnAnErrorThatStays) {
  fetch_.hang_up_after = 7;
  fetch_.hang_up_with = grpc::INVALID_ARGUMENT;
  EXPECT_EQ(Submit(100).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(PageSubmissionTest, GivesUpWhenNobodyAnswersForLong) {
  server_.reset();
  const absl::Status status = Submit(3);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(waits_, 1);
  EXPECT_THAT(std::string(base::ToStd(status.message())), HasSubstr("nobody answers at"));
}

TEST_F(PageSubmissionTest, LosesNoPatienceWhileTheSourceRests) {
  fetch_.refused_streams = 1;
  fakes::ManualClock clock;
  PageSubmission submission(options_, clock);
  int pages = 0;
  int answers = 0;
  const absl::Status status = submission.Run(
      [&]() -> std::optional<PageSubmission::Page> {
        clock.Advance(absl::Hours(1));
        if (pages++ > 0) return std::nullopt;
        PageSubmission::Page page;
        page.request.set_url("https://e.example/1");
        return page;
      },
      [&](uint64_t, const service::v1::SubmitResult&) { ++answers; }, [](const absl::Status&) {});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(answers, 1);
}

class ArchivePagesTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& bytes) {
    std::string path = directory_.Path(name);
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  static std::string Warc(const std::string& type, const std::string& url,
                          const std::string& http) {
    return fmt::format(
        "WARC/1.0\r\nWARC-Type: {}\r\nWARC-Target-URI: {}\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
        "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\n"
        "Content-Type: application/http; msgtype={}\r\nContent-Length: {}\r\n\r\n{}\r\n\r\n",
        type, url, type, http.size(), http);
  }
  static std::string Http(int status, const std::string& type, const std::string& body) {
    return fmt::format("HTTP/1.1 {} X\r\nContent-Type: {}\r\n\r\n{}", status, type, body);
  }
  struct Seen {
    std::vector<SubmitPagesRequest> pages;
    std::vector<std::string> problems;
    int passed_over = 0;
  };
  static Seen ReadAll(const std::string& path,
                      ArchivePages::Format format = ArchivePages::Format::kAuto) {
    Seen seen;
    auto pages = ArchivePages::Open(path, format);
    EXPECT_TRUE(pages.ok()) << pages.status();
    while (pages.ok()) {
      auto event = (*pages)->Next();
      EXPECT_TRUE(event.ok()) << event.status();
      if (!event.ok() || *event == ArchivePages::Event::kEnd) break;
      if (*event == ArchivePages::Event::kPage) seen.pages.push_back((*pages)->TakePage());
      if (*event == ArchivePages::Event::kProblem) seen.problems.push_back((*pages)->problem());
      if (*event == ArchivePages::Event::kPassedOver) ++seen.passed_over;
    }
    return seen;
  }

  const support::TemporaryDirectory directory_;
};

TEST_F(ArchivePagesTest, TakesThePagesOfAWarcAndPassesOverTheRest) {
  const std::string path = Write(
      "a.warc", Warc("request", "https://e.example/1", "GET / HTTP/1.1\r\n\r\n") +
                    Warc("response", "https://e.example/1",
                         Http(200, "text/html; charset=ISO-8859-1", "<p>one</p>")) +
                    Warc("response", "https://e.example/moved", Http(301, "text/html", "moved")) +
                    Warc("response", "https://e.example/i.png", Http(200, "image/png", "png")) +
                    Warc("response", "dns:e.example", "1.2.3.4") +
                    Warc("response", "https://e.example/2", Http(200, "text/plain", "two")));
  const Seen seen = ReadAll(path);
  ASSERT_EQ(seen.pages.size(), 2u);
  EXPECT_EQ(seen.passed_over, 4);
  EXPECT_EQ(seen.pages[0].url(), "https://e.example/1");
  EXPECT_EQ(seen.pages[0].html(), "<p>one</p>");
  EXPECT_EQ(seen.pages[0].content_type(), "text/html");
  EXPECT_EQ(seen.pages[0].charset(), "ISO-8859-1");
  EXPECT_EQ(seen.pages[1].content_type(), "text/plain");
  EXPECT_TRUE(seen.problems.empty());
}

TEST_F(ArchivePagesTest, NamesTheOffsetOfWhatIsCutOffAndKeepsWhatCameBefore) {
  const std::string whole = Warc("response", "https://e.example/1", Http(200, "text/html", "one"));
  const std::string path = Write("cut.warc", whole + whole.substr(0, whole.size() - 20));
  const Seen seen = ReadAll(path);
  EXPECT_EQ(seen.pages.size(), 1u);
  ASSERT_EQ(seen.problems.size(), 1u);
  EXPECT_THAT(seen.problems[0], HasSubstr(fmt::format("offset {}", whole.size())));
}

TEST_F(ArchivePagesTest, TellsProblemsWithoutWhatWouldMoveATerminal) {
  const std::string path =
      Write("a.warc", Warc("response", "https://e.example/\x1b[2J", "no HTTP answer"));
  const Seen seen = ReadAll(path);
  ASSERT_EQ(seen.problems.size(), 1u);
  EXPECT_THAT(seen.problems[0], HasSubstr("https://e.example/ [2J"));
}

TEST_F(ArchivePagesTest, TakesEveryLineOfJsonlAndNamesBadOnes) {
  const std::string path =
      Write("a.jsonl",
            "{\"url\": \"https://e.example/1\", \"html\": \"<p>ä</p>\", \"date\": \"2026-01-02\"}\n"
            "{\"url\": broken\n"
            "{\"url\": \"https://e.example/2\", \"title\": \"T\", \"text\": \"plain\"}\n");
  const Seen seen = ReadAll(path);
  ASSERT_EQ(seen.pages.size(), 2u);
  EXPECT_EQ(seen.pages[0].html(), "<p>ä</p>");
  EXPECT_EQ(seen.pages[0].charset(), "utf-8");
  EXPECT_EQ(seen.pages[0].date().seconds(), 1767312000);
  EXPECT_EQ(seen.pages[1].text(), "plain");
  EXPECT_EQ(seen.pages[1].title(), "T");
  ASSERT_EQ(seen.problems.size(), 1u);
  EXPECT_THAT(seen.problems[0], HasSubstr("line 2"));
}

TEST_F(ArchivePagesTest, TellsTheFormatByItsFirstBytesWhereTheNameDoesNot) {
  EXPECT_EQ(
      ReadAll(Write("one", "{\"url\": \"https://e.example/1\", \"text\": \"x\"}\n")).pages.size(),
      1u);
  EXPECT_EQ(
      ReadAll(Write("two", Warc("response", "https://e.example/1", Http(200, "text/html", "x"))))
          .pages.size(),
      1u);
  EXPECT_EQ(
      ArchivePages::Open(Write("three", "hello"), ArchivePages::Format::kAuto).status().code(),
      absl::StatusCode::kInvalidArgument);
  auto missing = ArchivePages::Open("/no/such.warc", ArchivePages::Format::kAuto);
  EXPECT_THAT(std::string(base::ToStd(missing.status().message())), HasSubstr("/no/such.warc"));
}

}  // namespace
}  // namespace sluice::cli
