#include "pipeline/base/listen_address.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sluice::base {
namespace {

using ::testing::HasSubstr;

TEST(ListenAddressTest, ReadsNamesAndBothKindsOfAddresses) {
  for (const std::string text : {"127.0.0.1:7070", "localhost:1", "[::1]:65535", "example.org:0"}) {
    const auto address = ParseListenAddress(text);
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(address->ToString(), text);
  }
  EXPECT_EQ(ParseListenAddress("[::1]:80")->host, "::1");
}

TEST(ListenAddressTest, RefusesWhatIsNoAddressAndShowsIt) {
  for (const std::string text :
       {"", "localhost", ":70000", "a:b", "127.0.0.1:65536", "127.0.0.1:-1", "[::1]", "[::1:80"}) {
    const absl::Status status = ParseListenAddress(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
  }
}

TEST(ListenAddressTest, KnowsWhatIsLoopback) {
  for (const std::string text : {"127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1"}) {
    EXPECT_TRUE(ParseListenAddress(text)->IsLoopback()) << text;
  }
  for (const std::string text :
       {"0.0.0.0:1", "example.org:1", "[::]:1", "128.0.0.1:1", "127.example.com:1", "[::1:2]:1"}) {
    EXPECT_FALSE(ParseListenAddress(text)->IsLoopback()) << text;
  }
}

TEST(ListenAddressTest, SaysThatAPortIsInUse) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_GE(listener, 0);
  sockaddr_in bound{};
  bound.sin_family = AF_INET;
  bound.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&bound), sizeof(bound)), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  socklen_t size = sizeof(bound);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&bound), &size), 0);
  const absl::Status status = WhyNotListening({"127.0.0.1", ntohs(bound.sin_port)}, "grpc.listen");
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("grpc.listen"));
  close(listener);
}

}  // namespace
}  // namespace sluice::base
