#pragma once

#include <string>
#include <string_view>

#include "services/deboilerplate/dom_walk.h"
#include "services/deboilerplate/html_parser.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// A page of HTML as the models see it.
class Walked {
 public:
  explicit Walked(std::string_view html, const HtmlParser::Caps& caps = {}) : parser_(caps) {
    WalkDocument(*parser_.Parse(html), WalkCaps(), roles_, page);
    Summarise(page);
  }
  std::string Text(size_t block) const { return std::string(page.TextOf(page.blocks.at(block))); }
  bool truncated() const { return parser_.truncated(); }
  Page page;

 private:
  HtmlParser parser_;
  RolesCache roles_;
};

}  // namespace sluice::deboilerplate
