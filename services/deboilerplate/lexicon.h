#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::deboilerplate {

// What an element is for, judged by the words in its tag, class, id, role and itemprop. A set of
// bits.
using Roles = uint64_t;

enum Role : uint8_t {
  kRoleArticle,
  kRoleBody,
  kRoleContent,
  kRoleMain,
  kRoleText,
  kRoleLead,
  kRoleHeadline,
  kRoleQuote,
  kRoleRelated,
  kRoleComment,
  kRoleShare,
  kRoleSubscribe,
  kRoleAdvert,
  kRoleNavigation,
  kRoleFooter,
  kRoleHeader,
  kRoleSidebar,
  kRoleCaption,
  kRoleMedia,
  kRoleAuthor,
  kRoleDate,
  kRoleTag,
  kRoleConsent,
  kRolePaywall,
  kRoleModal,
  kRoleCard,
  kRoleHidden,
  kRoleContents,
  kRoleRights,
  kRoleTool,
  kRoleSearch,
  kRolePopular,
  kRolePaging,
  kRoleProduct,
  kRoleRecipe,
  kRoleFaq,
  kRoleNote,
  kRoleBox,
  kRoleEmbed,
  kRoleLive,
  kRoleList,
  kRoleForm,
  kRolePoll,
  kRoleWidget,
  kRoleCommentItem,     // A reader's comment: a word for it and its number.
  kRoleConsentManager,  // What asks for consent, by the names of those who sell it.
  // Of tags alone.
  kRoleTagArticle,
  kRoleTagMain,
  kRoleTagAside,
  kRoleTagNav,
  kRoleTagFooter,
  kRoleTagHeader,
  kRoleTagFigure,
  kRoleTagForm,
  kRoleTagTable,
  kRoleTagList,
  kRoleTagQuote,
  kRoleTagButton,
  kRoleTagLink,
  kRoleTagDetails,
  kRoleItemBody,  // itemprop="articleBody".
  kRoleCount,
};
static_assert(kRoleCount <= 64);

constexpr Roles Bit(Role role) { return Roles{1} << role; }

// Roles of a class, id or the like. Words are split at everything but letters, and where lower case
// turns to upper.
Roles RolesOf(std::string_view names);

}  // namespace sluice::deboilerplate
