#include <filesystem>
#include <iostream>
#include <memory>

#include "pipeline/base/strings.h"
#include "services/sluice/config_file.h"
#include "services/sluice/process.h"
#include "services/sluice/verbs.h"

namespace sluice::cli {
namespace {

struct ServeFlags {
  ConfigSource source;
  std::vector<std::string> targets = {"all"};
};

int Serve(const ServeFlags& flags) {
  absl::Status status;
  if (flags.source.file.empty()) {
    status = absl::InvalidArgumentError(
        "serve needs --config FILE; `sluice config print-default > sluice.yaml` makes one");
  } else if (absl::StatusOr<config::v1::Config> config = LoadConfig(flags.source); !config.ok()) {
    status = config.status();
  } else {
    status = RunProcess(
        {.config = *std::move(config),
         .config_directory = std::filesystem::path(flags.source.file).parent_path().string(),
         .targets = flags.targets});
  }
  if (status.ok()) return 0;
  std::cerr << "sluice: " << base::ToStd(status.message()) << '\n';
  return 1;
}

}  // namespace

void AddServeVerb(CLI::App& app, int& exit_status) {
  auto flags = std::make_shared<ServeFlags>();
  CLI::App* verb = app.add_subcommand(
      "serve",
      "Runs the pipeline, or stages of it, until SIGTERM.\n\n"
      "All stages in one process:      sluice serve --config sluice.yaml\n"
      "One stage a process, on Kafka:  sluice serve --config sluice.yaml --target dedupe");
  verb->add_option("--config", flags->source.file, "The configuration (YAML).")->type_name("FILE");
  verb->add_option("--target", flags->targets,
                   "What to run: all, or names separated by commas: fetch, deboilerplate, dedupe, "
                   "classify-relevance, feed.")
      ->delimiter(',')
      ->type_name("NAME");
  verb->add_option("--grpc-listen", flags->source.grpc_listen,
                   "Overrides grpc.listen. Port 0: any free one.")
      ->type_name("HOST:PORT");
  verb->add_option("--http-listen", flags->source.http_listen,
                   "Overrides http.listen. Port 0: any free one.")
      ->type_name("HOST:PORT");
  verb->add_option("--set", flags->source.assignments,
                   "Overrides a key, such as --set fetch.host_interval=5s.")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  verb->callback([flags, &exit_status] { exit_status = Serve(*flags); });
}

}  // namespace sluice::cli
