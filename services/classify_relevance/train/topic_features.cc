// Measures labelled documents for training.
//
// usage: topic_features TOPIC.yaml < DOCUMENTS.jsonl > VALUES
//
// A line in: id, title, text, language. Out: first a line with the features' names, then for each
// document a line with its id, 1 or 0 (an anchor stands in it), and the values, separated by tabs.
#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "services/classify_relevance/features.h"
#include "services/classify_relevance/lexicon.h"
#include "services/classify_relevance/topic_file.h"

namespace sluice::classify_relevance {
namespace {

int Run(const std::string& path) {
  absl::StatusOr<Topic> topic = ReadTopicFile(path);
  if (!topic.ok()) {
    std::cerr << "topic_features: " << topic.status().message() << '\n';
    return 1;
  }
  const std::vector<Topic> topics = {*std::move(topic)};
  absl::StatusOr<std::unique_ptr<Lexicon>> lexicon = Lexicon::Create(topics);
  if (!lexicon.ok()) {
    std::cerr << "topic_features: " << lexicon.status().message() << '\n';
    return 1;
  }
  const FeatureSet features(topics[0]);
  std::string out = "id\tanchored";
  for (const Feature& feature : features.features()) out += "\t" + feature.name;
  std::cout << out << '\n';
  Passage passage;
  std::vector<float> values;
  std::string line;
  while (std::getline(std::cin, line)) {
    const nlohmann::json document = nlohmann::json::parse(line, nullptr, false);
    if (!document.is_object()) {
      std::cerr << "topic_features: a line is not a JSON object\n";
      return 1;
    }
    (*lexicon)->Find(document.value("title", ""), document.value("text", ""),
                     document.value("language", ""), passage);
    features.Measure(passage, passage.hits[0], values);
    out =
        fmt::format("{}\t{}", document.value("id", ""), features.Anchored(passage.hits[0]) ? 1 : 0);
    for (const float value : values) fmt::format_to(std::back_inserter(out), "\t{}", value);
    std::cout << out << '\n';
  }
  return 0;
}

}  // namespace
}  // namespace sluice::classify_relevance

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: topic_features TOPIC.yaml < DOCUMENTS.jsonl > VALUES\n";
    return 2;
  }
  return sluice::classify_relevance::Run(argv[1]);
}
