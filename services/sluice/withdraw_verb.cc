#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/base/strings.h"
#include "services/sluice/client.h"
#include "services/sluice/submitted_urls.h"
#include "services/sluice/verbs.h"
#include "sluice/service/v1/fetch.grpc.pb.h"

namespace sluice::cli {
namespace {

struct WithdrawFlags {
  ClientOptions client;
  std::vector<std::string> urls;
  std::string reason;
  bool undo = false;
};

int Withdraw(const WithdrawFlags& flags) {
  auto stub = service::v1::FetchService::NewStub(Connect(flags.client));
  bool all = true;
  for (const std::span<const std::string> urls : InCalls(flags.urls)) {
    grpc::ClientContext context;
    Bound(context);
    service::v1::WithdrawRequest request;
    request.mutable_urls()->Add(urls.begin(), urls.end());
    request.set_reason(flags.reason);
    request.set_undo(flags.undo);
    service::v1::WithdrawResponse response;
    const grpc::Status status = stub->Withdraw(&context, request, &response);
    if (!status.ok()) return Report(ClientError(flags.client, status));
    for (const service::v1::SubmitResult& result : response.results()) {
      all = Show(result) && all;
    }
  }
  return all ? 0 : 1;
}

}  // namespace

void AddWithdrawVerb(CLI::App& app, int& exit_status) {
  auto flags = std::make_shared<WithdrawFlags>();
  CLI::App* verb = app.add_subcommand(
      "withdraw",
      "Withdraws articles from the clean feed of a running pipeline: subscribers are sent "
      "`retracted`, and whatever is read at these URLs stays out until that is undone. A URL "
      "that nothing is known of is remembered too. Copies on other sites stay. Prints ids, which "
      "`sluice explain` takes.\n\n"
      "sluice withdraw https://example.org/story --reason \"names the wrong person\"\n"
      "sluice withdraw --undo https://example.org/story\n\n"
      "`sluice withdrawn` lists what is withdrawn.");
  AddClientOptions(*verb, flags->client);
  verb->add_option("URL", flags->urls,
                   "Of the articles, as tail shows them; or as they were requested, or as their "
                   "pages name themselves.")
      ->required();
  verb->add_option("--reason", flags->reason, "Told to subscribers, and by explain.")
      ->type_name("TEXT");
  verb->add_flag("--undo", flags->undo,
                 "Allows them again. Their pages are fetched anew and shown when they are read; "
                 "one that was submitted as a file is to be submitted again.");
  verb->callback([flags, &exit_status] { exit_status = Withdraw(*flags); });
}

}  // namespace sluice::cli
