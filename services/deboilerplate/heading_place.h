#pragma once

#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// Where on a page a heading stands, by the containers around it; how the blocks were judged plays
// no part.
struct HeadingPlace {
  bool in_menu = false;  // Navigation, such as a line of breadcrumbs.
  bool linked = false;   // All of it is a link, as a logo and the headings of other stories are.
  bool in_article = false;
  bool in_header = false;

  // Of two headings with the same text: what is good of either, what is bad of both.
  void MergeWith(const HeadingPlace& other);
};

// Of the heading that begins with a block. Summarise has run.
HeadingPlace FindPlace(const Page& page, int block);

}  // namespace sluice::deboilerplate
