#include "services/classify_relevance/term_reader.h"

#include <algorithm>
#include <set>
#include <utility>

#include "pipeline/base/strings.h"
#include "services/classify_relevance/text_folding.h"

namespace sluice::classify_relevance {

absl::StatusOr<std::vector<Term>> TermReader::Read(const YAML::Node& node,
                                                   absl::Span<const std::string> languages,
                                                   std::string_view what) {
  std::vector<std::string> known(languages.begin(), languages.end());
  known.emplace_back("any");
  absl::StatusOr<std::vector<StrictYaml::Entry>> lists =
      yaml_.Map(node, fmt::format("the terms of {}", what), known);
  if (!lists.ok()) return lists.status();
  std::vector<Term> terms;
  for (const StrictYaml::Entry& list : *lists) {
    const auto place = std::find(languages.begin(), languages.end(), list.key);
    const uint8_t language = place == languages.end()
                                 ? Term::kAnyLanguage
                                 : static_cast<uint8_t>(place - languages.begin());
    const std::string name = fmt::format("'{}' of {}", list.key, what);
    absl::Status status = ReadList(list.value, language, name, what, terms);
    if (!status.ok()) return status;
  }
  return terms;
}

absl::Status TermReader::ReadList(const YAML::Node& node, uint8_t language, std::string_view list,
                                  std::string_view what, std::vector<Term>& terms) {
  absl::StatusOr<std::vector<YAML::Node>> items = yaml_.List(node, list);
  if (!items.ok()) return items.status();
  std::set<std::string> seen;
  for (const YAML::Node& item : *items) {
    absl::StatusOr<Term> term = ReadTerm(item, what);
    if (!term.ok()) return term.status();
    term->language = language;
    const std::string form =
        fmt::format("{}{}{}", term->open_start ? "*" : "", term->text, term->open_end ? "*" : "");
    if (!seen.insert(form).second)
      return yaml_.Error(item, fmt::format("term '{}' stands twice in {}", form, list));
    terms.push_back(*std::move(term));
    if (++count_ > limits_.count_max) {
      return yaml_.Error(item, fmt::format("the topic has more than {} terms", limits_.count_max));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Term> TermReader::ReadTerm(const YAML::Node& node, std::string_view what) const {
  absl::StatusOr<std::string> written = yaml_.Text(node, fmt::format("a term of {}", what));
  if (!written.ok()) return written.status();
  std::string_view text = *written;
  Term term;
  if (text.starts_with('*')) {
    term.open_start = true;
    text.remove_prefix(1);
  }
  if (text.ends_with('*')) {
    term.open_end = true;
    text.remove_suffix(1);
  }
  term.text = Fold(text);
  const std::string& folded = term.text;
  const bool edges = !folded.empty() && folded.front() != ' ' && folded.back() != ' ';
  if (!edges || folded.size() < limits_.bytes_min || folded.size() > limits_.bytes_max ||
      folded.find_first_of(std::string_view("\n\0*", 3)) != std::string::npos) {
    return yaml_.Error(
        node,
        fmt::format("term '{}' must have {} to {} bytes without case and accents, no space at its "
                    "ends and * only at its ends",
                    *written, limits_.bytes_min, limits_.bytes_max));
  }
  return term;
}

}  // namespace sluice::classify_relevance
