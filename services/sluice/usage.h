#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace sluice::cli {

// Ends a command line that `app` did not take: prints help where it was asked for, or what is
// wrong, with the nearest thing that there is. The exit status: 0 for help, otherwise 2.
int ReportUsage(const CLI::App& app, const CLI::ParseError& error);

// Refuses, as RefuseUsage, what a verb that talks to a running program cannot send: arguments that
// are no UTF-8, but for names of files.
void ExpectUtf8(const CLI::App& app);

// From the callback of a verb: the command line is refused after all, as above.
[[noreturn]] void RefuseUsage(const std::string& why);

// Has the help of `app`, and of what is added to it from now on, tell one sentence of each verb.
void ShortenHelp(CLI::App& app);

}  // namespace sluice::cli
