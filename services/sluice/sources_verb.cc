#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/time/clock.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "services/sluice/client.h"
#include "services/sluice/verbs.h"
#include "sluice/service/v1/fetch.grpc.pb.h"

namespace sluice::cli {
namespace {

using data::v1::SourceHealth;
using nlohmann::ordered_json;

struct SourcesFlags {
  ClientOptions client;
  std::string format = "text";
};

std::string KindName(data::v1::SourceKind kind) {
  constexpr std::string_view kPrefix = "SOURCE_KIND_";
  const std::string& name = data::v1::SourceKind_Name(kind);
  if (kind == data::v1::SOURCE_KIND_UNSPECIFIED || name.size() <= kPrefix.size()) return "";
  return absl::AsciiStrToLower(base::ToAbsl(std::string_view(name).substr(kPrefix.size())));
}

ordered_json TimeOrNull(const google::protobuf::Timestamp& time) {
  const absl::Time at = base::FromProto(time);
  return at == absl::UnixEpoch() ? ordered_json(nullptr) : ordered_json(JsonTime(at));
}

ordered_json Json(const SourceHealth& source) {
  return {{"id", source.source_id()},
          {"kind", KindName(source.kind())},
          {"url", source.url()},
          {"last_attempt", TimeOrNull(source.last_attempt())},
          {"last_success", TimeOrNull(source.last_success())},
          {"consecutive_failures", source.consecutive_failures()},
          {"http_status", source.http_status()},
          {"error", source.error()},
          {"interval_seconds", absl::ToDoubleSeconds(base::FromProto(source.interval()))},
          {"next_attempt", TimeOrNull(source.next_attempt())},
          {"items_seen", source.items_seen()},
          {"items_new", source.items_new()}};
}

std::string State(const SourceHealth& source, absl::Time now) {
  std::string state =
      source.consecutive_failures() == 0
          ? "ok"
          : fmt::format("failed {}: {}",
                        source.consecutive_failures() == 1
                            ? "once"
                            : fmt::format("{} times", source.consecutive_failures()),
                        OneLine(source.error()));
  // The feed keeps what it last heard of a source, and does not know the configuration.
  const absl::Time next = base::FromProto(source.next_attempt());
  if (next + base::FromProto(source.interval()) < now) {
    state += "; overdue: it is configured no more, or fetch stands still";
  }
  return state;
}

std::string Text(const SourceHealth& source, absl::Time now) {
  return fmt::format("{:<24} {:<8} {:<20} {:<20} {:>9} {:>9}  {}\n", OneLine(source.source_id()),
                     KindName(source.kind()), ShowTime(base::FromProto(source.last_success())),
                     ShowTime(base::FromProto(source.next_attempt())), source.items_new(),
                     source.items_seen(), State(source, now));
}

absl::Status ListSources(const SourcesFlags& flags) {
  auto stub = service::v1::FetchService::NewStub(Connect(flags.client));
  grpc::ClientContext context;
  Bound(context);
  service::v1::ListSourcesResponse response;
  const grpc::Status status = stub->ListSources(&context, {}, &response);
  if (!status.ok()) return ClientError(flags.client, status);
  if (flags.format == "jsonl") {
    for (const SourceHealth& source : response.sources()) {
      std::cout << Json(source).dump(-1, ' ', false, ordered_json::error_handler_t::replace)
                << '\n';
    }
    return absl::OkStatus();
  }
  std::cout << fmt::format("{:<24} {:<8} {:<20} {:<20} {:>9} {:>9}  {}\n", "SOURCE", "KIND",
                           "LAST SUCCESS (UTC)", "NEXT (UTC)", "NEW", "SEEN", "STATE");
  const absl::Time now = absl::Now();
  for (const SourceHealth& source : response.sources()) std::cout << Text(source, now);
  return absl::OkStatus();
}

}  // namespace

void AddSourcesVerb(CLI::App& app, int& exit_status) {
  auto flags = std::make_shared<SourcesFlags>();
  CLI::App* verb =
      app.add_subcommand("sources",
                         "Lists the sources and how they do: last success, next visit, failures. "
                         "One that is taken out of the configuration stays for "
                         "feed.outcome_retention, as overdue.");
  AddClientOptions(*verb, flags->client);
  verb->add_option("--format", flags->format, "text, for people, or jsonl, one object a line.")
      ->check(CLI::IsMember({"text", "jsonl"}))
      ->capture_default_str();
  verb->callback([flags, &exit_status] { exit_status = Report(ListSources(*flags)); });
}

}  // namespace sluice::cli
