#include "services/deboilerplate/page.h"

#include <lexbor/tag/const.h>

#include "services/deboilerplate/dom_walk.h"

namespace sluice::deboilerplate {
namespace {

// What holds more of the page's prose than this is the page, whatever its class says.
constexpr float kVetoShare = 0.4F;
// The same of what is never around a story: below a short one it may well hold most of the prose.
constexpr float kSureVetoShare = 0.9F;

constexpr Roles kSureRoles = Bit(kRoleCommentItem) | Bit(kRoleConsentManager);
constexpr Roles kDropRoles = Bit(kRoleTagNav) | Bit(kRoleTagFooter) | kSureRoles;

uint32_t PathOf(const Page& page, const Block& block) {
  uint32_t hash = 0;
  int32_t at = block.node;
  for (uint32_t level = 0; level < 3 && at >= 0; ++level) {
    const Node& node = page.nodes[static_cast<size_t>(at)];
    hash = (hash ^ node.signature) * 0x9E3779B1U + level;
    at = node.parent;
  }
  return hash;
}

}  // namespace

std::string_view Page::Meta(std::string_view name) const {
  for (const Hint& hint : hints) {
    if (hint.kind == Hint::Kind::kMeta && hint.name == name) return hint.value;
  }
  return {};
}

void Page::Clear() {
  text.clear();
  nodes.clear();
  blocks.clear();
  words.clear();
  hints.clear();
  json_ld.clear();
  states.clear();
  bytes = password_inputs = videos = 0;
  plain_text = truncated = false;
}

void Summarise(Page& page) {
  float prose = 0;
  for (const Block& block : page.blocks) {
    const auto words = static_cast<float>(block.stats.words);
    const float prose_words = block.stats.prose() && block.link_density() < 0.5F ? words : 0;
    prose += prose_words;
    if (block.node < 0) continue;
    Node& node = page.nodes[static_cast<size_t>(block.node)];
    node.words += words;
    node.link_words += words * block.link_density();
    node.prose_words += prose_words;
    node.child_prose += prose_words;
    if (node.parent >= 0) page.nodes[static_cast<size_t>(node.parent)].child_prose += prose_words;
  }
  for (size_t i = page.nodes.size(); i-- > 1;) {
    const Node& node = page.nodes[i];
    if (node.parent < 0) continue;
    Node& parent = page.nodes[static_cast<size_t>(node.parent)];
    parent.words += node.words;
    parent.link_words += node.link_words;
    parent.prose_words += node.prose_words;
  }
  for (Node& node : page.nodes) {
    const float share = (node.roles & kSureRoles) != 0 ? kSureVetoShare : kVetoShare;
    const bool vetoed = node.prose_words > share * prose && prose > 0;
    const Roles own =
        vetoed ? node.roles & (Bit(kRoleTagArticle) | Bit(kRoleTagMain) | Bit(kRoleItemBody))
               : node.roles;
    node.ancestor_roles =
        own | (node.parent < 0 ? 0 : page.nodes[static_cast<size_t>(node.parent)].ancestor_roles);
  }
  for (Block& block : page.blocks) {
    block.path = PathOf(page, block);
    if (block.node >= 0) {
      block.hard_dropped =
          (page.nodes[static_cast<size_t>(block.node)].ancestor_roles & kDropRoles) != 0;
    }
  }
}

}  // namespace sluice::deboilerplate
