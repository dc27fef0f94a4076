#include "services/sluice/client.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "absl/time/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/rpc/status.h"

namespace sluice::cli {

void AddClientOptions(CLI::App& verb, ClientOptions& options) {
  verb.add_option(
          "--address", options.address,
          "Where `sluice serve` answers: its grpc.listen for tail, explain, dlq list and dlq "
          "show; for all else its grpc.admin_listen, which is 127.0.0.1:7072 in the "
          "containers of compose and Kubernetes.")
      ->type_name("HOST:PORT")
      ->capture_default_str();
}

std::shared_ptr<grpc::Channel> Connect(const ClientOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(16 << 20);
  arguments.SetUserAgentPrefix("sluice");
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5'000);
  return grpc::CreateCustomChannel(options.address, grpc::InsecureChannelCredentials(), arguments);
}

void Bound(grpc::ClientContext& context, absl::Duration patience) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + patience));
}

absl::Status ClientError(const ClientOptions& options, const grpc::Status& status) {
  absl::Status converted = rpc::FromGrpc(status);
  const std::string& message = status.error_message();
  const bool unreachable =
      absl::IsUnavailable(converted) && (message.find("connect") != std::string::npos ||
                                         message.find("resolution") != std::string::npos);
  if (unreachable) {
    return absl::UnavailableError(fmt::format(
        "nobody answers at {}; start `sluice serve`, or give --address its grpc.listen ({})",
        options.address, message));
  }
  if (absl::IsUnimplemented(converted)) {
    return absl::UnimplementedError(
        fmt::format("the program at {} does not serve that; give --address that of the target that "
                    "does, or its grpc.admin_listen",
                    options.address));
  }
  return converted;
}

int Report(const absl::Status& status) {
  if (status.ok()) return 0;
  std::cerr << "sluice: " << base::ToStd(status.message()) << '\n';
  return 1;
}

std::string ShowTime(absl::Time time) {
  if (time == absl::UnixEpoch()) return "-";
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::UTCTimeZone());
}

std::string JsonTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

std::string OneLine(std::string_view text) {
  std::string line;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    // C1 controls are two bytes in UTF-8: c2 80 to c2 9f.
    const bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<uint8_t>(text[i + 1]) < 0xa0;
    if (c1) ++i;
    line += c1 || byte < 0x20 || byte == 0x7f ? ' ' : text[i];
  }
  return line;
}

}  // namespace sluice::cli
