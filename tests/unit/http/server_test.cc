#include "pipeline/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "pipeline/base/strings.h"
#include "tests/support/eventually.h"
#include "tests/support/raw_client.h"

namespace sluice::http {
namespace {

using support::RawClient;
using ::testing::HasSubstr;

Response Echo(const Request& request) {
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.headers["X-Test"] = "yes";
  response.body = request.path;
  for (const auto& [name, value] : request.query) {
    response.body += fmt::format(" {}={}", name, value);
  }
  if (auto it = request.headers.find("x-asked"); it != request.headers.end()) {
    response.body += " " + it->second;
  }
  return response;
}

std::unique_ptr<Server> Start(std::vector<Route> routes, Server::Options options = {}) {
  options.listen = "127.0.0.1:0";
  auto server = Server::Create(options, std::move(routes));
  EXPECT_TRUE(server.ok()) << server.status();
  return server.ok() ? *std::move(server) : nullptr;
}

int StatusOf(const Server& server, const std::string& path) {
  httplib::Client client("127.0.0.1", server.port());
  client.set_read_timeout(20);
  const auto answer = client.Get(path);
  return answer ? answer->status : 0;
}

TEST(HttpServerTest, HandsPathQueryAndHeadersToTheRoute) {
  auto server = Start({{"/feed.json", Echo}});
  httplib::Client client("127.0.0.1", server->port());
  auto answer = client.Get("/feed.json?limit=3&topic=a%20b&topic=c", {{"X-Asked", "it"}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "/feed.json limit=3 topic=a b topic=c it");
  EXPECT_EQ(answer->get_header_value("X-Test"), "yes");
  EXPECT_EQ(answer->get_header_value("Content-Type"), "text/html; charset=utf-8");
}

TEST(HttpServerTest, MatchesPathsExactly) {
  auto server = Start({{"/", Echo}, {"/feed.json", Echo}});
  httplib::Client client("127.0.0.1", server->port());
  EXPECT_EQ(client.Get("/")->status, 200);
  EXPECT_EQ(client.Get("/feedxjson")->status, 404);
  EXPECT_EQ(client.Get("/feed.json/x")->status, 404);
  EXPECT_EQ(client.Get("/../etc/passwd")->status, 404);
}

// RFC 9112, 3.2.2.
TEST(HttpServerTest, TakesATargetThatNamesTheServerToo) {
  auto server = Start({{"/", Echo}, {"/page", Echo}});
  for (const auto& [target, body] : {std::pair("http://news.example:7071/page", "/page"),
                                     {"HTTPS://news.example/page?a=b", "/page a=b"},
                                     {"http://news.example", "/"},
                                     {"http://news.example?a=b", "/ a=b"}}) {
    const RawClient client(server->port(), fmt::format("GET {} HTTP/1.1\r\n\r\n", target));
    const std::string answer = client.ReceiveAll();
    EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4), body) << target;
  }
  EXPECT_EQ(StatusOf(*server, "http://news.example/other"), 404);
  EXPECT_EQ(StatusOf(*server, "ftp://news.example/page"), 404);
}

TEST(HttpServerTest, AnswersHead) {
  auto server = Start({{"/", Echo}});
  httplib::Client client("127.0.0.1", server->port());
  auto head = client.Head("/");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_TRUE(head->body.empty());
  EXPECT_FALSE(head->has_header("Accept-Ranges")) << "there are none";
}

// RFC 9110, 15.5.6.
TEST(HttpServerTest, NamesTheMethodsOfAPathToThoseThatUseAnother) {
  auto server = Start({{"/page", Echo}});
  httplib::Client client("127.0.0.1", server->port());
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}) {
    httplib::Request request;
    request.method = method;
    request.path = "/page";
    auto answer = client.send(request);
    ASSERT_TRUE(answer) << method;
    EXPECT_EQ(answer->status, 405) << method;
    EXPECT_EQ(answer->get_header_value("Allow"), "GET, HEAD") << method;
    request.path = "/other";
    auto unknown = client.send(request);
    ASSERT_TRUE(unknown) << method;
    EXPECT_EQ(unknown->status, 404) << method;
    EXPECT_FALSE(unknown->has_header("Allow")) << method;
  }
}

TEST(HttpServerTest, JoinsHeadersOfOneName) {
  auto server = Start({{"/", Echo}});
  httplib::Client client("127.0.0.1", server->port());
  auto answer = client.Get("/", {{"X-Asked", "a"}, {"X-Asked", "b"}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "/ a, b");
}

// RFC 9110, 8.6: it would be taken for that of the page.
TEST(HttpServerTest, StatesNoLengthOfAPageThatHasNotChanged) {
  auto server = Start({{"/", [](const Request&) { return Response{.status = 304}; }}});
  httplib::Client client("127.0.0.1", server->port());
  auto answer = client.Get("/");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 304);
  EXPECT_FALSE(answer->has_header("Content-Length"));
}

// RFC 9110, 14.2.
TEST(HttpServerTest, AnswersWithTheWholePageHoweverManyRangesAreAskedFor) {
  const std::string page(10'000, 'x');
  auto server = Start({{"/", [&](const Request&) { return Response{.body = page}; }}});
  httplib::Client client("127.0.0.1", server->port());
  std::string many = "bytes=0-1";
  while (many.size() < 8000) many += ",0-1";
  for (const std::string& ranges :
       {std::string("bytes=0-9"), std::string("bytes=0-,0-,0-,0-,0-"), std::string("bytes=99999-"),
        std::string("items=0-9"), std::string("bytes="), many}) {
    auto answer = client.Get("/", {{"rANGE", ranges}});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200) << ranges;
    EXPECT_EQ(answer->body, page) << ranges;
  }
}

TEST(HttpServerTest, NamesTheAddressAndTheSettingWhenThePortIsTaken) {
  auto first = Start({});
  auto second = Server::Create({.listen = first->address()}, {});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(base::ToStd(second.status().message())), HasSubstr(first->address()));
  EXPECT_THAT(std::string(base::ToStd(second.status().message())), HasSubstr("http.listen"));
}

TEST(HttpServerTest, AnswersEveryoneWhenMoreAskThanItHasThreads) {
  std::atomic<int> served = 0;
  auto server = Start({{"/",
                        [&](const Request&) {
                          ++served;
                          return Response{};
                        }}},
                      {.threads = 2});
  std::vector<std::jthread> clients;
  std::atomic<int> answered = 0;
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&] {
      httplib::Client client("127.0.0.1", server->port());
      if (auto answer = client.Get("/"); answer && answer->status == 200) ++answered;
    });
  }
  clients.clear();
  EXPECT_EQ(answered, 16);
  EXPECT_EQ(served, 16);
}

TEST(HttpServerTest, ShutdownLetsTheRequestInWorkFinish) {
  absl::Notification in_work;
  absl::Notification release;
  auto server = Start({{"/", [&](const Request&) {
                          in_work.Notify();
                          release.WaitForNotification();
                          Response response;
                          response.body = "whole";
                          return response;
                        }}});
  std::string body;
  std::jthread client([&] {
    httplib::Client c("127.0.0.1", server->port());
    if (auto answer = c.Get("/")) body = answer->body;
  });
  in_work.WaitForNotification();
  std::jthread stopper([&] { server->Shutdown(); });
  release.Notify();
  stopper.join();
  client.join();
  EXPECT_EQ(body, "whole");
}

Response Large(const Request& /*request*/) { return {.body = std::string(64 << 20, 'x')}; }

using SlowClients = std::vector<std::unique_ptr<RawClient>>;

SlowClients Connect(int count, const Server& server, std::string_view request) {
  SlowClients clients;
  for (int i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port(), request));
  }
  return clients;
}

constexpr std::string_view kUnended = "GET /page HTTP/1.1\r\nX: ";
constexpr absl::Duration kForEver = absl::Hours(1);

TEST(HttpServerTest, AnswersBesideClientsThatSendSlowly) {
  const auto server = Start({{"/page", Echo}}, {.threads = 1, .head_time_max = kForEver});
  const SlowClients slow = Connect(20, *server, kUnended);
  EXPECT_EQ(StatusOf(*server, "/page"), 200);
  slow[7]->Send("x\r\n\r\n");
  EXPECT_FALSE(slow[7]->IsClosed()) << "it has ended its request, and is answered";
}

TEST(HttpServerTest, ClosesAConnectionWhoseRequestIsNotWholeInTime) {
  const auto server = Start({{"/page", Echo}}, {.head_time_max = absl::Milliseconds(50)});
  EXPECT_TRUE(RawClient(server->port(), kUnended).IsClosed());
}

// What is sent with a request is of no interest: kept, it would fill the memory.
TEST(HttpServerTest, AnswersBeforeTheBodyOfARequestHasCome) {
  const auto server = Start({{.path = "/livez", .handler = Echo, .probe = true}},
                            {.pause_max = kForEver, .answer_time_max = kForEver});
  for (const char* body : {"Content-Length: 1000", "Transfer-Encoding: chunked", "X: y"}) {
    const RawClient slow(server->port(), fmt::format("POST /livez HTTP/1.1\r\n{}\r\n\r\n", body));
    EXPECT_EQ(slow.ReceiveAll().substr(0, 12), "HTTP/1.1 405") << body;
  }
}

TEST(HttpServerTest, RefusesAHeadThatHasNoEnd) {
  const auto server =
      Start({{"/page", Echo}}, {.pause_max = kForEver, .answer_time_max = kForEver});
  const RawClient slow(server->port(),
                       fmt::format("GET /page HTTP/1.1\r\nX: {}\r\n", std::string(4000, 'x')));
  for (int i = 0; i < 4; ++i) slow.Send(fmt::format("X: {}\r\n", std::string(4000, 'x')));
  EXPECT_EQ(slow.ReceiveAll().substr(0, 12), "HTTP/1.1 400");
}

TEST(HttpServerTest, ClosesTheOldestOfTooManyConnections) {
  const auto server = Start({{"/page", Echo}}, {.connections_max = 10, .head_time_max = kForEver});
  const SlowClients slow = Connect(30, *server, kUnended);
  EXPECT_EQ(StatusOf(*server, "/page"), 200);
  EXPECT_TRUE(slow.front()->IsClosed());
  slow.back()->Send("x\r\n\r\n");
  EXPECT_FALSE(slow.back()->IsClosed());
}

// Clients that take nothing of an answer hold all threads but that of the probes.
TEST(HttpServerTest, AnswersAProbeBesideClientsThatTakeTheirAnswersSlowly) {
  absl::BlockingCounter in_work(2);
  const auto server = Start({{"/large",
                              [&](const Request& request) {
                                in_work.DecrementCount();
                                return Large(request);
                              }},
                             {"/page", Echo},
                             {.path = "/livez", .handler = Echo, .probe = true}},
                            {.threads = 2, .pause_max = kForEver, .answer_time_max = kForEver});
  const SlowClients slow = Connect(2, *server, "GET /large HTTP/1.1\r\n\r\n");
  in_work.Wait();
  const SlowClients waiting = Connect(3, *server, "GET /page HTTP/1.1\r\n\r\n");
  EXPECT_EQ(StatusOf(*server, "/livez"), 200);
  EXPECT_EQ(StatusOf(*server, "/livez?verbose"), 200);
}

TEST(HttpServerTest, EndsAnAnswerThatIsNotTakenInTime) {
  const auto server =
      Start({{"/large", Large}, {"/page", Echo}},
            {.threads = 2, .pause_max = kForEver, .answer_time_max = absl::Milliseconds(200)});
  const SlowClients slow = Connect(2, *server, "GET /large HTTP/1.1\r\n\r\n");
  EXPECT_EQ(StatusOf(*server, "/page"), 200);
}

TEST(HttpServerTest, EndsAnAnswerOfWhichNothingIsTakenForLong) {
  const auto server =
      Start({{"/large", Large}, {"/page", Echo}},
            {.threads = 2, .pause_max = absl::Milliseconds(200), .answer_time_max = kForEver});
  const SlowClients slow = Connect(2, *server, "GET /large HTTP/1.1\r\n\r\n");
  EXPECT_EQ(StatusOf(*server, "/page"), 200);
}

// RFC 9112, 9.6: one that is reset while it sends does not look for its answer.
TEST(HttpServerTest, AnswersThoseWhoSendABodyWhole) {
  const auto server = Start({{"/page", Echo}}, {.leave_time_max = kForEver});
  const std::string head = fmt::format("POST /page HTTP/1.1\r\nContent-Length: {}\r\n", 8 << 20);
  for (const char* expect : {"", "Expect: 100-continue\r\n"}) {
    const RawClient client(server->port(), fmt::format("{}{}\r\n", head, expect));
    EXPECT_TRUE(client.Send(std::string(8 << 20, 'x'))) << expect;
    EXPECT_EQ(client.ReceiveAll().substr(0, 12), "HTTP/1.1 405") << expect;
  }
}

TEST(HttpServerTest, CutsThoseWhoSendWithoutEndBehindTheirRequest) {
  const auto server =
      Start({{"/page", Echo}}, {.leave_time_max = kForEver, .leave_bytes_max = 1 << 20});
  const RawClient client(server->port(), "GET /page HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.ReceiveAll().substr(0, 12), "HTTP/1.1 200");
  EXPECT_FALSE(client.Send(std::string(64 << 20, 'x')));
}

TEST(HttpServerTest, CutsThoseWhoStayAfterTheirAnswer) {
  const auto server = Start({{"/page", Echo}}, {.leave_time_max = absl::Milliseconds(50)});
  const RawClient client(server->port(), "GET /page HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.ReceiveAll().substr(0, 12), "HTTP/1.1 200");
  EXPECT_TRUE(support::Eventually([&] { return !client.Send("x"); }));
}

TEST(HttpServerTest, ThoseWhoStayAfterTheirAnswerTakeNobodysPlace) {
  const auto server =
      Start({{"/page", Echo}},
            {.connections_max = 10, .head_time_max = kForEver, .leave_time_max = kForEver});
  const RawClient slow(server->port(), kUnended);
  SlowClients staying;
  while (staying.size() < 30) {
    staying.push_back(std::make_unique<RawClient>(server->port(), "GET /page HTTP/1.1\r\n\r\n"));
    EXPECT_EQ(staying.back()->ReceiveAll().substr(0, 12), "HTTP/1.1 200");
  }
  EXPECT_TRUE(support::Eventually([&] { return !staying.front()->Send("x"); }));
  slow.Send("x\r\n\r\n");
  EXPECT_EQ(slow.ReceiveAll().substr(0, 12), "HTTP/1.1 200");
}

TEST(HttpServerTest, ShutdownWaitsForNobodyWhoIsNotBeingAnswered) {
  auto server = Start({{"/page", Echo}}, {.head_time_max = kForEver, .leave_time_max = kForEver});
  const RawClient silent(server->port());
  const RawClient slow(server->port(), kUnended);
  const RawClient staying(server->port(), "GET /page HTTP/1.1\r\n\r\n");
  staying.ReceiveAll();
  server->Shutdown();
  EXPECT_TRUE(silent.IsClosed());
  EXPECT_TRUE(slow.IsClosed());
}

TEST(HttpServerTest, CanBeStoppedAtOnce) {
  for (int i = 0; i < 20; ++i) Start({});
}

}  // namespace
}  // namespace sluice::http
