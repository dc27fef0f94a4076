#include <fstream>
#include <iostream>
#include <memory>

#include "pipeline/base/strings.h"
#include "services/sluice/config_file.h"
#include "services/sluice/data_dir.h"
#include "services/sluice/verbs.h"

namespace sluice::cli {
namespace {

int Check(const std::string& file) {
  const absl::StatusOr<config::v1::Config> config = LoadConfig({.file = file});
  if (!config.ok()) {
    std::cerr << "sluice: " << base::ToStd(config.status().message()) << '\n';
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
                       "Prints a configuration with every key, its meaning and its default.")
      ->callback([&exit_status] { exit_status = PrintDefault(); });
}

}  // namespace sluice::cli
