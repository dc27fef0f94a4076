#include "pipeline/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
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

// A client that never ends what it asks, or never takes what it asked for.
class SlowClient {
 public:
  SlowClient(int port, std::string_view request) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int little = 4096;
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    Send(request);
  }
  ~SlowClient() { close(socket_); }
  SlowClient(const SlowClient&) = delete;
  SlowClient& operator=(const SlowClient&) = delete;

  void Send(std::string_view bytes) const {
    send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void TakeAByte() const {
    char byte = 0;
    recv(socket_, &byte, 1, MSG_DONTWAIT);
  }

 private:
  const int socket_;
};

// Each piece comes in time, so that only the time of the whole request ends it.
void ExpectAnAnswerBeside(std::string_view request,
                          const std::function<void(SlowClient&)>& dribble) {
  auto server = Start(
      {{"/large", [](const Request&) { return Response{.body = std::string(64 << 20, 'x')}; }},
       {"/livez", Echo}},
      {.threads = 4, .request_time_max = absl::Seconds(1)});
  std::vector<std::unique_ptr<SlowClient>> slow;
  for (int i = 0; i < 4; ++i) slow.push_back(std::make_unique<SlowClient>(server->port(), request));
  absl::Notification answered;
  std::jthread dribbler([&] {
    do {
      for (const auto& client : slow) dribble(*client);
    } while (!answered.WaitForNotificationWithTimeout(absl::Milliseconds(50)));
  });
  httplib::Client probe("127.0.0.1", server->port());
  probe.set_read_timeout(60);
  const auto answer = probe.Get("/livez");
  answered.Notify();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
}

TEST(HttpServerTest, AnswersAProbeBesideClientsThatSendAByteAtATime) {
  ExpectAnAnswerBeside("GET /livez HTTP/1.1\r\nX: ", [](SlowClient& client) { client.Send("x"); });
}

TEST(HttpServerTest, AnswersAProbeBesideClientsThatTakeAByteAtATime) {
  ExpectAnAnswerBeside("GET /large HTTP/1.1\r\n\r\n",
                       [](SlowClient& client) { client.TakeAByte(); });
}

TEST(HttpServerTest, CanBeStoppedAtOnce) {
  for (int i = 0; i < 20; ++i) Start({});
}

}  // namespace
}  // namespace sluice::http
