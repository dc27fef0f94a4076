#include <cstdio>

#include "pipeline/base/version.h"
#include "services/sluice/verbs.h"

namespace sluice::cli {

void AddVersionVerb(CLI::App& app, int& /*exit_status*/) {
  app.add_subcommand("version", "Prints the program's version.")->callback([] {
    std::printf("sluice %s\n", base::kVersion.data());
  });
}

}  // namespace sluice::cli
