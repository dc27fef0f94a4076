#include "services/feed/filter.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "pipeline/base/hash.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"

namespace sluice::feed {
namespace {

using Values = google::protobuf::RepeatedPtrField<std::string>;

constexpr std::string_view kKindPrefix = "PAGE_KIND_";

// Codes of languages have no case (RFC 5646, 2.1.1); items have them in lower case.
Values InLowerCase(Values values) {
  for (std::string& value : values) absl::AsciiStrToLower(&value);
  return values;
}

std::vector<std::string> Sorted(const Values& values) {
  std::vector<std::string> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return sorted;
}

bool Has(const std::vector<std::string>& sorted, const std::string& value) {
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

absl::Status CheckLength(std::string_view field, const Values& values) {
  if (values.size() <= Filter::kValuesMax) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("filter.{} has {} values; at most {} are allowed",
                                                field, values.size(), Filter::kValuesMax));
}

absl::Status CheckScore(std::string_view field, double value) {
  if (value >= 0 && value <= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("filter.{} is {}; it is a probability, from 0 to 1", field, value));
}

absl::StatusOr<data::v1::PageKind> ParseKind(const std::string& name) {
  data::v1::PageKind kind;
  if (data::v1::PageKind_Parse(std::string(kKindPrefix) + absl::AsciiStrToUpper(base::ToAbsl(name)),
                               &kind) &&
      kind != data::v1::PAGE_KIND_UNSPECIFIED) {
    return kind;
  }
  std::string known;
  for (int i = 1; i < data::v1::PageKind_ARRAYSIZE; ++i) {
    if (!data::v1::PageKind_IsValid(i)) continue;
    known += (known.empty() ? "" : ", ") + KindName(static_cast<data::v1::PageKind>(i));
  }
  return absl::InvalidArgumentError(
      fmt::format("filter.kinds has \"{}\", which is no kind of page; known are {}", name, known));
}

absl::StatusOr<std::vector<std::vector<std::string>>> ParseFacets(const Values& values) {
  std::map<std::string, std::vector<std::string>> by_name;
  for (const std::string& facet : Sorted(values)) {
    const size_t equals = facet.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == facet.size()) {
      return absl::InvalidArgumentError(fmt::format(
          "filter.facets has \"{}\"; write name=value, such as instrument=tariff", facet));
    }
    by_name[facet.substr(0, equals)].push_back(facet);
  }
  std::vector<std::vector<std::string>> facets;
  facets.reserve(by_name.size());
  for (auto& [name, choices] : by_name) facets.push_back(std::move(choices));
  return facets;
}

absl::Status Check(const service::v1::Filter& filter) {
  for (const absl::Status& status :
       {CheckLength("topics", filter.topics()), CheckLength("languages", filter.languages()),
        CheckLength("source_ids", filter.source_ids()), CheckLength("kinds", filter.kinds()),
        CheckLength("facets", filter.facets()), CheckScore("score_min", filter.score_min()),
        CheckScore("related_min", filter.related_min())}) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// The same for filters that pass the same, as far as order and repetition go.
uint64_t Fingerprint(service::v1::Filter filter) {
  if (filter.ByteSizeLong() == 0) return 0;
  for (Values* values :
       {filter.mutable_topics(), filter.mutable_languages(), filter.mutable_source_ids(),
        filter.mutable_kinds(), filter.mutable_facets()}) {
    const std::vector<std::string> sorted = Sorted(*values);
    values->Assign(sorted.begin(), sorted.end());
  }
  return std::max<uint64_t>(1, base::HashBytes64(filter.SerializeAsString()));
}

}  // namespace

std::string KindName(data::v1::PageKind kind) {
  if (kind == data::v1::PAGE_KIND_UNSPECIFIED) return "";
  const std::string& name = data::v1::PageKind_Name(kind);
  return name.empty() ? ""
                      : absl::AsciiStrToLower(
                            base::ToAbsl(std::string_view(name).substr(kKindPrefix.size())));
}

ItemFacts FactsOf(const data::v1::FeedItem& item) {
  ItemFacts facts{.event = item.event(),
                  .kind = item.document().kind(),
                  .event_time = base::FromProto(item.published_at()),
                  .language = item.document().language(),
                  .source_id = item.envelope().source_id(),
                  .matches = {}};
  for (const data::v1::TopicMatch& match : item.matches()) {
    ItemFacts::Match& fact = facts.matches.emplace_back();
    fact.topic = match.topic();
    fact.score = match.score();
    fact.related = match.related();
    for (const data::v1::Facet& facet : match.facets()) {
      for (const std::string& value : facet.values()) {
        fact.facets.push_back(fmt::format("{}={}", facet.name(), value));
      }
    }
    std::sort(fact.facets.begin(), fact.facets.end());
  }
  return facts;
}

absl::StatusOr<Filter> Filter::Compile(const service::v1::Filter& filter) {
  if (absl::Status status = Check(filter); !status.ok()) return status;
  Filter compiled;
  for (const std::string& name : filter.kinds()) {
    auto kind = ParseKind(name);
    if (!kind.ok()) return kind.status();
    compiled.kinds_.push_back(*kind);
  }
  auto facets = ParseFacets(filter.facets());
  if (!facets.ok()) return facets.status();
  compiled.facets_ = *std::move(facets);
  compiled.topics_ = Sorted(filter.topics());
  compiled.languages_ = Sorted(InLowerCase(filter.languages()));
  compiled.source_ids_ = Sorted(filter.source_ids());
  compiled.score_min_ = filter.score_min();
  compiled.related_min_ = filter.related_min();
  compiled.by_topic_ = !compiled.topics_.empty() || !compiled.facets_.empty() ||
                       compiled.score_min_ > 0 || compiled.related_min_ > 0;
  compiled.one_per_cluster_ = filter.one_per_cluster();
  if (filter.has_since()) compiled.since_ = base::FromProto(filter.since());
  compiled.fingerprint_ = Fingerprint(filter);
  return compiled;
}

bool Filter::TopicMatches(const ItemFacts::Match& match) const {
  if (!topics_.empty() && !Has(topics_, match.topic)) return false;
  if (match.score < score_min_ || match.related < related_min_) return false;
  return std::all_of(facets_.begin(), facets_.end(), [&](const auto& choices) {
    return std::any_of(choices.begin(), choices.end(),
                       [&](const std::string& choice) { return Has(match.facets, choice); });
  });
}

bool Filter::Matches(const ItemFacts& facts) const {
  if (fingerprint_ == 0) return true;
  if (facts.event_time < since_) return false;
  const bool retracted = facts.event == data::v1::FEED_EVENT_RETRACTED;
  const bool of_no_source = retracted && facts.source_id.empty();  // An operator withdrew it.
  if (!source_ids_.empty() && !of_no_source && !Has(source_ids_, facts.source_id)) return false;
  if (retracted) {
    return topics_.empty() || facts.matches.empty() ||
           std::any_of(facts.matches.begin(), facts.matches.end(),
                       [&](const auto& match) { return Has(topics_, match.topic); });
  }
  if (one_per_cluster_ && facts.event == data::v1::FEED_EVENT_COPIED) return false;
  if (!languages_.empty() && !Has(languages_, facts.language)) return false;
  if (!kinds_.empty() && std::find(kinds_.begin(), kinds_.end(), facts.kind) == kinds_.end()) {
    return false;
  }
  return !by_topic_ || std::any_of(facts.matches.begin(), facts.matches.end(),
                                   [&](const auto& match) { return TopicMatches(match); });
}

}  // namespace sluice::feed
