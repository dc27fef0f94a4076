#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include "pipeline/base/strings.h"
#include "services/sluice/config_file.h"
#include "services/sluice/data_dir.h"
#include "services/sluice/ports.h"
#include "services/sluice/runtime_options.h"
#include "services/sluice/target.h"
#include "services/sluice/verbs.h"

namespace sluice::cli {
namespace {

// Nothing is refused while a configuration is looked at.
class Nobody final : public security::AccessObserver {
  void Refused(std::string_view /*reason*/) override {}
};

absl::Status CheckAll(const std::string& file) {
  absl::StatusOr<config::v1::Config> config = LoadConfig({.file = file});
  if (!config.ok()) return config.status();
  if (absl::Status status = RuntimeOptions::Create(config->runtime()).status(); !status.ok())
    return status;
  Nobody nobody;
  if (absl::Status status = Ports::Create(*config, nobody).status(); !status.ok()) return status;
  const std::string directory = std::filesystem::path(file).parent_path().string();
  for (const TargetKind& kind : TargetKinds()) {
    if (absl::Status status = kind.check(*config, directory); !status.ok()) return status;
  }
  return absl::OkStatus();
}

int Check(const std::string& file) {
  if (const absl::Status status = CheckAll(file); !status.ok()) {
    std::cerr << "sluice: " << base::ToStd(status.message()) << '\n';
    return 1;
  }
  std::cout << file << " is in order\n";
  return 0;
}

int PrintDefault() {
  const absl::StatusOr<std::string> path = FindDataFile("deploy/config/sluice.yaml");
  if (!path.ok()) {
    std::cerr << "sluice: " << base::ToStd(path.status().message()) << '\n';
    return 1;
  }
  std::cout << std::ifstream(*path, std::ios::binary).rdbuf();
  return 0;
}

}  // namespace

void AddConfigVerb(CLI::App& app, int& exit_status) {
  CLI::App* verb =
      app.add_subcommand("config", "Checks a configuration, or prints one to begin with.");
  verb->require_subcommand(1);
  auto file = std::make_shared<std::string>();
  CLI::App* check =
      verb->add_subcommand("check", "Says whether FILE is in order, or what is wrong with it.");
  check->add_option("FILE", *file, "The configuration.")->required();
  check->callback([file, &exit_status] { exit_status = Check(*file); });
  verb->add_subcommand("print-default",
                       "Prints a configuration to begin with; all keys are in "
                       "proto/sluice/config/v1.")
      ->callback([&exit_status] { exit_status = PrintDefault(); });
}

}  // namespace sluice::cli
