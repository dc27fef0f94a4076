#include <algorithm>

#include "services/deboilerplate/title.h"
#include "services/deboilerplate/title_draft.h"
#include "services/deboilerplate/title_words.h"

namespace sluice::deboilerplate {
namespace {

// Of a feature that few pages have: as a larger number it is shrunk less.
constexpr float kRareButTelling = 3;

enum Trait : size_t {
  // Who says it, as a whole or after a cut.
  kLinkedData,
  kOpenGraph,
  kOpenGraphCut,
  kTitleElementCut,
  kHeading,
  kHeadingCut,
  kSayers,         // Kinds of sources that say it whole, the site's name apart.
  kNobodyWhole,    // None does.
  kHeadingAgrees,  // A heading does, and one of the head's sources.
  kLikeHead,       // Best likeness to what the page's head says.
  // Where it stands.
  kOnlyHeading,
  kFirstOfHeadings,
  kNear,
  kNamedAndNear,
  kInText,  // A block above the text says the same.
  kInArticle,
  kInHeader,
  // Its words.
  kSlugTold,  // Share of its words that the address has.
  kIsSite,
  kEndsWithSite,
  kSiteInFront,
  kSiteBehindMark,
  kOneOrTwoWords,
  kFewWords,
  kTooManyWords,
  kHasBar,
  kHasDash,
  // What it is to the others.
  kBeginOfAnother,
  kCutAtQuote,        // Ends where another goes on with a quotation mark: one that was not escaped.
  kUnconfirmedWhole,  // A heading of several elements that the head does not say.
  kUnconfirmedPart,   // The end of such a heading.
  kTraitCount
};
static_assert(kTraitCount == kTitleTraits);

constexpr std::array<std::string_view, kTitleTraits> kNames = {
    "linked_data",
    "open_graph",
    "open_graph_cut",
    "title_element_cut",
    "h1",
    "h1_cut",
    "sayers",
    "nobody_whole",
    "heading_agrees",
    "like_head",
    "only_heading",
    "first_heading",
    "near",
    "named_and_near",
    "in_text",
    "in_article",
    "in_header",
    "slug_told",
    "is_site",
    "ends_with_site",
    "site_in_front",
    "site_behind_mark",
    "one_or_two_words",
    "few_words",
    "too_many_words",
    "has_bar",
    "has_dash",
    "begin_of_another",
    "cut_at_quote",
    "unconfirmed_whole",
    "unconfirmed_part",
};

using Traits = std::array<float, kTitleFeatures>;

class Describer {
 public:
  Describer(const TitleSurroundings& surroundings, const std::vector<TitleDraft>& drafts)
      : around_(surroundings), drafts_(drafts), slug_(SlugWords(surroundings.context.url)) {
    ReadNear();
  }

  std::vector<TitleCandidate> Run() const {
    std::vector<TitleCandidate> out;
    for (const TitleDraft& draft : drafts_) {
      TitleCandidate candidate{.text = draft.text};
      Traits& f = candidate.features;
      FillSayers(draft, f);
      FillPlace(draft, f);
      FillWords(draft, f);
      FillRelations(draft, f);
      if (around_.news) std::copy_n(f.begin(), kTitleTraits, f.begin() + kTitleTraits);
      out.push_back(std::move(candidate));
    }
    return out;
  }

 private:
  static void FillSayers(const TitleDraft& draft, Traits& f) {
    f[kLinkedData] = draft.whole(TitleSource::kLinkedData) ? 1 : 0;
    f[kOpenGraph] = draft.whole(TitleSource::kOpenGraph) ? 1 : 0;
    f[kOpenGraphCut] = draft.cut(TitleSource::kOpenGraph) ? 1 : 0;
    f[kTitleElementCut] = draft.cut(TitleSource::kTitleElement) ? 1 : 0;
    f[kHeading] = draft.said(TitleSource::kFirstHeading) ? 1 : 0;
    f[kHeadingCut] = draft.cut(TitleSource::kFirstHeading) ? 1 : 0;
    for (size_t s = 0; s < kTitleSources; ++s)
      f[kSayers] += draft.said(static_cast<TitleSource>(s)) ? 0.25F : 0;
    f[kNobodyWhole] = f[kSayers] == 0 ? 1 : 0;
    f[kHeadingAgrees] = draft.is_heading && draft.in_head ? 1 : 0;
  }

  void FillPlace(const TitleDraft& draft, Traits& f) const {
    f[kNear] = draft.distance >= -2 && draft.distance <= 3 ? 1 : 0;
    f[kOnlyHeading] = f[kHeading] > 0 && !around_.several_headings ? 1 : 0;
    f[kFirstOfHeadings] = draft.first_heading ? 1 : 0;
    f[kNamedAndNear] = draft.whole(TitleSource::kNamed) ? f[kNear] : 0;
    f[kInText] = std::find(near_.begin(), near_.end(), draft.key) != near_.end() ? 1 : 0;
    if (!draft.place.has_value()) return;
    f[kInArticle] = draft.place->in_article ? 1 : 0;
    f[kInHeader] = draft.place->in_header ? 1 : 0;
  }

  void FillWords(const TitleDraft& draft, Traits& f) const {
    f[kSlugTold] = MatchSlug(draft.text, slug_).told;
    f[kIsSite] = NamesSite(draft.text, around_.keys) ? 1 : 0;
    const std::string& site = around_.keys.name;
    const bool longer = site.size() >= 3 && draft.key.size() > site.size();
    f[kEndsWithSite] = longer && draft.key.ends_with(site) ? kRareButTelling : 0;
    const size_t words = draft.words.size();
    f[kOneOrTwoWords] = words <= 2 ? 1 : 0;
    f[kFewWords] = words == 3 || words == 4 ? 1 : 0;
    constexpr size_t kWordsMax = 30;
    f[kTooManyWords] = words > kWordsMax ? kRareButTelling : 0;
    const std::vector<Separator> separators = FindSeparators(draft.text);
    for (const Separator& separator : separators) f[separator.dash ? kHasDash : kHasBar] = 1;
    if (BeginsWithSite(draft.text, separators)) f[kSiteInFront] = kRareButTelling;
    if (separators.empty()) return;
    const size_t tail = separators.back().at + separators.back().bytes;
    if (NamesSite(std::string_view(draft.text).substr(tail), around_.keys))
      f[kSiteBehindMark] = kRareButTelling;
  }

  // Whether a mark parts the site's very name from what follows.
  bool BeginsWithSite(std::string_view text, const std::vector<Separator>& separators) const {
    const size_t mark = separators.empty() ? text.size() : separators.front().at;
    const std::string front = Normalise(text.substr(0, std::min(mark, text.find(": "))));
    return front.size() > 1 && (front == around_.keys.name || front == around_.keys.host) &&
           front.size() < Normalise(text).size();
  }

  // Normalised, the short blocks above the text.
  void ReadNear() {
    constexpr int kReach = 12;
    constexpr size_t kTextBytesMax = 1'200;
    const Page& page = around_.page;
    const int first = around_.context.first_block;
    const int to = std::min(first + 1, static_cast<int>(page.blocks.size()) - 1);
    for (int i = std::max(0, first - kReach); i <= to; ++i) {
      const std::string_view text = page.TextOf(page.blocks[static_cast<size_t>(i)]);
      if (text.size() <= kTextBytesMax) near_.push_back(Normalise(text));
    }
  }

  void FillRelations(const TitleDraft& draft, Traits& f) const {
    constexpr size_t kWordsMin = 2;
    if (draft.in_head && draft.is_heading) f[kLikeHead] = 1;
    for (const TitleDraft& other : drafts_) {
      if (&other == &draft) continue;
      if (other.in_head && f[kLikeHead] < 1)
        f[kLikeHead] = std::max(f[kLikeHead], Likeness(draft.words, other.words));
      const bool longer = draft.key.size() > other.key.size();
      const TitleDraft& whole = longer ? draft : other;
      const TitleDraft& part = longer ? other : draft;
      if (!longer && part.words.size() >= kWordsMin && whole.key.starts_with(part.key)) {
        f[kBeginOfAnother] = 1;
        if (GoesOnWithQuote(whole.text, part.text)) f[kCutAtQuote] = kRareButTelling;
      }
      if (!IsUnconfirmed(whole, part)) continue;
      f[longer ? kUnconfirmedWhole : kUnconfirmedPart] = kRareButTelling;
    }
  }

  // Whether a heading has an element in front of a text, and the head does not say both together.
  static bool IsUnconfirmed(const TitleDraft& heading, const TitleDraft& text) {
    return text.ends_heading && heading.is_whole_heading() && !heading.said_in_head() &&
           heading.key.ends_with(text.key);
  }

  static bool GoesOnWithQuote(std::string_view whole, std::string_view part) {
    if (!whole.starts_with(part)) return false;
    whole.remove_prefix(part.size());
    return whole.substr(std::min(whole.find_first_not_of(' '), whole.size())).starts_with('"');
  }

  const TitleSurroundings& around_;
  const std::vector<TitleDraft>& drafts_;
  const std::vector<std::string> slug_;
  std::vector<std::string> near_;
};

}  // namespace

std::string TitleFeatureName(size_t feature) {
  if (feature >= kTitleFeatures) return {};
  return std::string(kNames[feature % kTitleTraits]) + (feature < kTitleTraits ? "" : "_in_news");
}

std::vector<TitleCandidate> ToCandidates(const TitleSurroundings& surroundings,
                                         const std::vector<TitleDraft>& drafts) {
  return Describer(surroundings, drafts).Run();
}

}  // namespace sluice::deboilerplate
