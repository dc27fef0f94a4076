#include <gtest/gtest.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "pipeline/http/server.h"
#include "tests/support/test_certificates.h"

namespace sluice::http {
namespace {

class HttpTlsTest : public testing::Test {
 protected:
  HttpTlsTest() { authority_.Issue(directory_.path(), "server"); }

  Server::Options Options() const {
    return {.listen = "127.0.0.1:0",
            .certificates = {.certificate = directory_.Path("tls.crt"),
                             .key = directory_.Path("tls.key"),
                             .authorities = {},
                             .refresh = absl::ZeroDuration()}};
  }

  void Serve(const Server::Options& options) {
    auto server = Server::Create(
        options, {{"/page", [this](const Request&) { return Response{.body = body_}; }}});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  // The body; empty where there was none.
  std::string Get(const support::TestAuthority& authority) const {
    httplib::SSLClient client("127.0.0.1", server_->port());
    client.set_ca_cert_path(authority.certificate().c_str());
    const auto answer = client.Get("/page");
    return answer ? answer->body : "";
  }

  const support::TestAuthority authority_;
  const support::TestAuthority stranger_;
  const support::TemporaryDirectory directory_;
  std::string body_ = "hello";
  std::unique_ptr<Server> server_;
};

TEST_F(HttpTlsTest, AnswersThoseWhoTrustTheAuthority) {
  Serve(Options());
  EXPECT_EQ(Get(authority_), "hello");
  EXPECT_EQ(Get(stranger_), "");
  httplib::Client plain("127.0.0.1", server_->port());
  EXPECT_FALSE(plain.Get("/page"));
  EXPECT_EQ(Get(authority_), "hello");
}

TEST_F(HttpTlsTest, SendsALargeAnswerWhole) {
  body_ = std::string(5 << 20, 'x');
  Serve(Options());
  EXPECT_EQ(Get(authority_), body_);
}

TEST_F(HttpTlsTest, AnswersThoseWhoSendABodyWhole) {
  Serve(Options());
  httplib::SSLClient client("127.0.0.1", server_->port());
  client.set_ca_cert_path(authority_.certificate().c_str());
  const auto answer = client.Post("/page", std::string(8 << 20, 'x'), "text/plain");
  ASSERT_TRUE(answer) << httplib::to_string(answer.error());
  EXPECT_EQ(answer->status, 405);
}

TEST_F(HttpTlsTest, ServesCertificatesThatHaveReplacedOthers) {
  Serve(Options());
  EXPECT_EQ(Get(authority_), "hello");
  stranger_.Issue(directory_.path(), "server");
  EXPECT_EQ(Get(stranger_), "hello");
  support::WriteFile(directory_.Path("tls.key"), "no key");
  EXPECT_EQ(Get(stranger_), "hello");
}

TEST_F(HttpTlsTest, AClientThatNeverShakesHandsIsCutOff) {
  Server::Options options = Options();
  options.head_time_max = absl::Milliseconds(500);
  Serve(options);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(server_->port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  char byte = 0;
  EXPECT_LE(recv(fd, &byte, 1, 0), 0);
  close(fd);
  EXPECT_EQ(Get(authority_), "hello");
}

TEST_F(HttpTlsTest, RefusesFilesThatCannotBeUsed) {
  Server::Options options = Options();
  options.certificates.key = options.certificates.certificate;
  EXPECT_TRUE(absl::IsInvalidArgument(Server::Create(options, {}).status()));
}

}  // namespace
}  // namespace sluice::http
