#include "services/dedupe/dedupe_rpc.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "pipeline/base/proto_time.h"
#include "services/dedupe/page_address.h"

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

  grpc::StatusCode ListWithdrawn(const service::v1::ListWithdrawnRequest& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    listed_.Clear();
    return stub_->ListWithdrawn(&context, request, &listed_).error_code();
  }

  LookupMailbox mailbox_;
  DedupeRpc service_{FingerprintOptions(), mailbox_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<service::v1::DedupeService::Stub> stub_;
  service::v1::LookupResponse response_;
  service::v1::ListWithdrawnResponse listed_;
};

TEST_F(DedupeRpcTest, HandsAKnownIdToTheShardAndItsAnswerBack) {
  const base::Hash128 id = base::HashBytes("a");
  mailbox_.Open([&] {
    for (LookupMailbox::Letter& letter : mailbox_.Take()) {
      auto& lookup = std::get<LookupMailbox::Lookup>(letter);
      EXPECT_EQ(lookup.id, id);
      Place place;
      place.id = id;
      place.article_id = id;
      place.cluster_id = base::HashBytes("b");
      place.relation = Relation::kCopy;
      place.of = base::HashBytes("b");
      place.similarity = 0.75;
      lookup.answer(place);
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
      auto& lookup = std::get<LookupMailbox::Lookup>(letter);
      EXPECT_FALSE(lookup.id.has_value());
      EXPECT_EQ(lookup.arrival.fingerprint.text.total, 3U);
      EXPECT_EQ(lookup.arrival.urls, std::vector<uint64_t>{HashUrl("https://news.x.example/1")});
      EXPECT_EQ(lookup.arrival.site, HashSite("x.example"));
      lookup.answer(Place());
    }
  });
  service::v1::LookupRequest request;
  request.set_text("three words here");
  request.set_url("https://news.x.example/1?utm_source=mail");
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
      std::get<LookupMailbox::Lookup>(letter).answer(absl::NotFoundError("unknown"));
    }
  });
  EXPECT_EQ(Lookup(request), grpc::StatusCode::NOT_FOUND);
  request.clear_id();
  request.set_text(std::string(DedupeRpc::kTextBytesMax + 1, 'x'));
  EXPECT_EQ(Lookup(request), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(DedupeRpcTest, ListsWhatIsWithdrawnPageByPage) {
  const absl::Time since = absl::FromUnixNanos(1'767'600'000'123'456'789);
  std::vector<Withdrawals::ListQuery> queries;
  mailbox_.Open([&] {
    for (LookupMailbox::Letter& letter : mailbox_.Take()) {
      auto& listing = std::get<LookupMailbox::Listing>(letter);
      queries.push_back(listing.query);
      Withdrawals::ListPage page;
      page.rows.push_back(
          {.url = "https://x.example/1",
           .reason = "wrong name",
           .since = since,
           .article = Withdrawn::Article{.id = base::HashBytes("a"), .cluster_id = {}}});
      page.rows.push_back(
          {.url = "https://x.example/2", .reason = "", .since = since, .article = {}});
      if (queries.size() == 1) page.next = {.since = since, .url = ~uint64_t{0}};
      listing.answer(std::move(page));
    }
  });
  service::v1::ListWithdrawnRequest request;
  ASSERT_EQ(ListWithdrawn(request), grpc::StatusCode::OK);
  ASSERT_EQ(listed_.withdrawn_size(), 2);
  EXPECT_EQ(listed_.withdrawn(0).url(), "https://x.example/1");
  EXPECT_EQ(listed_.withdrawn(0).reason(), "wrong name");
  EXPECT_EQ(base::FromProto(listed_.withdrawn(0).since()), since);
  EXPECT_EQ(listed_.withdrawn(0).article_id(), base::HashBytes("a").Hex());
  EXPECT_EQ(listed_.withdrawn(1).article_id(), "");
  EXPECT_EQ(queries.at(0).rows_max, DedupeRpc::kPageRows);
  EXPECT_FALSE(queries.at(0).after.has_value());

  request.set_page_token(listed_.next_page_token());
  request.set_page_size(1'000'000);
  ASSERT_EQ(ListWithdrawn(request), grpc::StatusCode::OK);
  EXPECT_EQ(listed_.next_page_token(), "");
  EXPECT_EQ(queries.at(1).rows_max, DedupeRpc::kPageRowsMax);
  ASSERT_TRUE(queries.at(1).after.has_value());
  EXPECT_EQ(queries.at(1).after->since, since);
  EXPECT_EQ(queries.at(1).after->url, ~uint64_t{0});

  for (const std::string token : {"x", "0123456789abcdef0123456789abcdeg", "0123456789abcdef"}) {
    request.set_page_token(token);
    EXPECT_EQ(ListWithdrawn(request), grpc::StatusCode::INVALID_ARGUMENT) << token;
  }
}

}  // namespace
}  // namespace sluice::dedupe
