#include "services/deboilerplate/page_kind.h"

#include <lexbor/tag/tag.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "pipeline/base/strings.h"
#include "services/deboilerplate/page_phrases.h"

namespace sluice::deboilerplate {
namespace {

struct Counts {
  double kept_words = 0;
  double kept_blocks = 0;
  double prose_words = 0;  // Kept.
  double all_words = 0;
  double link_words = 0;
};

Counts Count(const Page& page, const std::vector<Judgement>& judgements) {
  Counts out;
  for (size_t i = 0; i < page.blocks.size(); ++i) {
    const Block& block = page.blocks[i];
    const double words = block.stats.words;
    out.all_words += words;
    out.link_words += words * block.link_density();
    if (!judgements[i].kept) continue;
    out.kept_words += words;
    out.kept_blocks += 1;
    if (block.stats.prose()) out.prose_words += words;
  }
  return out;
}

// Below it no text is an article of its own.
constexpr double kArticleWordsMin = 25;
constexpr double kPresenceMin = 0.45;  // Of a story. As in train/presence.py.
constexpr double kListWordsMin = 80;   // Of a page without a story that is no empty one.
constexpr double kShortWords = 120;

// A notice about cookies is what there is to read: words of consent stand thick outside of
// navigation and footer, or several of its phrases do.
bool AsksForConsent(const Page& page) {
  constexpr size_t kTextBytesMax = 4000;
  constexpr double kHitsMin = 3;
  constexpr double kShareMin = 0.06;
  double hits = 0;
  double words = 0;
  std::string text;
  for (const Block& block : page.blocks) {
    if (block.hard_dropped) continue;
    hits += block.stats.cues[static_cast<size_t>(Cue::kConsent)];
    words += block.stats.words;
    if (text.size() < kTextBytesMax) text += page.TextOf(block);
  }
  return (hits >= kHitsMin && hits > kShareMin * words) || SaysConsent(text);
}

// A barrier to subscribers stands right behind the text, or in its last lines.
bool EndsAtPaywall(const Page& page, const std::vector<Judgement>& judgements) {
  constexpr int kReach = 8;
  int last = -1;
  for (size_t i = 0; i < judgements.size(); ++i)
    last = judgements[i].kept ? static_cast<int>(i) : last;
  const int to = std::min<int>(static_cast<int>(page.blocks.size()) - 1, last + kReach);
  for (int i = std::max(0, last - 1); i <= to; ++i) {
    const Block& block = page.blocks[static_cast<size_t>(i)];
    if (block.stats.words <= 60 && SaysPaywall(page.TextOf(block))) return true;
  }
  return false;
}

bool IsFrontPage(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view rest = url.substr(scheme + 3);
  const size_t slash = rest.find('/');
  return slash == std::string_view::npos || slash + 1 == rest.size();
}

// Archives say so as well, but have no date of their own.
bool SaysDatedArticle(const Page& page, const Article& article) {
  return article.published.has_value() &&
         absl::EqualsIgnoreCase(base::ToAbsl(page.Meta("og:type")), "article");
}

bool IsErrorPage(const LinkedData& data, const Article& article, const Counts& counts) {
  constexpr size_t kBeginBytes = 400;
  return counts.kept_words < kShortWords && !data.article && !data.live_blog &&
         (IsErrorHeadline(article.title) || SaysError(article.text.substr(0, kBeginBytes)));
}

PageKind KindOf(const Page& page, const LinkedData& data, const std::vector<Judgement>& judgements,
                std::string_view url, const Article& article, const Counts& counts,
                double presence) {
  const bool brief = counts.kept_words < kShortWords;
  if (IsErrorPage(data, article, counts)) return PageKind::kErrorPage;
  if (brief && counts.all_words > 15 && AsksForConsent(page)) return PageKind::kConsentWall;
  if (counts.kept_words < 350 && (data.paid || EndsAtPaywall(page, judgements)) &&
      counts.kept_words >= 10) {
    return data.paid && !EndsAtPaywall(page, judgements) && counts.kept_words >= 200
               ? PageKind::kArticle
               : PageKind::kPaywallTeaser;
  }
  const bool linked = counts.link_words > 0.5 * counts.all_words && counts.all_words > 200;
  if (!data.article && !data.live_blog && !SaysDatedArticle(page, article) && IsFrontPage(url) &&
      (linked || data.listing) && counts.prose_words < 0.15 * counts.all_words) {
    return PageKind::kIndex;
  }
  if (counts.kept_words < 80 && (data.video || page.videos > 0) && !page.plain_text)
    return PageKind::kMediaStub;
  // The entries of a live blog may look like a list of stories.
  if (counts.kept_words >= kArticleWordsMin &&
      (data.live_blog || (IsLiveAddress(url) && counts.kept_words > 400)))
    return PageKind::kLiveBlog;
  if (counts.kept_words < kArticleWordsMin || presence < kPresenceMin) {
    return linked || data.listing || counts.kept_words > kListWordsMin ? PageKind::kIndex
                                                                       : PageKind::kEmpty;
  }
  return PageKind::kArticle;
}

// For walls, errors and stubs there are rules of thumb and no figures: the surer of the blocks the
// model is, the less sure is the kind.
double ConfidenceOf(PageKind kind, const Counts& counts, const KeptText& kept) {
  const double article = kept.rightness * std::min(1.0, counts.kept_words / kShortWords);
  switch (kind) {
    case PageKind::kArticle:
      return kept.presence * kept.rightness;
    case PageKind::kLiveBlog:
      return kept.rightness;
    case PageKind::kEmpty:
      return 1.0 -
             std::max(kept.presence, 0.5 * std::min(1.0, counts.kept_words / kArticleWordsMin));
    case PageKind::kIndex:
      return std::clamp(1.0 - std::min(article, kept.presence), 0.5, 0.95);
    default:
      return std::clamp(1.0 - article, 0.5, 0.95);
  }
}

}  // namespace

std::string_view KindName(PageKind kind) {
  switch (kind) {
    case PageKind::kArticle:
      return "article";
    case PageKind::kLiveBlog:
      return "live_blog";
    case PageKind::kIndex:
      return "index";
    case PageKind::kMediaStub:
      return "media_stub";
    case PageKind::kConsentWall:
      return "consent_wall";
    case PageKind::kPaywallTeaser:
      return "paywall_teaser";
    case PageKind::kErrorPage:
      return "error_page";
    case PageKind::kEmpty:
      return "empty";
  }
  return "empty";
}

void JudgeKind(const Page& page, const LinkedData& data, const std::vector<Judgement>& judgements,
               std::string_view url, const KeptText& kept, Article& article) {
  const Counts counts = Count(page, judgements);
  article.kind = KindOf(page, data, judgements, url, article, counts, kept.presence);
  article.confidence = ConfidenceOf(article.kind, counts, kept);
}

std::string PathOf(const Page& page, const Block& block) {
  std::string path;
  int32_t at = block.node;
  for (int level = 0; level < 3 && at >= 0 && !page.plain_text; ++level) {
    const Node& node = page.nodes[static_cast<size_t>(at)];
    size_t length = 0;
    const lxb_char_t* name = lxb_tag_name_by_id(node.tag, &length);
    std::string part = name == nullptr || node.tag == 0
                           ? "custom"
                           : std::string(reinterpret_cast<const char*>(name), length);
    if (!path.empty()) part.append(" > ").append(path);
    path = std::move(part);
    at = node.parent;
  }
  return path;
}

}  // namespace sluice::deboilerplate
