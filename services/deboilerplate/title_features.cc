#include <algorithm>

#include "services/deboilerplate/title.h"
#include "services/deboilerplate/title_draft.h"
#include "services/deboilerplate/title_words.h"

namespace sluice::deboilerplate {
namespace {

// Of a feature that few pages have: as a larger number it is shrunk less.
constexpr float kRareButTelling = 3;
// Features. Each source has two: said so as a whole, and after a cut.
enum Feature : size_t {
  kSourceBegin = 0,
  kSourceEnd = 2 * kTitleSources,
  kAgreeing = kSourceEnd,  // Kinds of sources.
  kOnlyHeading,
  kFirstOfHeadings,
  kNear,
  kAbove,
  kFarAbove,
  kBehind,
  kNoDistance,
  kLikeHead,    // Best likeness to what the page's head says.
  kLikeOthers,  // Mean likeness to all other candidates.
  kSlugFound,   // Share of the address's words that it has.
  kSlugTold,    // Share of its words that the address has.
  kNoSlug,
  kIsSite,
  kEndsWithSite,
  kBeginsWithSite,
  kCutSite,
  kCutTail,
  kCutDash,
  kCutSiteInFront,
  kCutKicker,
  kOneOrTwoWords,
  kFewWords,
  kManyWords,
  kEndOfAnother,
  kBeginOfAnother,
  kHasAnotherAtEnd,
  kHasAnotherAtBegin,
  kHasBar,
  kHasDash,
  kCapitals,
  kCutShort,
  kInText,         // A block above the text says the same.
  kHeadingAgrees,  // A heading, and one of the head's sources too.
  kOnlyAndNear,
  kNamedAndNear,
  // The same sources where the page says that it is news: newspapers' heads are written with more
  // care than those of magazines and shops.
  kNewsHeading,
  kNewsOpenGraphAny,
  kNewsLinkedData,
  kNewsTitleElement,
  kNewsHeadingCut,
  kNewsOpenGraph,
  kNewsTwitter,
  kGluedKicker,  // A heading that ends with what the head says, without a mark between.
  kGluedRest,    // What the head says at the end of such a heading.
  kFeatureCount
};
static_assert(kFeatureCount == kTitleFeatures);

constexpr std::array<std::string_view, kTitleFeatures> kNames = {
    "linked_data",
    "linked_data_cut",
    "open_graph",
    "open_graph_cut",
    "twitter",
    "twitter_cut",
    "title_element",
    "title_element_cut",
    "other_meta",
    "other_meta_cut",
    "h1",
    "h1_cut",
    "h2",
    "h2_cut",
    "marked",
    "marked_cut",
    "named",
    "named_cut",
    "agreeing",
    "only_heading",
    "first_heading",
    "near",
    "above",
    "far_above",
    "behind",
    "no_distance",
    "like_head",
    "like_others",
    "slug_found",
    "slug_told",
    "no_slug",
    "is_site",
    "ends_with_site",
    "begins_with_site",
    "cut_site",
    "cut_tail",
    "cut_dash",
    "cut_site_in_front",
    "cut_kicker",
    "one_or_two_words",
    "few_words",
    "many_words",
    "end_of_another",
    "begin_of_another",
    "another_at_end",
    "another_at_begin",
    "has_bar",
    "has_dash",
    "capitals",
    "cut_short",
    "in_text",
    "heading_agrees",
    "only_and_near",
    "named_and_near",
    "news_h1",
    "news_open_graph_any",
    "news_linked",
    "news_title_element",
    "news_h1_cut",
    "news_open_graph",
    "news_twitter",
    "glued_kicker",
    "glued_rest",
};

class Features {
 public:
  Features(const TitleSurroundings& surroundings, const std::vector<TitleDraft>& drafts)
      : around_(surroundings), drafts_(drafts) {
    ReadNear();
  }

  std::vector<TitleCandidate> Run() const {
    std::vector<TitleCandidate> out;
    const std::vector<std::string> slug = SlugWords(around_.context.url);
    for (size_t i = 0; i < drafts_.size(); ++i) {
      TitleCandidate candidate;
      candidate.text = drafts_[i].text;
      FillOwn(drafts_[i], slug, candidate.features);
      FillRelations(i, candidate.features);
      out.push_back(std::move(candidate));
    }
    return out;
  }

 private:
  void FillOwn(const TitleDraft& draft, const std::vector<std::string>& slug,
               std::array<float, kTitleFeatures>& f) const {
    for (size_t i = 0; i < draft.found.size(); ++i) f[kSourceBegin + i] = draft.found[i] ? 1 : 0;
    for (size_t s = 0; s < kTitleSources; ++s)
      f[kAgreeing] += draft.found[2 * s] || draft.found[2 * s + 1] ? 0.25F : 0;
    const bool h1 = draft.found[2 * static_cast<size_t>(TitleSource::kFirstHeading)];
    const int d = draft.distance;
    f[kOnlyHeading] = h1 && !around_.several_headings ? 1 : 0;
    f[kFirstOfHeadings] = draft.first_heading ? 1 : 0;
    if (d == TitleDraft::kNoHeading) {
      f[kNoDistance] = 1;
    } else {
      f[kNear] = d >= -2 && d <= 3 ? 1 : 0;
      f[kAbove] = d > 3 && d <= 12 ? 1 : 0;
      f[kFarAbove] = d > 12 ? 1 : 0;
      f[kBehind] = d < -2 ? 1 : 0;
    }
    const SlugMatch match = MatchSlug(draft.text, slug);
    f[kSlugFound] = match.found;
    f[kSlugTold] = match.told;
    f[kNoSlug] = slug.empty() ? 1 : 0;
    f[kIsSite] = NamesSite(draft.text, around_.keys) ? 1 : 0;
    const std::string& site = around_.keys.name;
    const bool longer = site.size() >= 3 && draft.key.size() > site.size();
    f[kEndsWithSite] = longer && draft.key.ends_with(site) ? 1 : 0;
    f[kBeginsWithSite] = longer && draft.key.starts_with(site) ? 1 : 0;
    f[kCutSite] = draft.cut_site ? 1 : 0;
    f[kCutTail] = draft.cut_tail ? 1 : 0;
    f[kCutDash] = draft.cut_dash ? 1 : 0;
    f[kCutSiteInFront] = draft.cut_site_front ? 1 : 0;
    f[kCutKicker] = draft.cut_kicker ? 1 : 0;
    const size_t words = draft.words.size();
    f[kOneOrTwoWords] = words <= 2 ? 1 : 0;
    f[kFewWords] = words == 3 || words == 4 ? 1 : 0;
    f[kManyWords] = words > 18 ? 1 : 0;
    for (const Separator& separator : FindSeparators(draft.text))
      f[separator.dash ? kHasDash : kHasBar] = 1;
    f[kCapitals] = IsCapitals(draft.text) ? 1 : 0;
    f[kCutShort] = draft.text.ends_with("...") || draft.text.ends_with("\u2026") ? 1 : 0;
    f[kHeadingAgrees] = draft.is_heading && draft.in_head ? 1 : 0;
    f[kOnlyAndNear] = f[kOnlyHeading] * f[kNear];
    f[kNamedAndNear] = draft.found[2 * static_cast<size_t>(TitleSource::kNamed)] ? f[kNear] : 0;
    f[kInText] = InText(draft) ? 1 : 0;
    if (around_.news) FillNews(draft, f);
  }

  static void FillNews(const TitleDraft& draft, std::array<float, kTitleFeatures>& f) {
    const auto any = [&](TitleSource s) { return draft.whole(s) || draft.cut(s); };
    f[kNewsHeading] = draft.whole(TitleSource::kFirstHeading) ? 1 : 0;
    f[kNewsOpenGraphAny] = any(TitleSource::kOpenGraph) ? 1 : 0;
    f[kNewsLinkedData] = draft.whole(TitleSource::kLinkedData) ? 1 : 0;
    f[kNewsTitleElement] = any(TitleSource::kTitleElement) ? 1 : 0;
    f[kNewsHeadingCut] = draft.cut(TitleSource::kFirstHeading) ? 1 : 0;
    f[kNewsOpenGraph] = draft.whole(TitleSource::kOpenGraph) ? 1 : 0;
    f[kNewsTwitter] = any(TitleSource::kTwitter) ? 1 : 0;
  }

  bool InText(const TitleDraft& draft) const {
    return std::find(near_.begin(), near_.end(), draft.key) != near_.end();
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

  void FillRelations(size_t at, std::array<float, kTitleFeatures>& f) const {
    const TitleDraft& draft = drafts_[at];
    float sum = 0;
    for (size_t i = 0; i < drafts_.size(); ++i) {
      if (i == at) continue;
      const TitleDraft& other = drafts_[i];
      const float like = Likeness(draft.words, other.words);
      sum += like;
      if (other.in_head) f[kLikeHead] = std::max(f[kLikeHead], like);
      const bool longer = draft.key.size() > other.key.size();
      const TitleDraft& whole = longer ? draft : other;
      const TitleDraft& part = longer ? other : draft;
      if (part.words.size() < 2) continue;
      if (whole.key.ends_with(part.key)) {
        f[longer ? kHasAnotherAtEnd : kEndOfAnother] = 1;
        if (IsGlued(whole, part)) f[longer ? kGluedKicker : kGluedRest] = kRareButTelling;
      }
      if (whole.key.starts_with(part.key)) f[longer ? kHasAnotherAtBegin : kBeginOfAnother] = 1;
    }
    if (drafts_.size() > 1) f[kLikeOthers] = sum / static_cast<float>(drafts_.size() - 1);
    if (draft.in_head) f[kLikeHead] = std::max(f[kLikeHead], draft.is_heading ? 1.0F : 0.0F);
  }

  // Whether a heading is a kicker and, with nothing between, what the head says.
  static bool IsGlued(const TitleDraft& whole, const TitleDraft& part) {
    constexpr size_t kWordsMin = 4;
    constexpr size_t kKickerWordsMax = 6;
    if (!whole.is_heading || part.is_heading || part.words.size() < kWordsMin ||
        whole.words.size() > part.words.size() + kKickerWordsMax ||
        !whole.text.ends_with(part.text))
      return false;
    const char first = part.text.front();
    const char before = whole.text[whole.text.size() - part.text.size() - 1];
    const bool letter = (before | 0x20) >= 'a' && (before | 0x20) <= 'z';
    return (letter || before == ' ') && !(first >= 'a' && first <= 'z') &&
           whole.text.find(": ") >= whole.text.size() - part.text.size();
  }

  const TitleSurroundings& around_;
  const std::vector<TitleDraft>& drafts_;
  std::vector<std::string> near_;
};

}  // namespace

std::string_view TitleFeatureName(size_t feature) {
  return feature < kTitleFeatures ? kNames[feature] : std::string_view();
}

std::vector<TitleCandidate> ToCandidates(const TitleSurroundings& surroundings,
                                         const std::vector<TitleDraft>& drafts) {
  return Features(surroundings, drafts).Run();
}

}  // namespace sluice::deboilerplate
