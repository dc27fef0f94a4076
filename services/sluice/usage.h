#pragma once

#include <CLI/CLI.hpp>

namespace sluice::cli {

// Ends a command line that `app` did not take: prints help where it was asked for, or what is
// wrong, with the nearest thing that there is. The exit status: 0 for help, otherwise 2.
int ReportUsage(const CLI::App& app, const CLI::ParseError& error);

}  // namespace sluice::cli
