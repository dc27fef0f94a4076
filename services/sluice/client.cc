#include "services/sluice/client.h"

#include <grpcpp/security/tls_credentials_options.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "absl/time/clock.h"
#include "pipeline/base/listen_address.h"
#include "pipeline/base/strings.h"
#include "pipeline/rpc/status.h"
#include "services/sluice/call_token.h"

namespace sluice::cli {

namespace {

bool WantsTls(const ClientOptions& options) {
  return options.tls || !options.files.authorities.empty() || !options.files.certificate.empty();
}

bool IsOfThisMachine(std::string_view address) {
  const absl::StatusOr<base::ListenAddress> parsed = base::ParseListenAddress(address);
  return address.starts_with("unix:") || (parsed.ok() && parsed->IsLoopback());
}

std::shared_ptr<grpc::ChannelCredentials> MakeCredentials(const ClientOptions& options) {
  if (!WantsTls(options)) return grpc::InsecureChannelCredentials();
  const security::CertificateFiles& files = options.files;
  grpc::experimental::TlsChannelCredentialsOptions tls;
  if (!files.authorities.empty() || !files.certificate.empty()) {
    tls.set_certificate_provider(
        std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
            files.key, files.certificate, files.authorities,
            static_cast<unsigned>(absl::ToInt64Seconds(files.refresh))));
  }
  if (!files.authorities.empty()) tls.watch_root_certs();  // Else the system's.
  if (!files.certificate.empty()) tls.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(tls);
}

void AddTlsOptions(CLI::App& verb, ClientOptions& options) {
  constexpr char kGroup[] = "Security (of servers with grpc.tls or grpc.tokens)";
  verb.add_flag("--tls", options.tls,
                "TLS; the server's certificate is to be signed by an authority of the system.")
      ->group(kGroup);
  verb.add_option("--ca", options.files.authorities,
                  "TLS; the server's certificate is to be signed by one in this file.")
      ->type_name("FILE")
      ->envname("SLUICE_CA")
      ->group(kGroup);
  verb.add_option("--server-name", options.server_name,
                  "The name in the server's certificate, where it is not the address' host.")
      ->type_name("NAME")
      ->envname("SLUICE_SERVER_NAME")
      ->group(kGroup);
  verb.add_option("--cert", options.files.certificate,
                  "TLS; the client's own certificate, for servers that want one.")
      ->type_name("FILE")
      ->envname("SLUICE_CERT")
      ->group(kGroup);
  verb.add_option("--key", options.files.key, "Its private key.")
      ->type_name("FILE")
      ->envname("SLUICE_KEY")
      ->group(kGroup);
  verb.add_option("--token-file", options.token_file,
                  "Sends the token in this file, at each call as it is then. Without it the one in "
                  "the environment's SLUICE_TOKEN.")
      ->type_name("FILE")
      ->envname("SLUICE_TOKEN_FILE")
      ->group(kGroup);
}

}  // namespace

void AddClientOptions(CLI::App& verb, ClientOptions& options) {
  verb.add_option(
          "--address", options.address,
          "Where `sluice serve` answers: its grpc.listen for tail, explain, dlq list and dlq "
          "show; for all else its grpc.admin_listen, which is 127.0.0.1:7072 in the "
          "containers of compose and Kubernetes.")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  AddTlsOptions(verb, options);
  verb.parse_complete_callback([&options] {
    if (const char* token = std::getenv("SLUICE_TOKEN"); token != nullptr) options.token = token;
    if (absl::Status status = CheckClient(options); !status.ok()) {
      throw CLI::ValidationError(std::string(base::ToStd(status.message())));
    }
  });
}

absl::Status CheckClient(const ClientOptions& options) {
  if (options.address.empty()) {
    return absl::InvalidArgumentError("--address is empty; write HOST:PORT, or leave it out");
  }
  if (absl::Status status =
          security::CheckCertificateFiles(options.files, "--ca, --cert and --key");
      !status.ok()) {
    return status;
  }
  if (!options.token_file.empty()) {
    if (absl::Status status = ReadCallToken(options.token_file).status(); !status.ok()) {
      return absl::InvalidArgumentError(fmt::format("--token-file: {}", status.message()));
    }
  }
  const bool has_token = !options.token_file.empty() || !options.token.empty();
  if (has_token && !WantsTls(options) && !IsOfThisMachine(options.address)) {
    return absl::InvalidArgumentError(
        fmt::format("the token would pass in plain text to {}; give --tls, or --ca FILE (without a "
                    "token: no --token-file, SLUICE_TOKEN_FILE or SLUICE_TOKEN)",
                    options.address));
  }
  return absl::OkStatus();
}

std::shared_ptr<grpc::Channel> Connect(const ClientOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(16 << 20);
  arguments.SetUserAgentPrefix("sluice");
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5'000);
  // A proxy that the environment names is on another machine, and means another by this address.
  if (IsOfThisMachine(options.address)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (!options.server_name.empty()) arguments.SetSslTargetNameOverride(options.server_name);
  return grpc::experimental::CreateCustomChannelWithInterceptors(
      options.address, MakeCredentials(options), arguments,
      SendToken(options.token_file, options.token));
}

void Bound(grpc::ClientContext& context, absl::Duration patience) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + patience));
}

absl::Status ClientError(const ClientOptions& options, const grpc::Status& status) {
  absl::Status converted = rpc::FromGrpc(status);
  const std::string& message = status.error_message();
  const auto says = [&](std::string_view words) {
    return message.find(words) != std::string::npos;
  };
  if (absl::IsUnavailable(converted) &&
      (says("handshake failed") || says("verification check failed"))) {
    return absl::UnavailableError(fmt::format(
        "no TLS with {}: either its certificate is not signed by what --ca has (or, with --tls, by "
        "the system's authorities) or not for this name (--server-name), or it wants one of ours "
        "(--cert, --key), or it has no TLS at all ({})",
        options.address, message));
  }
  if (absl::IsUnavailable(converted) && (says("connect") || says("resolution"))) {
    return absl::UnavailableError(fmt::format(
        "nobody answers at {}{}; start `sluice serve`, or give --address its grpc.listen ({})",
        options.address, WantsTls(options) ? "" : " without TLS (with: --ca FILE, or --tls)",
        message));
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
  std::string line = Lines(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

std::string Lines(std::string_view text) {
  std::string lines;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    // C1 controls are two bytes in UTF-8: c2 80 to c2 9f.
    const bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<uint8_t>(text[i + 1]) < 0xa0;
    if (c1) ++i;
    const bool control = c1 || (byte < 0x20 && byte != '\n') || byte == 0x7f;
    lines += control ? ' ' : text[i];
  }
  return lines;
}

}  // namespace sluice::cli
