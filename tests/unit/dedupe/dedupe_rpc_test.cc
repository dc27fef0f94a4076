#include "services/dedupe/dedupe_rpc.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace sluice::dedupe {
namespace {

// The service on a port of its own, and a shard that the test plays.
class DedupeRpcTest : public testing::Test {
 protected:
  DedupeRpcTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = service::v1::DedupeService::NewStub(grpc::CreateChannel(
        "127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  }
  ~DedupeRpcTest() override { server_->Shutdown(); }

  grpc::StatusCode Lookup(const service::v1::LookupRequest& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    response_.Clear();
    return stub_->Lookup(&context, request, &response_).error_code();
  }

  LookupMailbox mailbox_;
  DedupeRpc service_{FingerprintOptions(), mailbox_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<service::v1::DedupeService::Stub> stub_;
  service::v1::LookupResponse response_;
};

TEST_F(DedupeRpcTest, HandsAKnownIdToTheShardAndItsAnswerBack) {
  const base::Hash128 id = base::HashBytes("a");
  mailbox_.Open([&] {
    for (LookupMailbox::Letter& letter : mailbox_.Take()) {
      EXPECT_EQ(letter.id, id);
      Place place;
      place.id = id;
      place.article_id = id;
      place.cluster_id = base::HashBytes("b");
      place.relation = Relation::kCopy;
      place.of = base::HashBytes("b");
      place.similarity = 0.75;
      letter.answer(place);
    }
  });
  service::v1::LookupRequest request;
  request.set_id(id.Hex());
  ASSERT_EQ(Lookup(request), grpc::StatusCode::OK);
  const data::v1::DedupedDocument& decision = response_.decision();
  EXPECT_EQ(decision.envelope().id(), id.Hex());
  EXPECT_EQ(decision.cluster_id(), base::HashBytes("b").Hex());
  EXPECT_EQ(decision.relation(), data::v1::RELATION_COPY);
  EXPECT_EQ(decision.similarity(), 0.75);
}

TEST_F(DedupeRpcTest, HandsATextWithItsFingerprint) {
  mailbox_.Open([&] {
    for (LookupMailbox::Letter& letter : mailbox_.Take()) {
      EXPECT_FALSE(letter.id.has_value());
      EXPECT_EQ(letter.arrival.fingerprint.text.total, 3U);
      EXPECT_EQ(letter.arrival.urls.size(), 1U);
      letter.answer(Place());
    }
  });
  service::v1::LookupRequest request;
  request.set_text("three words here");
  request.set_url("https://x.example/1");
  ASSERT_EQ(Lookup(request), grpc::StatusCode::OK);
  EXPECT_EQ(response_.decision().relation(), data::v1::RELATION_ORIGINAL);
  EXPECT_EQ(response_.decision().cluster_id(), "");
}

TEST_F(DedupeRpcTest, SaysWhatIsWrong) {
  service::v1::LookupRequest request;
  EXPECT_EQ(Lookup(request), grpc::StatusCode::INVALID_ARGUMENT);
  request.set_id("no id");
  EXPECT_EQ(Lookup(request), grpc::StatusCode::INVALID_ARGUMENT);
  request.set_id(base::HashBytes("a").Hex());
  EXPECT_EQ(Lookup(request), grpc::StatusCode::UNAVAILABLE);  // No shard here.
  mailbox_.Open([&] {
    for (LookupMailbox::Letter& letter : mailbox_.Take()) {
      letter.answer(absl::NotFoundError("unknown"));
    }
  });
  EXPECT_EQ(Lookup(request), grpc::StatusCode::NOT_FOUND);
  request.clear_id();
  request.set_text(std::string(DedupeRpc::kTextBytesMax + 1, 'x'));
  EXPECT_EQ(Lookup(request), grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace sluice::dedupe
