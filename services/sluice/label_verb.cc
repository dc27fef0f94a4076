// sluice label: an operator's grades, in the form that training reads.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "pipeline/base/file.h"
#include "pipeline/base/hash.h"
#include "pipeline/base/strings.h"
#include "services/feed/articles.h"
#include "services/sluice/client.h"
#include "services/sluice/verbs.h"

namespace sluice::cli {
namespace {

constexpr size_t kFileBytesMax = 256 << 20;
constexpr size_t kShownBytes = 1500;

struct LabelOptions {
  std::string file;
  std::string labels = "labels.jsonl";
  std::string title;
  std::string language;
  int grade = -1;
};

// Documents of a file that have a text: lines of JSON, as `sluice tail --format jsonl` prints them,
// or one plain text.
absl::StatusOr<std::vector<nlohmann::ordered_json>> ReadDocuments(const LabelOptions& options) {
  absl::StatusOr<std::string> content = base::ReadFile(options.file, kFileBytesMax);
  if (!content.ok()) return content.status();
  std::vector<nlohmann::ordered_json> documents;
  if (content->starts_with('{')) {
    std::istringstream lines(*content);
    std::string line;
    for (size_t number = 1; std::getline(lines, line); ++number) {
      if (line.empty()) continue;
      nlohmann::ordered_json document = nlohmann::ordered_json::parse(line, nullptr, false);
      if (!document.is_object() || !document.contains("text") || !document["text"].is_string()) {
        return absl::InvalidArgumentError(
            fmt::format("{}:{}: is no JSON object with a text", options.file, number));
      }
      // Of a retracted article: there is nothing to judge or to learn from.
      if (document["text"].get_ref<const std::string&>().empty()) continue;
      documents.push_back(std::move(document));
    }
    return documents;
  }
  if (content->find_first_not_of(" \t\r\n") == std::string::npos) return documents;
  documents.push_back(
      {{"title", options.title}, {"text", *content}, {"language", options.language}});
  return documents;
}

std::string Member(const nlohmann::ordered_json& document, const char* name) {
  const auto place = document.find(name);
  return place != document.end() && place->is_string() ? place->get<std::string>() : "";
}

// What training takes of a document. `repo` is the publisher: training leaves one out at a time.
nlohmann::ordered_json LabelledLine(const nlohmann::ordered_json& document, int grade) {
  const std::string text = Member(document, "text");
  std::string id = Member(document, "id");
  if (id.empty()) id = base::HashBytes(Member(document, "title") + "\n" + text).Hex();
  std::string publisher = Member(document, "repo");
  if (publisher.empty()) publisher = Member(document, "site");
  return {{"id", id},
          {"url", Member(document, "url")},
          {"language", Member(document, "language")},
          {"title", Member(document, "title")},
          {"text", text},
          {"grade", grade},
          {"repo", publisher.empty() ? "labels" : publisher}};
}

// The grade that the operator types; -1: skip it, -2: stop.
int Ask(const nlohmann::ordered_json& document) {
  std::cout << "\n== " << OneLine(Member(document, "title")) << "\n"
            << OneLine(feed::Excerpt(Member(document, "text"), kShownBytes)) << "\n"
            << "2 subject, 1 related, 0 neither, s skip, q quit: " << std::flush;
  std::string answer;
  while (std::getline(std::cin, answer)) {
    if (answer == "0" || answer == "1" || answer == "2") return answer[0] - '0';
    if (answer == "s") return -1;
    if (answer == "q") return -2;
    std::cout << "one of 2, 1, 0, s, q: " << std::flush;
  }
  return -2;
}

int RunLabel(const LabelOptions& options) {
  absl::StatusOr<std::vector<nlohmann::ordered_json>> documents = ReadDocuments(options);
  if (!documents.ok()) {
    fmt::print(stderr, "sluice: {}\n", documents.status().message());
    return 1;
  }
  std::ofstream labels(options.labels, std::ios::app);
  size_t written = 0;
  for (const nlohmann::ordered_json& document : *documents) {
    const int grade = options.grade >= 0 ? options.grade : Ask(document);
    if (grade == -2) break;
    if (grade == -1) continue;
    labels << LabelledLine(document, grade)
                  .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
           << '\n';
    labels.flush();
    ++written;
  }
  if (!labels) {
    fmt::print(stderr, "sluice: cannot write to {}\n", options.labels);
    return 1;
  }
  fmt::print(stderr, "{} labelled in {}; train with: script/train topic TOPIC.yaml {}\n", written,
             options.labels, options.labels);
  return 0;
}

}  // namespace

void AddLabelVerb(CLI::App& app, int& exit_status) {
  auto options = std::make_shared<LabelOptions>();
  CLI::App* verb = app.add_subcommand(
      "label", "Grades documents and appends them to a file that script/train takes.");
  verb->add_option("FILE", options->file,
                   "Documents as `sluice tail --format jsonl` prints them, or one plain text")
      ->required();
  verb->add_option("--labels", options->labels, "File to append to")->capture_default_str();
  verb->add_option("--grade", options->grade, "2 subject, 1 related, 0 neither; asked if not given")
      ->check(CLI::Range(0, 2));
  verb->add_option("--title", options->title, "Headline of a plain text");
  verb->add_option("--language", options->language, "Its language, ISO 639-1");
  verb->callback([options, &exit_status] { exit_status = RunLabel(*options); });
}

}  // namespace sluice::cli
