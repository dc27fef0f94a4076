#include "services/sluice/usage.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "pipeline/base/strings.h"
#include "pipeline/base/utf8.h"
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
  if (std::ranges::find(known, word) != known.end()) {
    return fmt::format("{} belongs behind `{}`", word, FullName(verb));
  }
  const std::string nearest = config::Nearest(word, known);
  if (!nearest.empty()) why += fmt::format("; did you mean {}?", nearest);
  return why;
}

// A verb of verbs that was called without one.
std::string VerbMissing(const CLI::App& verb) {
  std::vector<std::string> known;
  for (const CLI::App* child : verb.get_subcommands({})) known.push_back(child->get_name());
  return fmt::format("name a verb: {}", fmt::join(known, ", "));
}

// Up to the end of its first sentence or line.
std::string FirstSentence(const std::string& text) {
  return text.substr(0, std::min(text.find('\n'), text.find(". ")));
}

// Help in which each verb has one line.
class Help final : public CLI::Formatter {
 public:
  std::string make_subcommand(const CLI::App* verb) const override {
    std::ostringstream line;
    CLI::detail::format_help(line, verb->get_name(), FirstSentence(verb->get_description()),
                             get_column_width());
    return line.str();
  }
};

}  // namespace

int ReportUsage(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);
  const CLI::App& verb = Innermost(app);
  const bool verb_missing =
      verb.get_require_subcommand_min() > 0 &&
      error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError);
  std::string why = verb_missing ? VerbMissing(verb) : error.what();
  for (const std::string& word : app.remaining(/*recurse=*/true)) {
    why = Unexpected(verb, word);
    if (word.starts_with('-')) break;  // What follows may be its value.
  }
  std::cerr << fmt::format("{}: {}\nTry `{} --help`.\n", FullName(verb), why, FullName(verb));
  return kUsageError;
}

void ExpectUtf8(const CLI::App& app) {
  const CLI::App& verb = Innermost(app);
  if (verb.get_option_no_throw("--address") == nullptr) return;
  for (const CLI::Option* option : verb.get_options()) {
    if (option->get_type_name() == "FILE" || option->get_name() == "FILE") continue;
    for (const std::string& value : option->results()) {
      if (base::IsValidUtf8(value)) continue;
      RefuseUsage(fmt::format("{} is not UTF-8: {}", option->get_name(), base::ToValidUtf8(value)));
    }
  }
}

void RefuseUsage(const std::string& why) { throw CLI::ValidationError(why); }

void ShortenHelp(CLI::App& app) { app.formatter(std::make_shared<Help>()); }

}  // namespace sluice::cli
