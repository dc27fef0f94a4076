#include "pipeline/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "pipeline/base/strings.h"

namespace sluice::http {
namespace {

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

TEST(HttpServerTest, HandsPathQueryAndHeadersToTheRoute) {
  auto server = Start({{"/feed.json", Echo}});
  httplib::Client client("127.0.0.1", server->port());
  auto answer = client.Get("/feed.json?limit=3&topic=a%20b", {{"X-Asked", "it"}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "/feed.json limit=3 topic=a b it");
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

TEST(HttpServerTest, AnswersHeadAndRefusesToBeWrittenTo) {
  auto server = Start({{"/", Echo}});
  httplib::Client client("127.0.0.1", server->port());
  auto head = client.Head("/");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_TRUE(head->body.empty());
  auto post = client.Post("/", "x", "text/plain");
  ASSERT_TRUE(post);
  EXPECT_GE(post->status, 400);
}

TEST(HttpServerTest, NamesTheAddressAndTheSettingWhenThePortIsTaken) {
  auto first = Start({});
  auto second = Server::Create({.listen = first->address()}, {});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(base::ToStd(second.status().message())), HasSubstr(first->address()));
  EXPECT_THAT(std::string(base::ToStd(second.status().message())), HasSubstr("http.listen"));
}

TEST(HttpServerTest, AnswersEveryoneWhenMoreAskThanItHasThreadsAndQueue) {
  std::atomic<int> served = 0;
  auto server = Start({{"/",
                        [&](const Request&) {
                          ++served;
                          return Response{};
                        }}},
                      {.threads = 2, .queue_max = 1});
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

TEST(HttpServerTest, CanBeStoppedAtOnce) {
  for (int i = 0; i < 20; ++i) Start({});
}

}  // namespace
}  // namespace sluice::http
