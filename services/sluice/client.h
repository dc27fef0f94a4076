#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pipeline/security/certificate_files.h"

namespace CLI {
class App;
}

namespace sluice::cli {

// How a verb reaches a running program.
struct ClientOptions {
  std::string address = "127.0.0.1:7070";
  bool tls = false;  // As it is too where `files` names any.
  // What the server must be signed by; and its own, for mutual TLS.
  security::CertificateFiles files = {};
  std::string server_name = {};  // In the server's certificate. Empty: the address' host.
  std::string token_file = {};   // Read at each call. Goes before
  std::string token = {};        // the token itself.
};

// Adds --address and what says who the client is to a verb. A usage error: what CheckClient says.
void AddClientOptions(CLI::App& verb, ClientOptions& options);

// kInvalidArgument: a file is missing or cannot be used, or the token would pass in plain text
// beyond this machine.
absl::Status CheckClient(const ClientOptions& options);

// The options are ones that CheckClient takes. Files may be replaced while the channel lives.
std::shared_ptr<grpc::Channel> Connect(const ClientOptions& options);

// For one short call: fails where nobody answers in `patience`.
void Bound(grpc::ClientContext& context, absl::Duration patience = absl::Seconds(30));

// The status of an asynchronous call under way of which nothing else is awaited. Shuts the queue
// down.
template <typename Call>
grpc::Status FinishCall(Call& call, grpc::CompletionQueue& queue) {
  grpc::Status status;
  call.Finish(&status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  return status;
}

// A failed call as a person can use it: where nobody answers the message names the address and what
// to do about it.
absl::Status ClientError(const ClientOptions& options, const grpc::Status& status);

// Prints the message of a status that is not OK. The exit status: 0 or 1.
int Report(const absl::Status& status);

// "2026-11-22 02:30:00" in UTC, for people; "-" for the epoch, which is what is not set.
std::string ShowTime(absl::Time time);
// RFC 3339 in UTC, for programs.
std::string JsonTime(absl::Time time);

// For people's screens: without control characters, so that no page can send a terminal commands.
std::string OneLine(std::string_view text);
// The same with its ends of lines.
std::string Lines(std::string_view text);

}  // namespace sluice::cli
