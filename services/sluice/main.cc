// The program: one verb a file, all of them listed here.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <string>
#include <system_error>

#include "pipeline/base/version.h"
#include "services/sluice/usage.h"
#include "services/sluice/verbs.h"

int main(int argc, char** argv) {
  CLI::App app(
      "Turns the open web's news into a clean, live feed on one topic.\n"
      "Start with `sluice config print-default > sluice.yaml` and `sluice serve --config "
      "sluice.yaml`.",
      "sluice");
  app.require_subcommand(1);
  app.set_version_flag("--version", "sluice " + std::string(sluice::base::kVersion),
                       "Print the program's version and exit");
  sluice::cli::ShortenHelp(app);
  int exit_status = 0;
  sluice::cli::AddServeVerb(app, exit_status);
  sluice::cli::AddTailVerb(app, exit_status);
  sluice::cli::AddSubmitVerb(app, exit_status);
  sluice::cli::AddWithdrawVerb(app, exit_status);
  sluice::cli::AddWithdrawnVerb(app, exit_status);
  sluice::cli::AddReplayVerb(app, exit_status);
  sluice::cli::AddExplainVerb(app, exit_status);
  sluice::cli::AddDlqVerb(app, exit_status);
  sluice::cli::AddSourcesVerb(app, exit_status);
  sluice::cli::AddTopicsVerb(app, exit_status);
  sluice::cli::AddConfigVerb(app, exit_status);
  sluice::cli::AddClassifyVerb(app, exit_status);
  sluice::cli::AddDedupeVerb(app, exit_status);
  sluice::cli::AddExtractVerb(app, exit_status);
  sluice::cli::AddLabelVerb(app, exit_status);
  sluice::cli::AddVersionVerb(app, exit_status);
  app.parse_complete_callback([&app] { sluice::cli::ExpectUtf8(app); });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return sluice::cli::ReportUsage(app, error);
  } catch (const std::system_error& error) {  // By fmt::print.
    std::cerr << "sluice: the output cannot be written: " << error.code().message() << '\n';
    return 1;
  }
  // What was printed may still wait to be written.
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    if (exit_status == 0) std::cerr << "sluice: the output cannot be written\n";
    return 1;
  }
  return exit_status;
}
