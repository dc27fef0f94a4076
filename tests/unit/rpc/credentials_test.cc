#include "pipeline/rpc/credentials.h"

#include <gmock/gmock.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "pipeline/rpc/server.h"
#include "sluice/service/v1/feed.grpc.pb.h"
#include "tests/support/test_certificates.h"

namespace sluice::rpc {
namespace {

using security::Scope;
using service::v1::FeedService;

const std::string kReader = "reader-0123456789abcdef0123456789";
const std::string kStranger = "stranger-0123456789abcdef0123456789";

constexpr security::MethodScope kTable[] = {
    {"/sluice.service.v1.FeedService/Get", Scope::kRead},
    {"/sluice.service.v1.FeedService/Subscribe", Scope::kRead},
    {"/grpc.health.v1.Health/Check", Scope::kOpen}};

class Nobody final : public security::AccessObserver {
  void Refused(std::string_view /*reason*/) override {}
};

// Methods of two kinds, as the real one has them; counts who gets through to them.
class Feed final : public FeedService::WithRawCallbackMethod_Subscribe<
                       FeedService::WithCallbackMethod_Get<FeedService::Service>> {
 public:
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Subscribe(
      grpc::CallbackServerContext* /*context*/, const grpc::ByteBuffer* /*bytes*/) override {
    class Ended final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
     public:
      Ended() { Finish(grpc::Status::OK); }
      void OnDone() override { delete this; }
    };
    ++calls;
    return new Ended;
  }

  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context,
                                const service::v1::GetRequest* /*request*/,
                                service::v1::GetResponse* /*response*/) override {
    ++calls;
    saw_token = context->client_metadata().contains("authorization");
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  std::atomic<int> calls = 0;
  std::atomic<bool> saw_token = false;
};

class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() { authority_.Issue(directory_.path(), "server"); }

  security::CertificateFiles Files(std::string authorities = "") const {
    return {.certificate = directory_.Path("tls.crt"),
            .key = directory_.Path("tls.key"),
            .authorities = std::move(authorities),
            .refresh = absl::Seconds(1)};
  }

  void Serve(const security::CertificateFiles& files, const security::Access* access) {
    auto server = Server::Create(
        {.listen = "127.0.0.1:0", .credentials = MakeServerCredentials(files, access)},
        {{FeedService::service_full_name(), &feed_}});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  // Over a connection of its own.
  std::unique_ptr<FeedService::Stub> Stub(
      const std::shared_ptr<grpc::ChannelCredentials>& credentials) const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return FeedService::NewStub(
        grpc::CreateCustomChannel(server_->address(), credentials, arguments));
  }

  static void Prepare(grpc::ClientContext& context, const std::vector<std::string>& headers) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    for (const std::string& header : headers) context.AddMetadata("authorization", header);
  }

  grpc::StatusCode Get(const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                       const std::vector<std::string>& headers = {}) const {
    grpc::ClientContext context;
    Prepare(context, headers);
    service::v1::GetResponse response;
    return Stub(credentials)->Get(&context, {}, &response).error_code();
  }

  grpc::StatusCode Subscribe(const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                             const std::vector<std::string>& headers = {}) const {
    grpc::ClientContext context;
    Prepare(context, headers);
    const auto stub = Stub(credentials);
    const auto stream = stub->Subscribe(&context, {});
    service::v1::SubscribeResponse response;
    while (stream->Read(&response)) {
    }
    return stream->Finish().error_code();
  }

  static std::shared_ptr<grpc::ChannelCredentials> Trusting(const support::TestAuthority& authority,
                                                            const std::string& own_folder = "") {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = support::ReadFile(authority.certificate());
    if (!own_folder.empty()) {
      options.pem_cert_chain = support::ReadFile(own_folder + "/tls.crt");
      options.pem_private_key = support::ReadFile(own_folder + "/tls.key");
    }
    return grpc::SslCredentials(options);
  }

  const std::shared_ptr<grpc::ChannelCredentials> plain_ = grpc::InsecureChannelCredentials();
  const support::TestAuthority authority_;
  const support::TestAuthority stranger_;
  const support::TemporaryDirectory directory_;
  const std::unique_ptr<security::Tokens> tokens_ = *security::Tokens::Create(
      {{.scope = Scope::kRead, .setting = "read", .values = {kReader}, .file = {}}});
  Nobody nobody_;
  const security::Access access_{kTable, *tokens_, nobody_};
  Feed feed_;
  std::unique_ptr<Server> server_;
};

TEST_F(CredentialsTest, WithoutAnythingEverybodyMayCall) {
  Serve({}, nullptr);
  EXPECT_EQ(Get(plain_), grpc::StatusCode::OK);
  EXPECT_EQ(Subscribe(plain_), grpc::StatusCode::OK);
}

TEST_F(CredentialsTest, AMethodOfEitherKindIsGuardedByItsToken) {
  for (const bool tls : {false, true}) {
    Serve(tls ? Files() : security::CertificateFiles(), &access_);
    const auto credentials = tls ? Trusting(authority_) : plain_;
    EXPECT_EQ(Get(credentials), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(Subscribe(credentials), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(Get(credentials, {"Bearer " + kStranger}), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(Subscribe(credentials, {"Bearer " + kStranger}), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(feed_.calls, 0);
    EXPECT_EQ(Get(credentials, {"Bearer " + kReader}), grpc::StatusCode::OK);
    EXPECT_EQ(Subscribe(credentials, {"Bearer " + kReader}), grpc::StatusCode::OK);
    EXPECT_EQ(feed_.calls, 2);
    feed_.calls = 0;
  }
}

TEST_F(CredentialsTest, AMethodThatNobodyHostsIsGuardedToo) {
  Serve({}, &access_);
  grpc::ClientContext context;
  Prepare(context, {"Bearer " + kReader});
  service::v1::ListResponse response;
  EXPECT_EQ(Stub(plain_)->List(&context, {}, &response).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(CredentialsTest, HandlersDoNotSeeTokens) {
  Serve({}, &access_);
  EXPECT_EQ(Get(plain_, {"Bearer " + kReader}), grpc::StatusCode::OK);
  EXPECT_FALSE(feed_.saw_token);
}

TEST_F(CredentialsTest, OfTwoTokensNoneCounts) {
  Serve({}, &access_);
  EXPECT_EQ(Get(plain_, {"Bearer " + kStranger, "Bearer " + kReader}),
            grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Get(plain_, {"Bearer " + kReader, "Bearer " + kReader}),
            grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(CredentialsTest, TlsIsForThoseWhoTrustTheAuthority) {
  Serve(Files(), nullptr);
  EXPECT_EQ(Get(Trusting(authority_)), grpc::StatusCode::OK);
  EXPECT_EQ(Get(Trusting(stranger_)), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Get(plain_), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(CredentialsTest, MutualTlsIsForThoseWhomTheAuthorityHasSigned) {
  Serve(Files(authority_.certificate()), nullptr);
  const support::TemporaryDirectory client;
  authority_.Issue(client.path(), "client");
  EXPECT_EQ(Get(Trusting(authority_, client.path())), grpc::StatusCode::OK);
  EXPECT_EQ(Get(Trusting(authority_)), grpc::StatusCode::UNAVAILABLE);
  stranger_.Issue(client.path(), "client");
  EXPECT_EQ(Get(Trusting(authority_, client.path())), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(feed_.calls, 1);
}

TEST_F(CredentialsTest, ServesCertificatesThatHaveReplacedOthers) {
  Serve(Files(), nullptr);
  EXPECT_EQ(Get(Trusting(authority_)), grpc::StatusCode::OK);
  stranger_.Issue(directory_.path(), "server");
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (Get(Trusting(stranger_)) != grpc::StatusCode::OK && absl::Now() < deadline) {
  }
  EXPECT_EQ(Get(Trusting(stranger_)), grpc::StatusCode::OK);
  EXPECT_EQ(Get(Trusting(authority_)), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(CredentialsTest, ServesAgainOnceACertificateThatCannotBeUsedIsMended) {
  Serve(Files(), nullptr);
  const auto await = [this](grpc::StatusCode expected) {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    grpc::StatusCode code;
    do {
      code = Get(Trusting(authority_));
    } while (code != expected && absl::Now() < deadline);
    return code;
  };
  const std::string certificate = support::ReadFile(directory_.Path("tls.crt"));
  support::WriteFile(directory_.Path("tls.crt"), "no certificate");
  EXPECT_EQ(await(grpc::StatusCode::UNAVAILABLE), grpc::StatusCode::UNAVAILABLE);
  support::WriteFile(directory_.Path("tls.crt"), certificate);
  EXPECT_EQ(await(grpc::StatusCode::OK), grpc::StatusCode::OK);
}

}  // namespace
}  // namespace sluice::rpc
