#include "services/classify_relevance/classifier.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "pipeline/base/file.h"
#include "pipeline/base/strings.h"
#include "services/classify_relevance/topic_file.h"

namespace sluice::classify_relevance {
namespace {

constexpr size_t kWeightsBytesMax = 64 << 20;

// Working memory of a document, kept from one to the next.
struct Workspace {
  Passage passage;
  std::vector<float> values;
};

Workspace& ThreadWorkspace() {
  thread_local Workspace workspace;
  return workspace;
}

}  // namespace

absl::StatusOr<LoadedTopic> LoadTopic(const std::string& path) {
  absl::StatusOr<Topic> topic = ReadTopicFile(path);
  if (!topic.ok()) return topic.status();
  LoadedTopic loaded;
  loaded.topic = *std::move(topic);
  if (loaded.topic.weights_path.empty()) {
    return absl::InvalidArgumentError(
        fmt::format("{}: names no weights; train the topic with script/train topic", path));
  }
  loaded.weights_name =
      (std::filesystem::path(path).parent_path() / loaded.topic.weights_path).string();
  absl::StatusOr<std::string> weights = base::ReadFile(loaded.weights_name, kWeightsBytesMax);
  if (!weights.ok()) return weights.status();
  loaded.weights = *std::move(weights);
  return loaded;
}

absl::StatusOr<std::unique_ptr<Classifier>> Classifier::Open(const std::vector<std::string>& paths,
                                                             const Options& options) {
  std::vector<LoadedTopic> topics;
  for (const std::string& path : paths) {
    absl::StatusOr<LoadedTopic> topic = LoadTopic(path);
    if (!topic.ok()) return topic.status();
    topics.push_back(*std::move(topic));
  }
  return Create(std::move(topics), options);
}

absl::StatusOr<std::unique_ptr<Classifier>> Classifier::Create(std::vector<LoadedTopic> topics,
                                                               const Options& options) {
  if (topics.empty()) return absl::InvalidArgumentError("there is no topic to classify by");
  std::unique_ptr<Classifier> classifier(new Classifier(options));
  for (LoadedTopic& loaded : topics) {
    for (const Topic& other : classifier->topics_) {
      if (other.name == loaded.topic.name) {
        return absl::InvalidArgumentError(
            fmt::format("two topics have the name '{}': leave one of the files out", other.name));
      }
    }
    classifier->topics_.push_back(std::move(loaded.topic));
  }
  // Lexicon and features refer to the topics, which stay where they are from here on.
  for (size_t t = 0; t < topics.size(); ++t) {
    const Topic& topic = classifier->topics_[t];
    classifier->features_.emplace_back(topic);
    absl::StatusOr<Model> model = Model::Parse(topics[t].weights, topics[t].weights_name,
                                               topic.name, classifier->features_.back());
    if (!model.ok()) return model.status();
    classifier->models_.push_back(*std::move(model));
  }
  absl::StatusOr<std::unique_ptr<Lexicon>> lexicon = Lexicon::Create(classifier->topics_);
  if (!lexicon.ok()) return lexicon.status();
  classifier->lexicon_ = *std::move(lexicon);
  return classifier;
}

std::vector<data::v1::TopicMatch> Classifier::Classify(std::string_view title,
                                                       std::string_view text,
                                                       std::string_view language,
                                                       double evidence_related_min) const {
  Workspace& work = ThreadWorkspace();
  lexicon_->Find(title, text, language, work.passage);
  std::vector<data::v1::TopicMatch> matches(topics_.size());
  for (size_t t = 0; t < topics_.size(); ++t) {
    data::v1::TopicMatch& match = matches[t];
    match.set_topic(topics_[t].name);
    Scores scores = models_[t].Unanchored();
    const std::vector<Hit>& hits = work.passage.hits[t];
    if (features_[t].Anchored(hits)) {
      features_[t].Measure(work.passage, hits, work.values);
      scores = models_[t].Score(work.values);
      if (scores.related >= evidence_related_min) {
        Fill(t, work.passage, work.values, title, text, match);
      }
    }
    match.set_score(scores.core);
    match.set_related(scores.related);
  }
  return matches;
}

void Classifier::Fill(size_t topic, const Passage& passage, absl::Span<const float> values,
                      std::string_view title, std::string_view text,
                      data::v1::TopicMatch& match) const {
  double bias = 0;
  const std::vector<Hit>& hits = passage.hits[topic];
  const std::vector<double> shares = models_[topic].CoreShares(values, bias);
  const std::vector<double> weights =
      HitWeights(passage, topics_[topic], features_[topic], hits, shares);
  for (data::v1::Evidence& item :
       MakeEvidence(passage, topics_[topic], hits, weights, title, text, options_.evidence_max)) {
    *match.add_evidence() = std::move(item);
  }
  for (data::v1::Facet& facet : MakeFacets(passage, topics_[topic], hits)) {
    *match.add_facets() = std::move(facet);
  }
}

Explanation Classifier::Explain(size_t topic, std::string_view title, std::string_view text,
                                std::string_view language) const {
  Workspace& work = ThreadWorkspace();
  lexicon_->Find(title, text, language, work.passage);
  const std::vector<Hit>& hits = work.passage.hits[topic];
  Explanation made;
  made.scores = models_[topic].Unanchored();
  made.anchored = features_[topic].Anchored(hits);
  std::vector<double> weights(hits.size(), 0);
  if (made.anchored) {
    features_[topic].Measure(work.passage, hits, work.values);
    made.scores = models_[topic].Score(work.values);
    const std::vector<double> shares = models_[topic].CoreShares(work.values, made.bias);
    weights = HitWeights(work.passage, topics_[topic], features_[topic], hits, shares);
    for (size_t f = 0; f < shares.size(); ++f) {
      if (shares[f] == 0) continue;
      made.shares.push_back({features_[topic].features()[f].name, work.values[f], shares[f]});
    }
    std::sort(made.shares.begin(), made.shares.end(), [](const auto& a, const auto& b) {
      const double first = std::abs(a.weight);
      const double second = std::abs(b.weight);
      return first != second ? first > second : a.feature < b.feature;
    });
  }
  for (size_t i = 0; i < hits.size(); ++i) {
    Explanation::Mark mark;
    mark.in_title = hits[i].begin < work.passage.title_bytes;
    const uint32_t shift = mark.in_title ? 0 : work.passage.original_title_bytes + 1;
    mark.begin = work.passage.folded.OriginalOffset(hits[i].begin) - shift;
    mark.end = work.passage.folded.OriginalOffset(hits[i].end) - shift;
    mark.concept_name = topics_[topic].concepts[hits[i].concept_index].name;
    mark.weight = weights[i];
    made.marks.push_back(std::move(mark));
  }
  return made;
}

}  // namespace sluice::classify_relevance
