#include "pipeline/rpc/server.h"

#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "pipeline/base/strings.h"
#include "sluice/service/v1/admin.grpc.pb.h"
#include "sluice/service/v1/feed.grpc.pb.h"
#include "tests/support/eventually.h"
#include "tests/support/raw_client.h"

namespace sluice::rpc {
namespace {

using support::RawClient;
using ::testing::HasSubstr;

constexpr std::string_view kService = "sluice.service.v1.AdminService";
constexpr absl::Duration kForEver = absl::Hours(1);
constexpr std::string_view kUnavailable = "14";  // As Health tells of it.

// Answers Status at once, or, where the caller says so, when it is cancelled or told to.
class SlowAdmin final : public service::v1::AdminService::CallbackService {
 public:
  absl::Notification called;
  std::atomic<grpc::ServerUnaryReactor*> hanging = nullptr;

  grpc::ServerUnaryReactor* Status(grpc::CallbackServerContext* context,
                                   const service::v1::StatusRequest*,
                                   service::v1::StatusResponse* response) override {
    response->set_version("slow");
    if (context->client_metadata().contains("hang")) {
      class Hanging final : public grpc::ServerUnaryReactor {
        void OnCancel() override { Finish(grpc::Status::CANCELLED); }
        void OnDone() override { delete this; }
      };
      auto* reactor = new Hanging;
      hanging = reactor;
      called.Notify();
      return reactor;
    }
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

std::shared_ptr<grpc::Channel> Connect(const Server& server) {
  return grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials());
}

// grpc.health.v1 by its wire form: field 1 of the request is the service, of the answer the state,
// 1 SERVING, 2 NOT_SERVING.
grpc::ByteBuffer HealthRequest(std::string_view service) {
  std::string request;
  if (!service.empty()) {
    request += '\x0a';
    request += static_cast<char>(service.size());
    request += service;
  }
  const grpc::Slice slice(request);
  return {&slice, 1};
}

std::string StateOf(const grpc::ByteBuffer& answer) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(answer.Dump(&slices).ok());
  std::string bytes;
  for (const auto& s : slices) bytes.append(reinterpret_cast<const char*>(s.begin()), s.size());
  return bytes == std::string("\x08\x01") ? "SERVING" : "NOT_SERVING";
}

// What those are told who watch the process.
class HealthWatch {
 public:
  explicit HealthWatch(const Server& server) : stub_(Connect(server)) {
    context_.set_deadline(absl::ToChronoTime(absl::Now() + kForEver));
    call_ = stub_.PrepareCall(&context_, "/grpc.health.v1.Health/Watch", &queue_);
    call_->StartCall(nullptr);
    EXPECT_TRUE(Done());
    call_->Write(HealthRequest(""), nullptr);
    EXPECT_TRUE(Done());
  }
  ~HealthWatch() {
    context_.TryCancel();
    grpc::Status status;
    call_->Finish(&status, nullptr);
    Done();
  }

  std::string Next() {
    grpc::ByteBuffer answer;
    call_->Read(&answer, nullptr);
    return Done() ? StateOf(answer) : "no answer";
  }

 private:
  // The one operation under way has ended, and well.
  bool Done() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

grpc::Status Call(const Server& server, const std::string& method, const grpc::ByteBuffer& in,
                  grpc::ByteBuffer& out) {
  grpc::GenericStub stub(Connect(server));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(10)));
  grpc::Status status;
  absl::Notification done;
  stub.UnaryCall(&context, method, grpc::StubOptions(), &in, &out, [&](grpc::Status s) {
    status = std::move(s);
    done.Notify();
  });
  done.WaitForNotification();
  return status;
}

// The status code instead where there is no answer.
std::string Health(const Server& server, std::string_view service) {
  grpc::ByteBuffer out;
  const grpc::Status status =
      Call(server, "/grpc.health.v1.Health/Check", HealthRequest(service), out);
  if (!status.ok()) return std::to_string(status.error_code());
  return StateOf(out);
}

TEST(ServerTest, ReportsThePortThatItBoundAndServesThere) {
  SlowAdmin admin;
  auto server = Server::Create({.listen = "127.0.0.1:0"}, {{kService, &admin}});
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_GT((*server)->port(), 0);
  EXPECT_EQ((*server)->address(), fmt::format("127.0.0.1:{}", (*server)->port()));
  auto stub = service::v1::AdminService::NewStub(Connect(**server));
  grpc::ClientContext context;
  service::v1::StatusResponse response;
  EXPECT_TRUE(stub->Status(&context, {}, &response).ok());
  EXPECT_EQ(response.version(), "slow");
}

TEST(ServerTest, NamesTheAddressAndTheSettingWhenThePortIsTaken) {
  auto first = Server::Create({.listen = "127.0.0.1:0"}, {});
  ASSERT_TRUE(first.ok());
  auto second = Server::Create({.listen = (*first)->address(), .setting = "grpc.admin_listen"}, {});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(base::ToStd(second.status().message())), HasSubstr((*first)->address()));
  EXPECT_THAT(std::string(base::ToStd(second.status().message())), HasSubstr("grpc.admin_listen"));
}

TEST(ServerTest, RefusesAnAddressThatIsNone) {
  for (const char* listen : {"7070", "host:", ":1", "::1:7", "127.0.0.1:70700", "127.0.0.1:x"}) {
    auto server = Server::Create({.listen = listen}, {});
    EXPECT_EQ(server.status().code(), absl::StatusCode::kInvalidArgument) << listen;
    EXPECT_THAT(std::string(base::ToStd(server.status().message())), HasSubstr("grpc.listen"));
  }
}

TEST(ServerTest, RefusesAnAddressOfAnotherMachine) {
  auto server = Server::Create({.listen = "192.0.2.1:7070"}, {});
  EXPECT_EQ(server.status().code(), absl::StatusCode::kInvalidArgument) << server.status();
}

TEST(ServerTest, AServiceIsUnhealthyUntilItIsSaidToServe) {
  SlowAdmin admin;
  auto server = Server::Create({.listen = "127.0.0.1:0"}, {{kService, &admin}});
  ASSERT_TRUE(server.ok());
  EXPECT_EQ(Health(**server, kService), "NOT_SERVING");
  (*server)->SetServing(kService, true);
  EXPECT_EQ(Health(**server, kService), "SERVING");
  EXPECT_EQ(Health(**server, ""), "NOT_SERVING");
  (*server)->SetServing("", true);
  EXPECT_EQ(Health(**server, ""), "SERVING");
  EXPECT_EQ(Health(**server, "no.such.Service"), std::to_string(grpc::StatusCode::NOT_FOUND));
}

TEST(ServerTest, TellsThoseWhoWatchOfChangesAlone) {
  auto server = Server::Create({.listen = "127.0.0.1:0"}, {});
  ASSERT_TRUE(server.ok());
  HealthWatch watch(**server);
  EXPECT_EQ(watch.Next(), "NOT_SERVING");
  (*server)->SetServing("", true);
  EXPECT_EQ(watch.Next(), "SERVING");
  (*server)->SetServing("", true);
  (*server)->SetServing("", false);
  EXPECT_EQ(watch.Next(), "NOT_SERVING");
}

TEST(ServerTest, TellsAClientThatItsRequestCannotBeParsed) {
  SlowAdmin admin;
  service::v1::FeedService::CallbackService feed;
  auto server =
      Server::Create({.listen = "127.0.0.1:0"},
                     {{kService, &admin}, {service::v1::FeedService::service_full_name(), &feed}});
  ASSERT_TRUE(server.ok());
  const grpc::Slice no_message("\xff\xff");
  for (const char* method :
       {"/sluice.service.v1.AdminService/Status", "/sluice.service.v1.FeedService/Subscribe"}) {
    grpc::ByteBuffer none;
    const grpc::Status status = Call(**server, method, {&no_message, 1}, none);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << method;
    EXPECT_THAT(status.error_message(), HasSubstr("cannot be parsed")) << method;
  }
  const grpc::Slice empty_message("");
  grpc::ByteBuffer none;
  EXPECT_EQ(Call(**server, "/sluice.service.v1.FeedService/Subscribe", {&empty_message, 1}, none)
                .error_code(),
            grpc::StatusCode::UNIMPLEMENTED)
      << "it is of another kind";
}

// A call that SlowAdmin lets hang.
class HangingCall {
 public:
  HangingCall(const Server& server, SlowAdmin& admin)
      : stub_(service::v1::AdminService::NewStub(Connect(server))) {
    context_.AddMetadata("hang", "1");
    stub_->async()->Status(&context_, &request_, &response_, [this](grpc::Status status) {
      status_ = std::move(status);
      done_.Notify();
    });
    admin.called.WaitForNotification();
  }

  bool EndsWell() {
    done_.WaitForNotification();
    return status_.ok();
  }

 private:
  const std::unique_ptr<service::v1::AdminService::Stub> stub_;
  grpc::ClientContext context_;
  service::v1::StatusRequest request_;
  service::v1::StatusResponse response_;
  absl::Notification done_;
  grpc::Status status_;
};

TEST(ServerTest, ShutdownCancelsWhatOutlivesTheGrace) {
  SlowAdmin admin;
  auto server = Server::Create({.listen = "127.0.0.1:0"}, {{kService, &admin}});
  ASSERT_TRUE(server.ok());
  HangingCall call(**server, admin);
  const absl::Time before = absl::Now();
  (*server)->Shutdown(absl::Milliseconds(50));
  EXPECT_LT(absl::Now() - before, absl::Seconds(20));
  EXPECT_FALSE(call.EndsWell());
}

TEST(ServerTest, ShutdownWaitsForNoClientThatSaysNothing) {
  auto server = Server::Create({.listen = "127.0.0.1:0"}, {});
  ASSERT_TRUE(server.ok());
  const RawClient silent((*server)->port());
  ASSERT_FALSE(silent.Receive().empty()) << "gRPC begins with its settings";
  (*server)->Shutdown(kForEver);
}

TEST(ServerTest, ShutdownWaitsForNobodyWhoWatchesTheHealth) {
  auto server = Server::Create({.listen = "127.0.0.1:0"}, {});
  ASSERT_TRUE(server.ok());
  HealthWatch watch(**server);
  EXPECT_EQ(watch.Next(), "NOT_SERVING");
  (*server)->Shutdown(kForEver);
}

TEST(ServerTest, ShutdownLetsACallThatRunsEnd) {
  SlowAdmin admin;
  auto server = Server::Create({.listen = "127.0.0.1:0", .departure_time = absl::Milliseconds(1)},
                               {{kService, &admin}});
  ASSERT_TRUE(server.ok());
  (*server)->SetServing("", true);
  const RawClient silent((*server)->port());
  HealthWatch watch(**server);
  ASSERT_EQ(watch.Next(), "SERVING");
  HangingCall call(**server, admin);
  std::jthread stopper([&] { (*server)->Shutdown(kForEver); });
  ASSERT_EQ(watch.Next(), "NOT_SERVING");
  const auto refuses = [&] { return Health(**server, "") == kUnavailable; };
  EXPECT_TRUE(support::Eventually(refuses));
  admin.hanging.load()->Finish(grpc::Status::OK);
  EXPECT_TRUE(call.EndsWell());
}

// It has a line for every connection to a TLS port that says something else.
TEST(ServerTest, LimitsTheLinesOfGrpcsOwnLog) {
  ASSERT_TRUE(Server::Create({.listen = "127.0.0.1:0"}, {}).ok());
  testing::internal::CaptureStderr();
  for (int i = 0; i < 1000; ++i) gpr_log(GPR_ERROR, "no handshake");
  EXPECT_LT(std::ranges::count(testing::internal::GetCapturedStderr(), '\n'), 100);
}

// gRPC's own end may take ten seconds.
TEST(ServerTest, DoesNotEndGrpcWithTheLastServer) {
  ASSERT_TRUE(Server::Create({.listen = "127.0.0.1:0"}, {}).ok());
  EXPECT_TRUE(grpc_is_initialized());
}

TEST(ServerTest, ReflectionNamesTheServices) {
  SlowAdmin admin;
  auto server = Server::Create({.listen = "127.0.0.1:0"}, {{kService, &admin}});
  ASSERT_TRUE(server.ok());
  // ServerReflectionRequest{list_services: ""}; the answer's bytes hold the names.
  grpc::GenericStub stub(Connect(**server));
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  auto call = stub.PrepareCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  void* tag = nullptr;
  bool ok = false;
  call->StartCall(nullptr);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  const grpc::Slice slice(std::string("\x3a\x00", 2));
  call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  grpc::ByteBuffer answer;
  call->Read(&answer, nullptr);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  grpc::Slice whole;
  ASSERT_TRUE(answer.DumpToSingleSlice(&whole).ok());
  const std::string bytes(reinterpret_cast<const char*>(whole.begin()), whole.size());
  EXPECT_THAT(bytes, HasSubstr(std::string(kService)));
  context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  ASSERT_TRUE(queue.Next(&tag, &ok));
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
}

}  // namespace
}  // namespace sluice::rpc
