#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/classify_relevance/evidence.h"
#include "services/classify_relevance/features.h"
#include "services/classify_relevance/lexicon.h"
#include "services/classify_relevance/model.h"
#include "services/classify_relevance/topic.h"
#include "sluice/data/v1/feed_item.pb.h"

namespace sluice::classify_relevance {

// A topic ready for use.
struct LoadedTopic {
  Topic topic;
  std::string weights;  // The weights file's text.
  std::string weights_name;
};

// Reads a topic file and the weights beside it. Errors as ReadTopicFile.
absl::StatusOr<LoadedTopic> LoadTopic(const std::string& path);

// Why a document has its score.
struct Explanation {
  struct Mark {
    uint32_t begin = 0;  // Bytes of the title or of the text.
    uint32_t end = 0;
    bool in_title = false;
    std::string concept_name;
    double weight = 0;
  };
  struct Share {
    std::string feature;
    double value = 0;
    double weight = 0;  // What it adds to the sum.
  };
  Scores scores;
  bool anchored = false;
  double bias = 0;
  std::vector<Share> shares;  // Largest first, by absolute weight.
  std::vector<Mark> marks;    // In the order of the text.
};

// Says what documents are about, for all topics at once. Any thread.
class Classifier {
 public:
  struct Options {
    size_t evidence_max = 12;  // Terms a topic.
  };

  // kInvalidArgument: no topic, two of one name, or weights that don't fit.
  static absl::StatusOr<std::unique_ptr<Classifier>> Create(std::vector<LoadedTopic> topics,
                                                            const Options& options);

  // Reads the topic files. Errors as ReadTopicFile and Create.
  static absl::StatusOr<std::unique_ptr<Classifier>> Open(const std::vector<std::string>& paths,
                                                          const Options& options);

  // One match a topic, in their order. Facets and evidence only where the related score is at least
  // `evidence_related_min`: they cost more than the scores. `language` is ISO 639-1, empty:
  // unknown.
  std::vector<data::v1::TopicMatch> Classify(std::string_view title, std::string_view text,
                                             std::string_view language,
                                             double evidence_related_min = 0) const;

  // Everything about one topic's score of a document.
  Explanation Explain(size_t topic, std::string_view title, std::string_view text,
                      std::string_view language) const;

  const std::vector<Topic>& topics() const { return topics_; }
  const Lexicon& lexicon() const { return *lexicon_; }

 private:
  explicit Classifier(const Options& options) : options_(options) {}
  void Fill(size_t topic, const Passage& passage, absl::Span<const float> values,
            std::string_view title, std::string_view text, data::v1::TopicMatch& match) const;

  Options options_;
  std::vector<Topic> topics_;
  std::unique_ptr<Lexicon> lexicon_;
  std::vector<FeatureSet> features_;
  std::vector<Model> models_;
};

}  // namespace sluice::classify_relevance
