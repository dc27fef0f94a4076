#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "services/sluice/client.h"
#include "services/sluice/verbs.h"
#include "sluice/service/v1/dedupe.grpc.pb.h"

namespace sluice::cli {
namespace {

using nlohmann::ordered_json;
using service::v1::WithdrawnAddress;

struct WithdrawnFlags {
  ClientOptions client;
  uint32_t limit = 1000;
  std::string format = "text";
};

struct Found {
  std::vector<WithdrawnAddress> rows;  // The newest first, `limit` at most.
  bool more = false;
};

absl::StatusOr<Found> Find(const WithdrawnFlags& flags) {
  auto stub = service::v1::DedupeService::NewStub(Connect(flags.client));
  Found found;
  service::v1::ListWithdrawnRequest request;
  do {
    grpc::ClientContext context;
    Bound(context);
    service::v1::ListWithdrawnResponse response;
    request.set_page_size(flags.limit - static_cast<uint32_t>(found.rows.size()));
    const grpc::Status status = stub->ListWithdrawn(&context, request, &response);
    if (!status.ok()) return ClientError(flags.client, status);
    std::move(response.mutable_withdrawn()->begin(), response.mutable_withdrawn()->end(),
              std::back_inserter(found.rows));
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() && found.rows.size() < flags.limit);
  found.more = !request.page_token().empty();
  return found;
}

ordered_json Json(const WithdrawnAddress& row) {
  return {{"url", row.url()},
          {"reason", row.reason()},
          {"since", JsonTime(base::FromProto(row.since()))},
          {"article_id", row.article_id()}};
}

std::string Text(const WithdrawnAddress& row) {
  std::string text =
      fmt::format("{}  {}\n", ShowTime(base::FromProto(row.since())),
                  row.url().empty() ? "(its row is damaged; kept out)" : OneLine(row.url()));
  if (!row.reason().empty()) text += fmt::format("    {}\n", OneLine(row.reason()));
  return text;
}

absl::Status List(const WithdrawnFlags& flags) {
  const absl::StatusOr<Found> found = Find(flags);
  if (!found.ok()) return found.status();
  const bool jsonl = flags.format == "jsonl";
  for (const WithdrawnAddress& row : found->rows) {
    std::cout << (jsonl ? Json(row).dump(-1, ' ', false, ordered_json::error_handler_t::replace) +
                              "\n"
                        : Text(row));
  }
  if (found->rows.empty() && !jsonl) std::cout << "Nothing is withdrawn.\n";
  if (found->more) std::cerr << "sluice: there are more; list them by a larger --limit\n";
  return absl::OkStatus();
}

}  // namespace

void AddWithdrawnVerb(CLI::App& app, int& exit_status) {
  auto flags = std::make_shared<WithdrawnFlags>();
  CLI::App* verb = app.add_subcommand(
      "withdrawn",
      "Lists what is withdrawn, the newest first: since when (UTC), the address as it was given, "
      "and why. Where stages run as processes of their own, --address is that of dedupe.");
  AddClientOptions(*verb, flags->client);
  verb->add_option("--limit", flags->limit, "At most so many.")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  verb->add_option("--format", flags->format, "text, for people, or jsonl, one object a line.")
      ->check(CLI::IsMember({"text", "jsonl"}))
      ->capture_default_str();
  verb->callback([flags, &exit_status] { exit_status = Report(List(*flags)); });
}

}  // namespace sluice::cli
