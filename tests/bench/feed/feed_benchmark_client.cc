#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <vector>

#include "sluice/service/v1/feed.pb.h"
#include "tests/bench/feed/feed_benchmark.h"
#include "tests/support/test_certificates.h"

namespace sluice::feed {
namespace {

std::atomic<int> g_open = 0;
std::atomic<int> g_ended = 0;

// Reads messages and throws them away without a look inside: the server is what is measured.
class Reader final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  Reader(grpc::GenericStub& stub, const grpc::ByteBuffer& request) : request_(request) {
    stub.PrepareBidiStreamingCall(&context_, "/sluice.service.v1.FeedService/Subscribe",
                                  grpc::StubOptions(), this);
    StartWriteLast(&request_, grpc::WriteOptions());
    StartRead(&message_);
    StartCall();
  }
  void Cancel() { context_.TryCancel(); }
  void OnReadInitialMetadataDone(bool ok) override {
    if (ok) ++g_open;
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    message_.Clear();
    StartRead(&message_);
  }
  void OnDone(const grpc::Status&) override { ++g_ended; }

 private:
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer message_;
};

}  // namespace

int RunClient(const std::string& address, int subscribers, int connections,
              const std::string& authority) {
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (!authority.empty()) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = support::ReadFile(authority);
    credentials = grpc::SslCredentials(options);
  }
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs;
  for (int c = 0; c < connections; ++c) {
    grpc::ChannelArguments arguments;
    arguments.SetInt("connection", c);  // Channels of equal arguments would share a connection.
    arguments.SetMaxReceiveMessageSize(-1);
    stubs.push_back(std::make_unique<grpc::GenericStub>(
        grpc::CreateCustomChannel(address, credentials, arguments)));
  }
  const std::string bytes = service::v1::SubscribeRequest().SerializeAsString();
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  std::vector<std::unique_ptr<Reader>> readers;
  for (int s = 0; s < subscribers; ++s) {
    readers.push_back(std::make_unique<Reader>(*stubs[s % connections], request));
  }
  while (g_open < subscribers) usleep(1000);
  std::puts("ready");
  std::fflush(stdout);
  char end = 0;
  while (read(STDIN_FILENO, &end, 1) > 0) {
  }
  for (auto& reader : readers) reader->Cancel();
  while (g_ended < subscribers) usleep(1000);
  return 0;
}

}  // namespace sluice::feed
