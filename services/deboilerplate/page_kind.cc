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

bool IsLinkedHeading(const Page& page, const Block& block) {
  constexpr float kLinkedMin = 0.9F;
  constexpr uint32_t kWordsMin = 2;
  constexpr uint32_t kWordsMax = 30;
  if (block.node < 0 || block.link_density() < kLinkedMin || block.stats.words < kWordsMin ||
      block.stats.words > kWordsMax)
    return false;
  const Node& node = page.nodes[static_cast<size_t>(block.node)];
  return (node.tag >= LXB_TAG_H2 && node.tag <= LXB_TAG_H6) ||
         ((node.roles | block.inline_roles) & Bit(kRoleHeadline)) != 0;
}

// The lowest element that holds two blocks.
const Node& ElementOf(const Page& page, size_t first, size_t second) {
  int32_t at = page.blocks[first].node;
  while (page.nodes[static_cast<size_t>(at)].parent >= 0 &&
         page.nodes[static_cast<size_t>(at)].block_end <= static_cast<int32_t>(second))
    at = page.nodes[static_cast<size_t>(at)].parent;
  return page.nodes[static_cast<size_t>(at)];
}

// A headline that leads elsewhere and what was kept behind it, up to the next one.
struct Beginning {
  int heading = -1;
  int before = -1;  // The heading before it.
  int lines = 0;
  double words = 0;
  const Node* element = nullptr;  // That holds it and its first line.

  // In an element of its own: what stands in one with other headings is an article that names by
  // links what it is about, or one with boxes within it.
  bool IsStory(int end) const {
    constexpr int kLinesMax = 2;
    constexpr double kWordsMax = 100;
    return element != nullptr && lines <= kLinesMax && words <= kWordsMax &&
           element->block_begin > before && element->block_end <= end;
  }
};

// Nearly all that was kept is beginnings of stories: archives and the pages of sections, authors
// and searches.
bool ListsStories(const Page& page, const std::vector<Judgement>& judgements,
                  const Counts& counts) {
  constexpr int kStoriesMin = 4;
  constexpr double kShareMin = 0.7;
  int stories = 0;
  double words = 0;
  Beginning open;
  for (int i = 0; i <= static_cast<int>(page.blocks.size()); ++i) {
    const auto at = static_cast<size_t>(i);
    if (at == page.blocks.size() || IsLinkedHeading(page, page.blocks[at])) {
      if (open.IsStory(i)) {
        ++stories;
        words += open.words;
      }
      open = {.heading = i, .before = open.heading};
    } else if (judgements[at].kept && open.heading >= 0) {
      if (open.lines++ == 0) open.element = &ElementOf(page, static_cast<size_t>(open.heading), at);
      open.words += page.blocks[at].stats.words;
    }
  }
  return stories >= kStoriesMin && words >= kShareMin * counts.kept_words;
}

bool IsErrorPage(const LinkedData& data, const Article& article, const Counts& counts) {
  constexpr size_t kBeginBytes = 400;
  return counts.kept_words < kShortWords && !data.article && !data.live_blog &&
         (IsErrorHeadline(article.title) || SaysError(article.text.substr(0, kBeginBytes)));
}

PageKind KindOf(const Page& page, const LinkedData& data, const std::vector<Judgement>& judgements,
                std::string_view url, const Article& article, const Counts& counts) {
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
  if (!data.article && !data.live_blog && !SaysDatedArticle(page, article) &&
      (brief || IsFrontPage(url)) && (linked || data.listing) &&
      counts.prose_words < 0.15 * counts.all_words) {
    return PageKind::kIndex;
  }
  if (!data.article && !data.live_blog && page.Meta("article:published_time").empty() &&
      ListsStories(page, judgements, counts))
    return PageKind::kIndex;
  if (counts.kept_words < 80 && (data.video || page.videos > 0) && !page.plain_text)
    return PageKind::kMediaStub;
  if (counts.kept_words < kArticleWordsMin) return linked ? PageKind::kIndex : PageKind::kEmpty;
  if (data.live_blog || (IsLiveAddress(url) && counts.kept_words > 400)) return PageKind::kLiveBlog;
  return PageKind::kArticle;
}

// For other kinds than articles there are rules of thumb and no figures: the surer of the blocks
// the model is, the less sure is the kind.
double ConfidenceOf(PageKind kind, const Counts& counts, double rightness) {
  const double article = rightness * std::min(1.0, counts.kept_words / kShortWords);
  switch (kind) {
    case PageKind::kArticle:
    case PageKind::kLiveBlog:
      return rightness;
    case PageKind::kEmpty:
      return 1.0 - 0.5 * std::min(1.0, counts.kept_words / kArticleWordsMin);
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
               std::string_view url, double rightness, Article& article) {
  const Counts counts = Count(page, judgements);
  article.kind = KindOf(page, data, judgements, url, article, counts);
  article.confidence = ConfidenceOf(article.kind, counts, rightness);
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
