#pragma once

#include <lexbor/html/html.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "services/deboilerplate/block_writer.h"
#include "services/deboilerplate/page.h"

namespace sluice::deboilerplate {

// Roles of class strings seen before: pages repeat them. One thread.
class RolesCache {
 public:
  Roles Find(std::string_view names);
  // `hash`: base::HashBytes64 of the names, which are not empty.
  Roles Find(std::string_view names, uint64_t hash);

 private:
  struct Slot {
    uint64_t hash = 0;
    Roles roles = 0;
  };
  std::array<Slot, 4096> slots_ = {};
};

struct WalkCaps {
  size_t blocks_max = 20'000;
  size_t hints_max = 2'000;
  size_t json_ld_bytes_max = 1 << 20;  // Of all scripts of a page.
  size_t states_bytes_max = 1 << 20;   // The same of those with other JSON.
};

// Turns a document into a page: nodes, blocks, hints and scripts of linked data, in one pass in
// document order. `page` is overwritten.
void WalkDocument(const lxb_html_document_t& document, const WalkCaps& caps, RolesCache& roles,
                  Page& page);

// Sums the blocks up into the nodes, hands roles down, marks what is navigation or footer.
// After the blocks are there.
void Summarise(Page& page);

}  // namespace sluice::deboilerplate
