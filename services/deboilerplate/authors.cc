#include "services/deboilerplate/authors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "pipeline/base/strings.h"
#include "services/deboilerplate/barriers.h"
#include "services/deboilerplate/byline_names.h"
#include "services/deboilerplate/element_kinds.h"
#include "services/deboilerplate/loose_json.h"
#include "services/deboilerplate/title.h"

namespace sluice::deboilerplate {
namespace {

#include "services/deboilerplate/author_weights.inc"

// Who names an author.
enum Source : size_t {
  kLinked,
  kMeta,
  kWeakMeta,
  kCard,       // What cards of shared links show beside "Written by".
  kMarked,     // rel="author" or itemprop="author", around the beginning of the text.
  kMarkedFar,  // The same elsewhere.
  kNamed,      // An element whose class is for authors, around the beginning; it says "By".
  kNamedBare,  // It does not.
  kNamedFar,
  kLineAbove,   // A line that says "By", around the beginning.
  kLineBehind,  // At the text's end or behind it.
  kSignOff,     // One of the text's last lines, and no more than names of people.
  kSourceCount
};

constexpr std::array<std::string_view, kAuthorFeatures> kNames = {
    "weak_meta", "marked",  "named", "sign_off", "linked_person", "person",
    "one_word",  "sources", "shown", "first",    "nobody"};

constexpr std::string_view kMetas[] = {
    "author", "article:author",      "parsely-author",     "sailthru.author",
    "byl",    "article:author_name", "cxenseparse:author", "mediator_author"};
constexpr std::string_view kWeakMetas[] = {"dc.creator", "dcterms.creator", "og:article:author",
                                           "og:author",  "creator",         "citation_author",
                                           "authors",    "article.author",  "dc.contributor"};
constexpr std::string_view kWrittenBy[] = {
    "written by", "verfasst von",    "geschrieben von", "\u00E9crit par", "escrito por",
    "scritto da", "geschreven door", "skrevet av",      "skriven av",     "napisane przez"};

template <size_t kSize>
bool IsOneOf(std::string_view name, const std::string_view (&names)[kSize]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool IsOneWord(std::string_view name) {
  return name.find(' ') == std::string_view::npos &&
         static_cast<unsigned char>(name.front()) < 0xE0;
}

struct Draft {
  std::vector<std::string> names;
  std::vector<std::string> keys;  // Normalised and sorted.
  std::array<bool, kSourceCount> said = {};
  bool linked_person = false;
  bool shown = false;  // To readers, around the beginning of the text.
};

class Collector {
 public:
  Collector(const Page& page, const AuthorContext& context) : page_(page), context_(context) {}

  // Whoever comes first is likelier.
  void AddAll(const LinkedData& data) {
    Draft* linked = Add(Together(data.authors), kLinked, false);
    if (linked != nullptr) linked->linked_person = data.authors_are_people;
    AddMetas();
    AddElements();
    AddLines();
    FindShown();
  }

  std::vector<AuthorCandidate> Finish() const {
    std::vector<AuthorCandidate> out;
    out.reserve(drafts_.size() + 1);
    for (const Draft& draft : drafts_) out.push_back(Describe(draft));
    out.emplace_back().features.back() = 1;  // Nobody.
    for (AuthorCandidate& candidate : out) {
      for (size_t i = 0; i < kAuthorFeatures; ++i)
        candidate.score += kAuthorWeights[i] * candidate.features[i];
    }
    std::sort(out.begin(), out.end(), [](const AuthorCandidate& a, const AuthorCandidate& b) {
      return a.score != b.score ? a.score > b.score : a.names < b.names;
    });
    return out;
  }

 private:
  static constexpr size_t kCandidatesMax = 40;
  // Of the text's beginning, in blocks.
  static constexpr int kReachAbove = 12;
  static constexpr int kReachInto = 4;

  bool IsNear(int block) const {
    return block >= context_.first_block - kReachAbove &&
           block <= context_.first_block + kReachInto;
  }

  static void AppendNew(const std::vector<std::string>& more, std::vector<std::string>& names) {
    constexpr size_t kNamesMax = 12;
    for (const std::string& name : more) {
      const bool known = std::any_of(
          names.begin(), names.end(),
          [key = Normalise(name)](const std::string& other) { return Normalise(other) == key; });
      if (!known && names.size() < kNamesMax) names.push_back(name);
    }
  }

  static std::vector<std::string> Together(const std::vector<std::string>& bylines) {
    std::vector<std::string> names;
    for (const std::string& byline : bylines) AppendNew(NamesInByline(PlainText(byline)), names);
    return names;
  }

  Draft* Add(std::vector<std::string> names, Source source, bool shown) {
    if (names.empty()) return nullptr;
    std::vector<std::string> keys;
    keys.reserve(names.size());
    for (const std::string& name : names) keys.push_back(Normalise(name));
    std::sort(keys.begin(), keys.end());
    auto found = std::find_if(drafts_.begin(), drafts_.end(),
                              [&keys](const Draft& draft) { return draft.keys == keys; });
    if (found == drafts_.end()) {
      if (drafts_.size() >= kCandidatesMax) return nullptr;
      drafts_.push_back({.names = std::move(names), .keys = std::move(keys)});
      found = drafts_.end() - 1;
    }
    found->said[source] = true;
    found->shown = found->shown || shown;
    return &*found;
  }

  void AddMetas() {
    std::vector<std::string> strong;
    std::vector<std::string> weak;
    for (const Hint& hint : page_.hints) {
      if (hint.kind != Hint::Kind::kMeta || hint.value.find("://") != std::string::npos) continue;
      if (IsOneOf(hint.name, kMetas)) strong.push_back(hint.value);
      if (IsOneOf(hint.name, kWeakMetas))
        weak.push_back(hint.name == "citation_author" ? InOrder(hint.value) : hint.value);
    }
    Add(Together(strong), kMeta, false);
    Add(Together(weak), kWeakMeta, false);
    const std::string label = absl::AsciiStrToLower(base::ToAbsl(page_.Meta("twitter:label1")));
    if (std::any_of(std::begin(kWrittenBy), std::end(kWrittenBy),
                    [&label](std::string_view says) { return label.starts_with(says); }))
      Add(Together({std::string(page_.Meta("twitter:data1"))}), kCard, false);
  }

  // Journals have the surname in front: "Lee, Ann B.".
  static std::string InOrder(std::string_view name) {
    const size_t comma = name.find(',');
    if (comma == std::string_view::npos || comma != name.rfind(',')) return std::string(name);
    return fmt::format("{} {}", name.substr(comma + 1), name.substr(0, comma));
  }

  // Elements of one kind, one behind the other: each may name one of several authors.
  struct Group {
    const Hint* first = nullptr;
    Source source = kNamed;
    int last_block = 0;
    std::vector<std::vector<std::string>> members = {};
  };

  void AddElements() {
    std::vector<Group> groups;
    for (const Hint& hint : page_.hints) {
      constexpr size_t kValueBytesMax = 160;
      constexpr int kReachBehind = 6;
      if (hint.kind != Hint::Kind::kAuthor || hint.value.size() > kValueBytesMax) continue;
      const bool behind =
          hint.block > context_.first_block && hint.block <= context_.last_block + kReachBehind;
      if (!IsNear(hint.block) && !behind) continue;
      if (std::vector<std::string> names = NamesInByline(hint.value); !names.empty())
        Join(hint, std::move(names), groups);
    }
    for (Group& group : groups) {
      const bool shown = IsNear(group.first->block);
      std::vector<std::string> all;
      for (const std::vector<std::string>& names : group.members) AppendNew(names, all);
      Add(std::move(all), group.source, shown);
      if (group.members.size() == 1) continue;
      for (std::vector<std::string>& names : group.members)
        Add(std::move(names), group.source, shown);
    }
  }

  static Source SourceOf(const Hint& hint, bool near) {
    if (hint.name == "marked") return near ? kMarked : kMarkedFar;
    if (!near) return kNamedFar;
    return BeginsLikeByline(hint.value) ? kNamed : kNamedBare;
  }

  void Join(const Hint& hint, std::vector<std::string> names, std::vector<Group>& groups) const {
    constexpr int kBlocksBetween = 2;
    const Source source = SourceOf(hint, IsNear(hint.block));
    auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& other) {
      return other.first->name == hint.name && other.source == source &&
             hint.block <= other.last_block + kBlocksBetween;
    });
    if (group == groups.end()) {
      if (groups.size() >= kCandidatesMax) return;
      groups.push_back({.first = &hint, .source = source});
      group = groups.end() - 1;
    }
    group->last_block = hint.block;
    group->members.push_back(std::move(names));
  }

  void AddLines() {
    constexpr size_t kLineBytesMax = 140;
    constexpr int kReachEnd = 3;  // Of the text's end, in blocks.
    constexpr int kSignOffReach = 1;
    for (int i = 0; i < static_cast<int>(page_.blocks.size()); ++i) {
      const bool near = IsNear(i);
      const bool end = i >= context_.last_block - kReachEnd && i <= context_.last_block + kReachEnd;
      if (!near && !end) continue;
      std::string_view text = page_.TextOf(page_.blocks[static_cast<size_t>(i)]);
      if (text.size() > kLineBytesMax) continue;
      while (text.starts_with('(') || text.starts_with('[')) text.remove_prefix(1);
      while (text.ends_with(')') || text.ends_with(']')) text.remove_suffix(1);
      if (BeginsLikeByline(text)) {
        Add(NamesInByline(text), near ? kLineAbove : kLineBehind, near);
      } else if (std::abs(i - context_.last_block) <= kSignOffReach && !IsHeading(i)) {
        std::vector<std::string> names = NamesInByline(text);
        if (AreAll(names, text)) Add(std::move(names), kSignOff, false);
      }
    }
  }

  // Whether a line is no more than the names of people that were found in it.
  static bool AreAll(const std::vector<std::string>& names, std::string_view line) {
    constexpr size_t kBetweenBytesMax = 8;
    size_t bytes = 0;
    for (const std::string& name : names) {
      if (!LooksLikePerson(name)) return false;
      bytes += name.size() + kBetweenBytesMax;
    }
    return line.size() <= bytes;
  }

  // "Related stories" may look like a name, above all where there are no small letters.
  bool IsHeading(int at) const {
    const Block& block = page_.blocks[static_cast<size_t>(at)];
    const bool heading =
        block.node >= 0 && IsHeadingTag(page_.nodes[static_cast<size_t>(block.node)].tag);
    return heading || IsBarrier(page_, block);
  }

  // What machines are told may also stand where readers look.
  void FindShown() {
    constexpr size_t kLineBytesMax = 400;
    for (int i = 0; i < static_cast<int>(page_.blocks.size()); ++i) {
      const std::string_view text = page_.TextOf(page_.blocks[static_cast<size_t>(i)]);
      if (!IsNear(i) || text.size() > kLineBytesMax) continue;
      for (Draft& draft : drafts_)
        draft.shown = draft.shown || text.find(draft.names.front()) != std::string_view::npos;
    }
  }

  AuthorCandidate Describe(const Draft& draft) const {
    const auto number = [](bool is) { return is ? 1.0F : 0.0F; };
    const auto share = [&draft](auto is) {
      return static_cast<float>(std::count_if(draft.names.begin(), draft.names.end(), is)) /
             static_cast<float>(draft.names.size());
    };
    const auto sources = static_cast<float>(std::count(draft.said.begin(), draft.said.end(), true));
    return {
        .names = draft.names,
        .features = {number(draft.said[kWeakMeta]), number(draft.said[kMarked]),
                     number(draft.said[kNamed]), number(draft.said[kSignOff]),
                     number(draft.linked_person), share(LooksLikePerson), share(IsOneWord),
                     0.25F * sources, number(draft.shown), number(&draft == drafts_.data()), 0.0F}};
  }

  const Page& page_;
  const AuthorContext context_;
  std::vector<Draft> drafts_;
};

}  // namespace

std::string_view AuthorFeatureName(size_t feature) {
  return feature < kAuthorFeatures ? kNames[feature] : std::string_view();
}

std::vector<AuthorCandidate> RankAuthors(const Page& page, const LinkedData& data,
                                         const AuthorContext& context) {
  Collector collector(page, context);
  collector.AddAll(data);
  return collector.Finish();
}

}  // namespace sluice::deboilerplate
