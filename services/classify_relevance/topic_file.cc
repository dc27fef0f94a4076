#include "services/classify_relevance/topic_file.h"

#include <algorithm>

#include "pipeline/base/file.h"
#include "pipeline/base/strings.h"
#include "services/classify_relevance/strict_yaml.h"
#include "services/classify_relevance/term_reader.h"

namespace sluice::classify_relevance {
namespace {

using Entry = StrictYaml::Entry;

// Reads one file into one Topic; each method one part of it.
class TopicReader {
 public:
  TopicReader(const StrictYaml& yaml, const TopicFileLimits& limits)
      : yaml_(yaml), limits_(limits), terms_(yaml, limits.terms) {}

  absl::StatusOr<Topic> Read() {
    static const std::vector<std::string> kKeys = {
        "topic",   "title",    "languages", "weights", "thresholds", "zones",
        "anchors", "concepts", "groups",    "crosses", "facets",     "training"};
    absl::StatusOr<std::vector<Entry>> entries = yaml_.Map(yaml_.root(), "the topic", kKeys);
    if (!entries.ok()) return entries.status();
    entries_ = *std::move(entries);
    const std::pair<const char*, absl::Status (TopicReader::*)(const YAML::Node&)> parts[] = {
        {"topic", &TopicReader::ReadName},
        {"title", &TopicReader::ReadTitle},
        {"languages", &TopicReader::ReadLanguages},
        {"weights", &TopicReader::ReadWeights},
        {"thresholds", &TopicReader::ReadThresholds},
        {"zones", &TopicReader::ReadZones},
        {"concepts", &TopicReader::ReadConcepts},
        {"groups", &TopicReader::ReadGroups},
        {"anchors", &TopicReader::ReadAnchors},
        {"crosses", &TopicReader::ReadCrosses},
        {"facets", &TopicReader::ReadFacets},
        {"training", &TopicReader::ReadTraining}};
    for (const auto& [key, read] : parts) {
      const Entry* entry = Find(key);
      if (entry == nullptr) continue;
      if (absl::Status status = (this->*read)(entry->value); !status.ok()) return status;
    }
    for (const char* key : {"topic", "languages", "concepts", "anchors"}) {
      if (Find(key) == nullptr) {
        return yaml_.Error(yaml_.root(), fmt::format("the topic lacks the key '{}'", key));
      }
    }
    return std::move(topic_);
  }

 private:
  const Entry* Find(std::string_view key) const {
    for (const Entry& entry : entries_) {
      if (entry.key == key) return &entry;
    }
    return nullptr;
  }

  absl::Status ReadName(const YAML::Node& node) {
    absl::StatusOr<std::string> name = yaml_.Text(node, "topic");
    if (!name.ok()) return name.status();
    const auto fits = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    if (name->size() > 64 || !std::all_of(name->begin(), name->end(), fits)) {
      return yaml_.Error(
          node, fmt::format("the topic's name '{}' may have up to 64 of a-z, 0-9 and -", *name));
    }
    topic_.name = *std::move(name);
    return absl::OkStatus();
  }

  absl::Status ReadTitle(const YAML::Node& node) {
    return Assign(yaml_.Text(node, "title"), topic_.title);
  }

  absl::Status ReadWeights(const YAML::Node& node) {
    return Assign(yaml_.Text(node, "weights"), topic_.weights_path);
  }

  absl::Status ReadLanguages(const YAML::Node& node) {
    absl::StatusOr<std::vector<YAML::Node>> list = yaml_.List(node, "languages");
    if (!list.ok()) return list.status();
    if (list->size() > 60) return yaml_.Error(node, "languages holds more than 60");
    for (const YAML::Node& item : *list) {
      absl::StatusOr<std::string> code = yaml_.Text(item, "a language");
      if (!code.ok()) return code.status();
      const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
      if (code->size() < 2 || code->size() > 3 ||
          !std::all_of(code->begin(), code->end(), letter) || *code == "any") {
        return yaml_.Error(item,
                           fmt::format("'{}' is no ISO 639 code of two or three letters", *code));
      }
      if (Contains(topic_.languages, *code)) {
        return yaml_.Error(item, fmt::format("language '{}' stands twice", *code));
      }
      topic_.languages.push_back(*std::move(code));
    }
    return absl::OkStatus();
  }

  absl::Status ReadThresholds(const YAML::Node& node) {
    return ReadNumbers(
        node, "thresholds",
        {{"publish", &topic_.publish_score_min}, {"retract", &topic_.retract_score_min}}, {}, 0, 1);
  }

  absl::Status ReadZones(const YAML::Node& node) {
    Zones& zones = topic_.zones;
    return ReadNumbers(node, "zones", {{"tail_share", &zones.tail_share}},
                       {{"lead_bytes", &zones.lead_bytes},
                        {"top_bytes", &zones.top_bytes},
                        {"passage_bytes", &zones.passage_bytes},
                        {"text_bytes_max", &zones.text_bytes_max}},
                       0.01, 10'000'000);
  }

  // A mapping of optional numbers.
  absl::Status ReadNumbers(const YAML::Node& node, std::string_view what,
                           const std::vector<std::pair<std::string, double*>>& shares,
                           const std::vector<std::pair<std::string, uint32_t*>>& sizes, double min,
                           double max) {
    std::vector<std::string> known;
    known.reserve(shares.size() + sizes.size());
    for (const auto& [key, place] : shares) known.push_back(key);
    for (const auto& [key, place] : sizes) known.push_back(key);
    absl::StatusOr<std::vector<Entry>> entries = yaml_.Map(node, what, known);
    if (!entries.ok()) return entries.status();
    for (const Entry& entry : *entries) {
      for (const auto& [key, place] : shares) {
        if (entry.key != key) continue;
        absl::Status status =
            Assign(yaml_.Number(entry.value, key, min, std::min(max, 1.0)), *place);
        if (!status.ok()) return status;
      }
      for (const auto& [key, place] : sizes) {
        if (entry.key != key) continue;
        absl::StatusOr<double> number = yaml_.Number(entry.value, key, 20, max);
        if (!number.ok()) return number.status();
        *place = static_cast<uint32_t>(*number);
      }
    }
    return absl::OkStatus();
  }

  absl::Status ReadConcepts(const YAML::Node& node) {
    absl::StatusOr<std::vector<Entry>> entries = yaml_.Map(node, "concepts", {});
    if (!entries.ok()) return entries.status();
    if (entries->size() > limits_.concepts_max) {
      return yaml_.Error(node, fmt::format("concepts holds {}, more than the limit of {}",
                                           entries->size(), limits_.concepts_max));
    }
    for (const Entry& entry : *entries) {
      absl::Status status = ReadConcept(entry);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status ReadConcept(const Entry& entry) {
    static const std::vector<std::string> kKeys = {"scores", "masks", "terms"};
    const std::string what = fmt::format("concept '{}'", entry.key);
    absl::StatusOr<std::vector<Entry>> parts = yaml_.Map(entry.value, what, kKeys);
    if (!parts.ok()) return parts.status();
    Concept idea;
    idea.name = entry.key;
    for (const Entry& part : *parts) {
      absl::Status status = absl::OkStatus();
      if (part.key == "scores") status = Assign(yaml_.Flag(part.value, "scores"), idea.scores);
      if (part.key == "masks") status = Assign(yaml_.Flag(part.value, "masks"), idea.masks);
      if (part.key == "terms") {
        status = Assign(terms_.Read(part.value, topic_.languages, what), idea.terms);
      }
      if (!status.ok()) return status;
    }
    if (idea.terms.empty()) return yaml_.Error(entry.key_node, what + " has no terms");
    concept_names_.push_back(idea.name);
    topic_.concepts.push_back(std::move(idea));
    return absl::OkStatus();
  }

  absl::Status ReadGroups(const YAML::Node& node) {
    absl::StatusOr<std::vector<Entry>> entries = yaml_.Map(node, "groups", {});
    if (!entries.ok()) return entries.status();
    for (const Entry& entry : *entries) {
      if (Contains(concept_names_, entry.key)) {
        return yaml_.Error(entry.key_node,
                           fmt::format("group '{}' has the name of a concept", entry.key));
      }
      Group group;
      group.name = entry.key;
      absl::Status status =
          ReadMembers(entry.value, fmt::format("group '{}'", entry.key), group.concepts);
      if (!status.ok()) return status;
      topic_.groups.push_back(std::move(group));
    }
    return CheckGroupCount(node);
  }

  absl::Status ReadAnchors(const YAML::Node& node) {
    absl::Status status = ReadMembers(node, "anchors", topic_.anchors);
    if (status.ok() && topic_.anchors.empty()) return yaml_.Error(node, "anchors is empty");
    return status;
  }

  absl::Status ReadCrosses(const YAML::Node& node) {
    absl::StatusOr<std::vector<YAML::Node>> list = yaml_.List(node, "crosses");
    if (!list.ok()) return list.status();
    for (const YAML::Node& item : *list) {
      absl::StatusOr<std::vector<YAML::Node>> pair = yaml_.List(item, "a cross");
      if (!pair.ok()) return pair.status();
      if (pair->size() != 2) return yaml_.Error(item, "a cross names two groups or concepts");
      absl::StatusOr<uint16_t> first = CrossSide((*pair)[0]);
      if (!first.ok()) return first.status();
      absl::StatusOr<uint16_t> second = CrossSide((*pair)[1]);
      if (!second.ok()) return second.status();
      topic_.crosses.push_back({*first, *second});
    }
    return CheckGroupCount(node);
  }

  // The group of that name; a concept gets one of its own.
  absl::StatusOr<uint16_t> CrossSide(const YAML::Node& node) {
    absl::StatusOr<std::string> name = yaml_.Text(node, "a side of a cross");
    if (!name.ok()) return name.status();
    for (size_t i = 0; i < topic_.groups.size(); ++i) {
      if (topic_.groups[i].name == *name) return static_cast<uint16_t>(i);
    }
    Group single;
    single.name = *name;
    single.single = true;
    if (absl::Status status = AddMember(node, "a cross", *name, single.concepts); !status.ok())
      return status;
    topic_.groups.push_back(std::move(single));
    return static_cast<uint16_t>(topic_.groups.size() - 1);
  }

  absl::Status CheckGroupCount(const YAML::Node& node) const {
    if (topic_.groups.size() <= Group::kGroupsMax) return absl::OkStatus();
    return yaml_.Error(
        node, fmt::format("groups and the concepts in crosses are {}, more than the limit of {}",
                          topic_.groups.size(), Group::kGroupsMax));
  }

  absl::Status ReadFacets(const YAML::Node& node) {
    absl::StatusOr<std::vector<Entry>> facets = yaml_.Map(node, "facets", {});
    if (!facets.ok()) return facets.status();
    for (const Entry& facet : *facets) {
      const std::string what = fmt::format("facet '{}'", facet.key);
      absl::StatusOr<std::vector<Entry>> values = yaml_.Map(facet.value, what, {});
      if (!values.ok()) return values.status();
      FacetRule rule;
      rule.name = facet.key;
      for (const Entry& value : *values) {
        FacetValue made;
        made.name = value.key;
        absl::Status status =
            ReadMembers(value.value, fmt::format("'{}' of {}", value.key, what), made.concepts);
        if (!status.ok()) return status;
        rule.values.push_back(std::move(made));
      }
      topic_.facets.push_back(std::move(rule));
    }
    return absl::OkStatus();
  }

  // What training may conclude. Only the names are checked here; script/train reads them.
  absl::Status ReadTraining(const YAML::Node& node) {
    std::vector<std::string> known = concept_names_;
    for (const Group& group : topic_.groups) {
      if (!group.single) known.push_back(group.name);
    }
    for (const Cross& cross : topic_.crosses) {
      known.push_back(topic_.groups[cross.first].name + "+" + topic_.groups[cross.second].name);
    }
    absl::StatusOr<std::vector<Entry>> entries =
        yaml_.Map(node, "training", {"supports", "opposes"});
    if (!entries.ok()) return entries.status();
    for (const Entry& entry : *entries) {
      absl::StatusOr<std::vector<YAML::Node>> list = yaml_.List(entry.value, entry.key);
      if (!list.ok()) return list.status();
      for (const YAML::Node& item : *list) {
        absl::StatusOr<std::string> name = yaml_.Text(item, fmt::format("a name in {}", entry.key));
        if (!name.ok()) return name.status();
        if (!Contains(known, *name)) {
          return yaml_.Unknown(item, fmt::format("concept, group or cross in {}", entry.key), *name,
                               known);
        }
      }
    }
    return absl::OkStatus();
  }

  // A list of concepts; a group's name stands for its members.
  absl::Status ReadMembers(const YAML::Node& node, std::string_view what,
                           std::vector<uint16_t>& out) {
    absl::StatusOr<std::vector<YAML::Node>> list = yaml_.List(node, what);
    if (!list.ok()) return list.status();
    for (const YAML::Node& item : *list) {
      absl::StatusOr<std::string> name = yaml_.Text(item, fmt::format("a member of {}", what));
      if (!name.ok()) return name.status();
      if (absl::Status status = AddMember(item, what, *name, out); !status.ok()) return status;
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return absl::OkStatus();
  }

  absl::Status AddMember(const YAML::Node& node, std::string_view what, const std::string& name,
                         std::vector<uint16_t>& out) {
    const auto place = std::find(concept_names_.begin(), concept_names_.end(), name);
    if (place != concept_names_.end()) {
      out.push_back(static_cast<uint16_t>(place - concept_names_.begin()));
      return absl::OkStatus();
    }
    for (const Group& group : topic_.groups) {
      if (group.name != name) continue;
      out.insert(out.end(), group.concepts.begin(), group.concepts.end());
      return absl::OkStatus();
    }
    std::vector<std::string> known = concept_names_;
    for (const Group& group : topic_.groups) known.push_back(group.name);
    return yaml_.Unknown(node, fmt::format("concept in {}", what), name, known);
  }

  template <typename T>
  static absl::Status Assign(absl::StatusOr<T> value, T& place) {
    if (!value.ok()) return value.status();
    place = *std::move(value);
    return absl::OkStatus();
  }

  static bool Contains(const std::vector<std::string>& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  }

  const StrictYaml& yaml_;
  const TopicFileLimits& limits_;
  TermReader terms_;
  std::vector<Entry> entries_;
  std::vector<std::string> concept_names_;
  Topic topic_;
};

}  // namespace

absl::StatusOr<Topic> ParseTopic(std::string_view text, std::string_view file_name,
                                 const TopicFileLimits& limits) {
  absl::StatusOr<StrictYaml> yaml = StrictYaml::Parse(text, file_name, limits.file_bytes_max);
  if (!yaml.ok()) return yaml.status();
  return TopicReader(*yaml, limits).Read();
}

absl::StatusOr<Topic> ReadTopicFile(const std::string& path, const TopicFileLimits& limits) {
  absl::StatusOr<std::string> text = base::ReadFile(path, limits.file_bytes_max);
  if (!text.ok()) return text.status();
  return ParseTopic(*text, path, limits);
}

}  // namespace sluice::classify_relevance
