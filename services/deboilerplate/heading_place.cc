#include "services/deboilerplate/heading_place.h"

namespace sluice::deboilerplate {
void HeadingPlace::MergeWith(const HeadingPlace& other) {
  in_menu = in_menu && other.in_menu;
  linked = linked && other.linked;
  in_article = in_article || other.in_article;
  in_header = in_header || other.in_header;
}

HeadingPlace FindPlace(const Page& page, int block_at) {
  constexpr float kLinkedMin = 0.9F;
  if (static_cast<size_t>(block_at) >= page.blocks.size()) return {};
  const Block& block = page.blocks[static_cast<size_t>(block_at)];
  if (block.node < 0) return {};
  const Roles roles = page.nodes[static_cast<size_t>(block.node)].ancestor_roles;
  const auto is_in = [roles](Role role, Role tag) { return (roles & (Bit(role) | Bit(tag))) != 0; };
  return {.in_menu = is_in(kRoleNavigation, kRoleTagNav),
          .linked = block.link_density() > kLinkedMin,
          .in_article = is_in(kRoleArticle, kRoleTagArticle),
          .in_header = is_in(kRoleHeader, kRoleTagHeader)};
}

}  // namespace sluice::deboilerplate
