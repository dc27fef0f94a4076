// sluice classify: what documents are about, and why.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>

#include "pipeline/base/strings.h"
#include "services/classify_relevance/classifier.h"
#include "services/sluice/batch.h"
#include "services/sluice/client.h"
#include "services/sluice/data_dir.h"
#include "services/sluice/match_json.h"
#include "services/sluice/story.h"
#include "services/sluice/usage.h"
#include "services/sluice/verbs.h"

namespace sluice::cli {
namespace {

using classify_relevance::Classifier;
using classify_relevance::Explanation;
using nlohmann::ordered_json;

constexpr char kDefaultTopic[] = "topics/fentanyl-policy.yaml";
constexpr size_t kSharesShown = 15;

struct ClassifyOptions {
  BatchOptions batch;
  std::vector<std::string> topics;
  std::string page;  // A file or an address.
  std::string title;
  std::string language;
  bool why = false;
  bool private_addresses = false;
};

struct ClassifyItem final : BatchItem {
  nlohmann::json id;
  std::string title;
  std::string text;
  std::string language;
  std::vector<data::v1::TopicMatch> matches;
};

class ClassifyJob final : public BatchJob {
 public:
  explicit ClassifyJob(const Classifier& classifier) : classifier_(classifier) {}

  absl::StatusOr<std::unique_ptr<BatchItem>> Read(const nlohmann::json& line) const override {
    auto item = std::make_unique<ClassifyItem>();
    for (const auto& [name, place] :
         {std::pair{"title", &item->title}, {"text", &item->text}, {"language", &item->language}}) {
      absl::StatusOr<std::string> value = StringField(line, name);
      if (!value.ok()) return value.status();
      *place = *std::move(value);
    }
    if (line.contains("id")) item->id = line["id"];
    item->bytes = item->title.size() + item->text.size();
    return item;
  }

  absl::Status Work(BatchItem& item) const override {
    auto& document = static_cast<ClassifyItem&>(item);
    document.matches = classifier_.Classify(document.title, document.text, document.language);
    return absl::OkStatus();
  }

  ordered_json Answer(const BatchItem& item) const override {
    const auto& document = static_cast<const ClassifyItem&>(item);
    ordered_json answer = {{"id", document.id}};
    answer.update(MatchJson(document.matches[0]));
    answer["matches"] = MatchesJson({document.matches.begin(), document.matches.end()});
    return answer;
  }

 private:
  const Classifier& classifier_;
};

// The part with its hits in brackets, each with its concept and what it adds to the sum. Of hits
// that overlap the first is shown.
std::string Marked(std::string_view part, const Explanation& explanation, bool title) {
  std::string out;
  size_t at = 0;
  std::vector<Explanation::Mark> marks;
  for (const Explanation::Mark& mark : explanation.marks) {
    if (mark.in_title == title) marks.push_back(mark);
  }
  std::sort(marks.begin(), marks.end(), [](const auto& a, const auto& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
  });
  for (const Explanation::Mark& mark : marks) {
    if (mark.begin < at || mark.end > part.size()) continue;
    out.append(part.substr(at, mark.begin - at));
    out += fmt::format("[{}|{} {:+.2f}]", part.substr(mark.begin, mark.end - mark.begin),
                       mark.concept_name, mark.weight);
    at = mark.end;
  }
  out.append(part.substr(at));
  return out;
}

void PrintWhy(const Classifier& classifier, size_t topic, const ClassifyItem& document) {
  const Explanation explanation =
      classifier.Explain(topic, document.title, document.text, document.language);
  fmt::print("\n{}\n\n{}\n\n", OneLine(Marked(document.title, explanation, true)),
             Lines(Marked(document.text, explanation, false)));
  if (!explanation.anchored) {
    fmt::print("No anchor of the topic stands in the text: the score is that of such texts.\n");
    return;
  }
  fmt::print("Sum of the score: {:+.2f} to begin with\n", explanation.bias);
  double rest = 0;
  double sum = explanation.bias;
  for (size_t i = 0; i < explanation.shares.size(); ++i) {
    const Explanation::Share& share = explanation.shares[i];
    sum += share.weight;
    if (i < kSharesShown) {
      fmt::print("  {:+.2f}  {} = {:.2f}\n", share.weight, share.feature, share.value);
    } else {
      rest += share.weight;
    }
  }
  fmt::print("  {:+.2f}  all other features\nmake {:+.2f}, a probability of {:.3f}\n", rest, sum,
             explanation.scores.core);
}

int RunOne(const ClassifyOptions& options, const Classifier& classifier) {
  absl::StatusOr<Story> story =
      ReadStory(options.page, {.private_addresses = options.private_addresses});
  if (!story.ok()) {
    fmt::print(stderr, "sluice classify: {}\n", story.status().message());
    return 1;
  }
  ClassifyItem document;
  document.title = options.title.empty() ? story->title : options.title;
  document.text = std::move(story->text);
  document.language = options.language.empty() ? story->language : options.language;
  if (story->extracted) fmt::print("title: {}\n", OneLine(document.title));
  document.matches = classifier.Classify(document.title, document.text, document.language);
  for (size_t t = 0; t < document.matches.size(); ++t) {
    const data::v1::TopicMatch& match = document.matches[t];
    fmt::print("{}: score {:.3f}, related {:.3f}\n", match.topic(), match.score(), match.related());
    for (const data::v1::Facet& facet : match.facets()) {
      fmt::print("  {}: {}\n", facet.name(), fmt::join(facet.values(), ", "));
    }
    for (const data::v1::Evidence& item : match.evidence()) {
      fmt::print("  {:+.2f}  {} ({}, {} at {})\n", item.weight(), OneLine(item.surface()),
                 item.concept_id(), ZoneName(item.zone()), item.offset());
    }
    if (options.why) PrintWhy(classifier, t, document);
  }
  return 0;
}

absl::StatusOr<std::unique_ptr<Classifier>> OpenClassifier(const ClassifyOptions& options) {
  std::vector<std::string> paths = options.topics;
  if (paths.empty()) {
    absl::StatusOr<std::string> found = FindDataFile(kDefaultTopic);
    if (!found.ok()) return found.status();
    paths.push_back(*std::move(found));
  }
  return Classifier::Open(paths, {});
}

int RunClassify(const ClassifyOptions& options) {
  absl::StatusOr<std::unique_ptr<Classifier>> classifier = OpenClassifier(options);
  if (!classifier.ok()) {
    fmt::print(stderr, "sluice: {}\n", classifier.status().message());
    return 1;
  }
  if (!options.batch.jsonl.empty()) {
    ClassifyJob job(**classifier);
    return RunBatch(options.batch, job, std::cout, std::cerr);
  }
  if (options.page.empty()) RefuseUsage("name a FILE or URL, - for stdin, or --jsonl FILE");
  return RunOne(options, **classifier);
}

}  // namespace

void AddClassifyVerb(CLI::App& app, int& exit_status) {
  auto options = std::make_shared<ClassifyOptions>();
  CLI::App* verb = app.add_subcommand("classify", "Says what documents are about, and why.");
  CLI::Option* page = verb->add_option(
      "FILE|URL", options->page,
      "One document: a text, or a page, of which the article is taken; may be .gz; - is stdin; or "
      "an address (http, https), which is fetched.");
  AddBatchOptions(*verb, *page, options->batch);
  verb->add_option("--topic", options->topics,
                   "Topic file; may be given several times (default: topics/fentanyl-policy.yaml)")
      ->type_name("FILE")
      ->allow_extra_args(false);  // What follows it is the document.
  verb->add_option("--title", options->title, "Headline of the one document")->needs(page);
  verb->add_option("--language", options->language,
                   "Its language, ISO 639-1 (default: as its text tells)")
      ->needs(page);
  verb->add_flag("--why", options->why, "Print the text with its hits and the score's sum")
      ->needs(page);
  verb->add_flag("--allow-private-addresses", options->private_addresses,
                 "Fetch from this machine and from private networks too.")
      ->needs(page);
  verb->callback([options, &exit_status] { exit_status = RunClassify(*options); });
}

}  // namespace sluice::cli
