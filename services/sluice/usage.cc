#include "services/sluice/usage.h"

#include <iostream>
#include <string>
#include <vector>

#include "pipeline/base/strings.h"
#include "pipeline/config/nearest.h"

namespace sluice::cli {
namespace {

constexpr int kUsageError = 2;

// The verb that the command line got to.
const CLI::App& Innermost(const CLI::App& app) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  return chosen.empty() ? app : Innermost(*chosen.front());
}

std::string FullName(const CLI::App& verb) {
  return verb.get_parent() == nullptr ? verb.get_name()
                                      : FullName(*verb.get_parent()) + " " + verb.get_name();
}

// Why `word` is not taken by `verb`.
std::string Unexpected(const CLI::App& verb, const std::string& word) {
  const bool is_option = word.starts_with('-');
  std::vector<std::string> known;
  if (is_option) {
    for (const CLI::Option* option : verb.get_options()) {
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
  } else {
    for (const CLI::App* child : verb.get_subcommands({})) known.push_back(child->get_name());
  }
  std::string why = is_option       ? fmt::format("there is no option {}", word)
                    : known.empty() ? fmt::format("{} is one argument too many", word)
                                    : fmt::format("there is no verb {}", word);
  const std::string nearest = config::Nearest(word, known);
  if (!nearest.empty()) why += fmt::format("; did you mean {}?", nearest);
  return why;
}

}  // namespace

int ReportUsage(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);
  const CLI::App& verb = Innermost(app);
  std::string why = error.what();
  for (const std::string& word : app.remaining(/*recurse=*/true)) {
    why = Unexpected(verb, word);
    if (word.starts_with('-')) break;  // What follows may be its value.
  }
  std::cerr << fmt::format("{}: {}\nTry `{} --help`.\n", FullName(verb), why, FullName(verb));
  return kUsageError;
}

}  // namespace sluice::cli
