#include "services/deboilerplate/page_survey.h"

#include <lexbor/tag/const.h>

#include "services/deboilerplate/barriers.h"

namespace sluice::deboilerplate {
namespace {

// What names say, and what elements that divide a page say.
constexpr Roles kNamed = Bit(kRoleTagArticle) - 1;
constexpr Roles kSectioned = Bit(kRoleTagArticle) | Bit(kRoleTagMain) | Bit(kRoleTagAside) |
                             Bit(kRoleTagNav) | Bit(kRoleTagFooter) | Bit(kRoleTagHeader);

bool IsProse(const Block& block) { return block.stats.prose() && block.link_density() < 0.5F; }

void SurveyNodeOf(const Block& block, const Page& page, PageSurvey& survey) {
  if (block.node < 0 || page.nodes.empty()) return;
  const Node& node = page.nodes[static_cast<size_t>(block.node)];
  const uint16_t tag = node.tag;
  const Roles roles = node.roles | node.ancestor_roles;
  const auto words = static_cast<float>(block.stats.words);
  if ((roles & kNamed) != 0) survey.named_words += words;
  if ((roles & kSectioned) != 0) survey.tagged_words += words;
  survey.items += tag == LXB_TAG_LI ? 1.0F : 0.0F;
  survey.headings += tag >= LXB_TAG_H2 && tag <= LXB_TAG_H6 ? 1.0F : 0.0F;
}

void SurveyBlocks(const Page& page, PageSurvey& survey) {
  const size_t n = page.blocks.size();
  survey.words_before.resize(n + 1);
  survey.prose_before.resize(n + 1);
  survey.last_prose.resize(n);
  survey.next_prose.resize(n);
  survey.group_of.resize(n);
  int last = -1;
  absl::flat_hash_map<uint32_t, int> group_ids;
  for (size_t i = 0; i < n; ++i) {
    const Block& block = page.blocks[i];
    const auto words = static_cast<float>(block.stats.words);
    const bool prose = IsProse(block);
    survey.words_before[i + 1] = survey.words_before[i] + words;
    survey.prose_before[i + 1] = survey.prose_before[i] + (prose ? words : 0);
    survey.last_prose[i] = last;
    if (prose) last = static_cast<int>(i);
    survey.prose_blocks += prose ? 1.0F : 0.0F;
    survey.link_words += words * block.link_density();
    survey.cjk += static_cast<float>(block.stats.cjk);
    survey.characters += static_cast<float>(block.stats.characters);
    ++survey.copies.try_emplace(block.stats.hash, PageSurvey::Copies{i, 0}).first->second.count;
    SurveyNodeOf(block, page, survey);
    const auto [at, fresh] =
        group_ids.try_emplace(block.path, static_cast<int>(survey.groups.size()));
    if (fresh) survey.groups.emplace_back();
    PageSurvey::Group& group = survey.groups[static_cast<size_t>(at->second)];
    survey.group_of[i] = at->second;
    group.blocks += 1;
    group.words += words;
    group.links += words * block.link_density();
    group.sentences += block.stats.ending == Ending::kSentence ? 1.0F : 0.0F;
  }
  last = static_cast<int>(n);
  for (size_t i = n; i-- > 0;) {
    survey.next_prose[i] = last;
    if (IsProse(page.blocks[i])) last = static_cast<int>(i);
  }
}

void FindBarriers(const Page& page, PageSurvey& survey) {
  const size_t n = page.blocks.size();
  survey.barriers_before.resize(n + 1);
  survey.last_barrier.resize(n);
  int last = -1;
  for (size_t i = 0; i < n; ++i) {
    const bool barrier = IsBarrier(page, page.blocks[i]);
    survey.last_barrier[i] = last;
    if (barrier && survey.prose_before[i] > 0) last = static_cast<int>(i);
    survey.barriers_before[i + 1] =
        survey.barriers_before[i] + (last == static_cast<int>(i) ? 1.0F : 0.0F);
  }
}

void FindRoots(const Page& page, PageSurvey& survey) {
  float best_article = 0;
  for (size_t i = 0; i < page.nodes.size(); ++i) {
    const Node& node = page.nodes[i];
    if (node.child_prose > survey.child_prose_max) {
      survey.child_prose_max = node.child_prose;
      survey.root_node = static_cast<int32_t>(i);
    }
    const bool item_body = (node.roles & Bit(kRoleItemBody)) != 0;
    const bool marked = item_body || (node.roles & (Bit(kRoleTagArticle) | Bit(kRoleTagMain))) != 0;
    if (!marked) continue;
    survey.articles += node.tag == LXB_TAG_ARTICLE ? 1.0F : 0.0F;
    const float score = node.prose_words * (item_body                     ? 4.0F
                                            : node.tag == LXB_TAG_ARTICLE ? 1.5F
                                                                          : 1.0F);
    if (score > best_article) {
      best_article = score;
      survey.article_node = static_cast<int32_t>(i);
    }
  }
}

void FindHeadline(const Page& page, PageSurvey& survey) {
  for (const Hint& hint : page.hints) {
    if (hint.kind == Hint::Kind::kHeading && hint.name != "2" && !hint.value.empty()) {
      // The last h1 before most of the prose: earlier ones may be the site's name.
      if (survey.headline_block < 0 ||
          survey.prose_before[static_cast<size_t>(hint.block)] < 0.3F * survey.prose())
        survey.headline_block = hint.block;
    }
  }
}

}  // namespace

PageSurvey SurveyPage(const Page& page) {
  PageSurvey survey;
  SurveyBlocks(page, survey);
  FindBarriers(page, survey);
  FindRoots(page, survey);
  FindHeadline(page, survey);
  return survey;
}

}  // namespace sluice::deboilerplate
