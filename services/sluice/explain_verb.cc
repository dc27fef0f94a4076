#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "services/sluice/client.h"
#include "services/sluice/verbs.h"
#include "sluice/service/v1/outcome.grpc.pb.h"

namespace sluice::cli {
namespace {

using nlohmann::ordered_json;

struct ExplainFlags {
  ClientOptions client;
  std::string what;
  std::string format = "text";
};

bool IsId(const std::string& what) {
  return what.size() == 32 && what.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

// accepted, passed, dropped, dead_lettered.
std::string OutcomeName(data::v1::StepOutcome outcome) {
  constexpr std::string_view kPrefix = "STEP_OUTCOME_";
  const std::string& name = data::v1::StepOutcome_Name(outcome);
  if (outcome == data::v1::STEP_OUTCOME_UNSPECIFIED || name.size() <= kPrefix.size()) return "";
  return absl::AsciiStrToLower(base::ToAbsl(std::string_view(name).substr(kPrefix.size())));
}

ordered_json Json(const service::v1::ExplainResponse& response) {
  ordered_json outcomes = ordered_json::array();
  for (const data::v1::TrailStep& step : response.envelope().trail()) {
    outcomes.push_back({{"stage", step.stage()},
                        {"outcome", OutcomeName(step.outcome())},
                        {"reason", step.reason()},
                        {"detail", step.detail()},
                        {"time", JsonTime(base::FromProto(step.time()))}});
  }
  return {{"url", response.envelope().url()},
          {"id", response.envelope().id()},
          {"requested_url", response.envelope().requested_url()},
          {"final", response.final()},
          {"outcomes", std::move(outcomes)}};
}

std::string Text(const service::v1::ExplainResponse& response) {
  const data::v1::Envelope& envelope = response.envelope();
  std::string text = OneLine(envelope.url()) + "\n";
  if (!envelope.requested_url().empty()) {
    text += fmt::format("  requested as {}\n", OneLine(envelope.requested_url()));
  }
  text += fmt::format("  id {}\n", OneLine(envelope.id()));
  for (const data::v1::TrailStep& step : envelope.trail()) {
    text += fmt::format("  {}  {:<18}  {}", ShowTime(base::FromProto(step.time())),
                        OneLine(step.stage()), OutcomeName(step.outcome()));
    if (!step.reason().empty()) text += fmt::format(": {}", OneLine(step.reason()));
    if (!step.detail().empty()) text += fmt::format(" ({})", OneLine(step.detail()));
    text += '\n';
  }
  if (!response.final()) text += "  still in work\n";
  return text;
}

absl::Status Explain(const ExplainFlags& flags) {
  auto stub = service::v1::OutcomeService::NewStub(Connect(flags.client));
  grpc::ClientContext context;
  Bound(context);
  service::v1::ExplainRequest request;
  if (IsId(flags.what)) {
    request.set_id(absl::AsciiStrToLower(flags.what));
  } else {
    request.set_url(flags.what);
  }
  service::v1::ExplainResponse response;
  const grpc::Status status = stub->Explain(&context, request, &response);
  if (!status.ok()) return ClientError(flags.client, status);
  if (flags.format == "json") {
    std::cout << Json(response).dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
  } else {
    std::cout << Text(response);
  }
  return absl::OkStatus();
}

}  // namespace

void AddExplainVerb(CLI::App& app, int& exit_status) {
  auto flags = std::make_shared<ExplainFlags>();
  CLI::App* verb =
      app.add_subcommand("explain",
                         "Tells what became of a page: what each stage decided, and why.\n\n"
                         "sluice explain https://example.org/story\n"
                         "sluice explain 5f0c6a1be2d14a7c9f3f6d2b8a9e0c11 --format json");
  AddClientOptions(*verb, flags->client);
  verb->add_option(
          "URL|ID", flags->what,
          "The page: a URL, as requested or as it was after redirects (its newest capture), "
          "or an id as submit, tail or a log line gave it.")
      ->required();
  verb->add_option("--format", flags->format, "text, for people, or json.")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  verb->callback([flags, &exit_status] { exit_status = Report(Explain(*flags)); });
}

}  // namespace sluice::cli
