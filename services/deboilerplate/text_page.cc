#include "services/deboilerplate/text_page.h"

#include <algorithm>

#include "services/deboilerplate/block_writer.h"

namespace sluice::deboilerplate {

void ReadPlainText(std::string_view text, size_t blocks_max, Page& page) {
  page.Clear();
  page.plain_text = true;
  page.nodes.emplace_back();
  BlockWriter writer(page, blocks_max);
  bool blank = false;
  while (!text.empty()) {
    const size_t line_end = std::min(text.find('\n'), text.size());
    const size_t before = page.blocks.size();
    writer.Append(text.substr(0, line_end), {});
    writer.Flush(0);
    if (page.blocks.size() > before) {
      // A line right below another one, without an empty line between.
      page.blocks.back().after_break = before > 0 && !blank;
      blank = false;
    } else {
      blank = true;
    }
    text.remove_prefix(std::min(line_end + 1, text.size()));
  }
  page.nodes.front().end = 1;
  page.nodes.front().block_end = static_cast<int32_t>(page.blocks.size());
}

}  // namespace sluice::deboilerplate
