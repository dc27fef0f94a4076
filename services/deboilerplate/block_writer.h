#pragma once

#include <cstdint>
#include <string_view>

#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// Collects text into the blocks of a page. White space is collapsed, so that inline tags neither
// add nor lose a space; zero-width characters and soft hyphens go.
class BlockWriter {
 public:
  struct Style {
    bool link = false;
    bool bold = false;
    bool italic = false;
  };

  BlockWriter(Page& page, size_t blocks_max) : page_(page), blocks_max_(blocks_max) {}

  void Append(std::string_view utf8, const Style& style);
  // As Append, for preformatted text: its line breaks count, but those of a
  // wrap at a fixed width.
  void AppendPreformatted(std::string_view utf8, const Style& style, int32_t node);
  // <br>: the block goes on, on a new line, unless it has come to the end of a sentence or the
  // break is doubled.
  void Break(int32_t node);
  // The boundary of a block element: ends the block, which belongs to `node`.
  void Flush(int32_t node);

  void AddRoles(Roles roles) { roles_ |= roles; }
  void AddImage() { ++images_; }
  void AddLink() { ++links_; }
  size_t text_bytes() const { return page_.text.size(); }

 private:
  bool EndsSentence() const;

  Page& page_;
  const size_t blocks_max_;
  uint32_t begin_ = 0;
  uint32_t link_bytes_ = 0;
  uint32_t bold_bytes_ = 0;
  uint32_t italic_bytes_ = 0;
  Roles roles_ = 0;
  uint16_t images_ = 0;
  uint16_t links_ = 0;
  bool space_ = false;   // A space is due before the next character.
  bool broken_ = false;  // A line break is due instead.
  bool after_break_ = false;
};

}  // namespace sluice::deboilerplate
