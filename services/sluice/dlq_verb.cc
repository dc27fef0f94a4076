#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/status/statusor.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "services/sluice/client.h"
#include "services/sluice/target.h"
#include "services/sluice/usage.h"
#include "services/sluice/verbs.h"
#include "sluice/service/v1/admin.grpc.pb.h"
#include "sluice/service/v1/outcome.grpc.pb.h"

namespace sluice::cli {
namespace {

using data::v1::DeadLetter;
using nlohmann::ordered_json;

struct DlqFlags {
  ClientOptions client;
  std::string stage;
  std::string id;
  uint32_t limit = 50;
  std::string format = "text";
  bool resolved = false;
  std::string record;
  bool all = false;
};

ordered_json Json(const DeadLetter& letter) {
  return {{"id", letter.envelope().id()},
          {"url", letter.envelope().url()},
          {"stage", letter.stage()},
          {"code", letter.code()},
          {"detail", letter.detail()},
          {"topic", letter.topic()},
          {"partition", letter.partition()},
          {"offset", letter.offset()},
          {"record_bytes", letter.record_bytes()},
          {"truncated", letter.truncated()},
          {"attempts", letter.attempts()},
          {"version", letter.version()},
          {"time", JsonTime(base::FromProto(letter.time()))}};
}

std::string Dump(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

// The newest first, `limit` at most.
absl::StatusOr<std::vector<DeadLetter>> Find(const DlqFlags& flags) {
  auto stub = service::v1::OutcomeService::NewStub(Connect(flags.client));
  std::vector<DeadLetter> letters;
  service::v1::ListDeadLettersRequest request;
  request.set_stage(flags.stage);
  request.set_id(flags.id);
  request.set_resolved(flags.resolved);
  do {
    grpc::ClientContext context;
    Bound(context);
    service::v1::ListDeadLettersResponse response;
    request.set_page_size(flags.limit - static_cast<uint32_t>(letters.size()));
    const grpc::Status status = stub->ListDeadLetters(&context, request, &response);
    if (!status.ok()) return ClientError(flags.client, status);
    std::move(response.mutable_dead_letters()->begin(), response.mutable_dead_letters()->end(),
              std::back_inserter(letters));
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() && letters.size() < flags.limit);
  return letters;
}

absl::Status List(const DlqFlags& flags) {
  auto letters = Find(flags);
  if (!letters.ok()) return letters.status();
  for (const DeadLetter& letter : *letters) {
    if (flags.format == "jsonl") {
      std::cout << Dump(Json(letter)) << '\n';
    } else {
      std::cout << fmt::format("{}  {:<18}  {:<20}  {}  {}\n    {}\n",
                               ShowTime(base::FromProto(letter.time())), OneLine(letter.stage()),
                               OneLine(letter.code()), OneLine(letter.envelope().id()),
                               OneLine(letter.envelope().url()), OneLine(letter.detail()));
    }
  }
  if (letters->empty() && flags.format == "text") std::cout << "There are no dead letters.\n";
  return absl::OkStatus();
}

absl::Status Show(DlqFlags flags) {
  flags.limit = 1;
  flags.resolved = true;
  auto letters = Find(flags);
  if (!letters.ok()) return letters.status();
  if (letters->empty()) {
    return absl::NotFoundError(fmt::format("there is no dead letter of the page {}", flags.id));
  }
  const DeadLetter& letter = letters->front();
  std::cout << Json(letter).dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
  if (flags.record.empty()) return absl::OkStatus();
  std::ofstream file(flags.record, std::ios::binary | std::ios::trunc);
  file << letter.record();
  if (file.flush()) return absl::OkStatus();
  return absl::DataLossError(fmt::format("{} cannot be written", flags.record));
}

absl::Status Replay(const DlqFlags& flags) {
  if (flags.id.empty() && flags.stage.empty() && !flags.all) {
    RefuseUsage("name the ID of a page, --stage NAME, or --all");
  }
  auto stub = service::v1::AdminService::NewStub(Connect(flags.client));
  grpc::ClientContext context;
  Bound(context, absl::Minutes(10));
  service::v1::ReplayDeadLettersRequest request;
  request.set_id(flags.id);
  request.set_stage(flags.stage);
  service::v1::ReplayDeadLettersResponse response;
  const grpc::Status status = stub->ReplayDeadLetters(&context, request, &response);
  if (!status.ok()) return ClientError(flags.client, status);
  std::cout << fmt::format("{} sent to their stages again\n", response.replayed());
  if (response.left() > 0) {
    std::cout << fmt::format("{} left: only the beginning of their record was kept\n",
                             response.left());
  }
  return absl::OkStatus();
}

// A mistyped name would find nothing, as if all were well.
void AddStageOption(CLI::App& verb, std::string& stage) {
  std::vector<std::string> names;
  for (const TargetKind& kind : TargetKinds()) names.emplace_back(kind.name);
  verb.add_option("--stage", stage, "Only of this stage.")
      ->type_name("NAME")
      ->check(CLI::IsMember(names));
}

}  // namespace

void AddDlqVerb(CLI::App& app, int& exit_status) {
  auto flags = std::make_shared<DlqFlags>();
  CLI::App* verb = app.add_subcommand(
      "dlq", "Lists, shows and replays dead letters: records for which a stage reached no answer.");
  verb->require_subcommand(1);

  CLI::App* list = verb->add_subcommand(
      "list", "Lists dead letters, the newest first: those whose page has had no other end since.");
  AddClientOptions(*list, flags->client);
  AddStageOption(*list, flags->stage);
  list->add_option("--limit", flags->limit, "At most so many.")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  list->add_flag("--resolved", flags->resolved,
                 "Those too whose page has had another end since, by a replay or a later capture.");
  list->add_option("--format", flags->format, "text, for people, or jsonl, one object a line.")
      ->check(CLI::IsMember({"text", "jsonl"}))
      ->capture_default_str();
  list->callback([flags, &exit_status] { exit_status = Report(List(*flags)); });

  CLI::App* show = verb->add_subcommand("show", "Prints the newest dead letter of a page as JSON.");
  AddClientOptions(*show, flags->client);
  show->add_option("ID", flags->id, "The page's id.")->required();
  show->add_option("--record", flags->record, "Writes the record that failed to this file.")
      ->type_name("FILE");
  show->callback([flags, &exit_status] { exit_status = Report(Show(*flags)); });

  CLI::App* replay = verb->add_subcommand("replay",
                                          "Appends the records of dead letters to their stages' "
                                          "input again, with the same id: once the "
                                          "cause is gone.");
  AddClientOptions(*replay, flags->client);
  replay->add_option("ID", flags->id, "Only of this page.");
  AddStageOption(*replay, flags->stage);
  replay->add_flag("--all", flags->all, "Of all pages and stages.");
  replay->callback([flags, &exit_status] { exit_status = Report(Replay(*flags)); });
}

}  // namespace sluice::cli
