#include "services/sluice/ports.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "pipeline/base/strings.h"
#include "tests/support/test_certificates.h"

namespace sluice::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kToken = "reader-0123456789abcdef0123456789";
constexpr char kLoopback[] =
    "grpc {listen: '127.0.0.1:0' admin_listen: '127.0.0.1:0'} http {listen: '127.0.0.1:0'} ";
constexpr char kOutside[] =
    "grpc {listen: '0.0.0.0:7070' admin_listen: '127.0.0.1:7072'} http {listen: '0.0.0.0:7071'} ";

class PortsTest : public testing::Test, public security::AccessObserver {
 protected:
  PortsTest() { authority_.Issue(directory_.path(), "server"); }

  void Refused(std::string_view /*reason*/) override {}

  std::string Files() const {
    return fmt::format("certificate: '{}' key: '{}'", directory_.Path("tls.crt"),
                       directory_.Path("tls.key"));
  }
  static std::string WithToken() { return fmt::format("grpc {{tokens {{read: '{}'}}}} ", kToken); }
  std::string WithTls() const { return fmt::format("grpc {{tls {{{}}}}} ", Files()); }
  std::string WithHttpTls() const { return fmt::format("http {{tls {{{}}}}} ", Files()); }

  absl::StatusOr<std::unique_ptr<Ports>> Create(const std::string& text) {
    config_.Clear();
    EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(text, &config_)) << text;
    return Ports::Create(config_, *this);
  }

  std::string Error(const std::string& text) {
    const absl::Status status = Create(text).status();
    EXPECT_FALSE(status.ok()) << text;
    return std::string(base::ToStd(status.message()));
  }

  const support::TestAuthority authority_;
  const support::TemporaryDirectory directory_;
  config::v1::Config config_;
};

http::Response Page(const http::Request& /*request*/) { return {.body = "page"}; }

int Ask(const Ports& ports, const std::string& authorization) {
  const std::vector<http::Route> routes = ports.Guard({{"/", Page}});
  if (routes.empty()) return 404;
  http::Request request{.path = "/", .query = {}, .headers = {}};
  if (!authorization.empty()) request.headers.emplace("authorization", authorization);
  return routes[0].handler(request).status;
}

TEST_F(PortsTest, WithoutTokensNothingIsAskedForAndWhatIsOpenOutsideIsTold) {
  const auto inside = Create(kLoopback);
  ASSERT_TRUE(inside.ok()) << inside.status();
  EXPECT_EQ(Ask(**inside, ""), 200);
  EXPECT_THAT((*inside)->Warnings(), IsEmpty());
  const auto outside = Create(kOutside);
  ASSERT_TRUE(outside.ok());
  EXPECT_THAT((*outside)->Warnings(),
              ElementsAre(testing::AllOf(HasSubstr("grpc.listen 0.0.0.0:7070"),
                                         HasSubstr("set grpc.tls and grpc.tokens"))));
  const auto both = Create(std::string(kOutside) + "grpc {admin_listen: '0.0.0.0:7070'}");
  ASSERT_TRUE(both.ok());
  EXPECT_THAT((*both)->Warnings(), ElementsAre(HasSubstr("stop all")));
  const auto encrypted = Create(kOutside + WithTls());
  ASSERT_TRUE(encrypted.ok()) << encrypted.status();
  EXPECT_THAT((*encrypted)->Warnings(), ElementsAre(HasSubstr("set grpc.tokens")));
}

TEST_F(PortsTest, WhatIsGuardedIsNotWarnedOf) {
  const auto tokens = Create(kOutside + WithTls() + WithHttpTls() + WithToken());
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  EXPECT_THAT((*tokens)->Warnings(), IsEmpty());
  const auto mutual = Create(fmt::format("{}{}grpc {{tls {{client_ca: '{}'}}}}", kOutside,
                                         WithTls(), authority_.certificate()));
  ASSERT_TRUE(mutual.ok()) << mutual.status();
  EXPECT_THAT((*mutual)->Warnings(), IsEmpty());
}

TEST_F(PortsTest, TokensAreTakenOutOfTheConfiguration) {
  ASSERT_TRUE(Create(kLoopback + WithToken()).ok());
  EXPECT_THAT(config_.DebugString(), Not(HasSubstr(kToken)));
}

TEST_F(PortsTest, TokensDoNotPassInPlainTextBeyondTheMachine) {
  EXPECT_THAT(Error(kOutside + WithToken()),
              HasSubstr("in plain text at grpc.listen 0.0.0.0:7070"));
  EXPECT_THAT(Error(kOutside + WithToken() + WithTls()), HasSubstr("http.listen 0.0.0.0:7071"));
  for (const char* pages : {"none", "open"}) {
    EXPECT_TRUE(
        Create(fmt::format("{}{}{}http {{pages: '{}'}}", kOutside, WithToken(), WithTls(), pages))
            .ok());
  }
}

TEST_F(PortsTest, PagesAreForTokensWhereThereAreAny) {
  const auto ports = Create(kLoopback + WithToken());
  ASSERT_TRUE(ports.ok()) << ports.status();
  EXPECT_EQ(Ask(**ports, ""), 401);
  EXPECT_EQ(Ask(**ports, "Bearer " + kToken), 200);
  EXPECT_EQ(Ask(**ports, "Basic " + absl::Base64Escape("me:" + kToken)), 200);
  EXPECT_EQ(Ask(**ports, "Bearer " + kToken + "x"), 401);
}

TEST_F(PortsTest, PagesMayBeOpenOrNone) {
  const auto open = Create(kLoopback + WithToken() + "http {pages: 'open'}");
  ASSERT_TRUE(open.ok());
  EXPECT_EQ(Ask(**open, ""), 200);
  const auto none = Create(std::string(kLoopback) + "http {pages: 'none'}");
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(Ask(**none, "Bearer " + kToken), 404);
}

TEST_F(PortsTest, MistakesAreNamed) {
  const std::string inside = kLoopback;
  EXPECT_THAT(Error(inside + "http {pages: 'closed'}"), HasSubstr("http.pages is \"closed\""));
  EXPECT_THAT(Error(inside + "http {pages: 'token'}"), HasSubstr("no grpc.tokens"));
  EXPECT_THAT(Error(inside + "grpc {tokens {}}"), HasSubstr("grpc.tokens has no token"));
  EXPECT_THAT(Error(inside + "grpc {tokens {submit: 'short'}}"),
              testing::AllOf(HasSubstr("grpc.tokens.submit[0]"), HasSubstr("32 to 1024")));
  EXPECT_THAT(Error(inside + "grpc {tokens {admin_file: '/no/such'}}"),
              HasSubstr("grpc.tokens.admin_file /no/such"));
  EXPECT_THAT(Error(inside + "grpc {tls {certificate: '/no/such'}}"),
              HasSubstr("grpc.tls.certificate and grpc.tls.key"));
  EXPECT_THAT(Error(inside + "http {tls {certificate: '/no/such' key: '/no/such'}}"),
              HasSubstr("http.tls: /no/such cannot be read"));
  EXPECT_THAT(Error(inside + WithTls() + "grpc {tls {client_ca: '/no/such'}}"),
              HasSubstr("grpc.tls: /no/such cannot be read"));
}

}  // namespace
}  // namespace sluice::cli
