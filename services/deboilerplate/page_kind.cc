#include "services/deboilerplate/page_kind.h"

#include <lexbor/tag/tag.h>

#include <algorithm>

namespace sluice::deboilerplate {
namespace {

struct Counts {
  double kept_words = 0;
  double kept_blocks = 0;
  double prose_words = 0;  // Kept.
  double all_words = 0;
  double link_words = 0;
  double sureness = 0;  // Mean probability of the kept words.
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
    out.sureness += words * judgements[i].story;
    if (block.stats.prose()) out.prose_words += words;
  }
  if (out.kept_words > 0) out.sureness /= out.kept_words;
  return out;
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
               std::string_view /*url*/, Article& article) {
  const Counts counts = Count(page, judgements);
  article.kind = PageKind::kArticle;
  article.confidence = counts.sureness;
  if (counts.kept_words < 20) {
    article.kind = PageKind::kEmpty;
    article.confidence = 1.0 - counts.sureness;
  } else if (data.live_blog) {
    article.kind = PageKind::kLiveBlog;
  }
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
    path = path.empty() ? part : part + " > " + path;
    at = node.parent;
  }
  return path;
}

}  // namespace sluice::deboilerplate
