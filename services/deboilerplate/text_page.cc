#include "services/deboilerplate/text_page.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/deboilerplate/block_writer.h"
#include "services/deboilerplate/hard_wrap.h"
#include "services/deboilerplate/witness.h"

namespace sluice::deboilerplate {
namespace {

// Of a page without markup: least share of its words in one element, and lines there.
constexpr float kWordsShareMin = 0.7F;
constexpr size_t kLinesMin = 4;
// Of a text that a page states: a shorter one may be a teaser, and what share of it is at least
// there.
constexpr size_t kStatedBytesMin = 300;
constexpr float kThereShareMin = 0.5F;
// What share of its runs of words the page shows at least.
constexpr float kShownShareMin = 0.1F;

// Of blocks that look like sentences.
size_t ProseBytes(const Page& page) {
  constexpr float kLinkedMax = 0.5F;
  size_t bytes = 0;
  for (const Block& block : page.blocks)
    bytes += block.stats.prose() && block.link_density() < kLinkedMax ? block.end - block.begin : 0;
  return bytes;
}

}  // namespace

void ReadPlainText(std::string_view text, size_t blocks_max, Page& page) {
  const std::optional<std::string> unwrapped = Unwrap(text);
  if (unwrapped.has_value()) text = *unwrapped;
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

bool LacksMarkup(const Page& page) {
  std::vector<uint32_t> words(page.nodes.size());
  uint32_t all = 0;
  for (const Block& block : page.blocks) {
    all += block.stats.words;
    if (block.node >= 0) words[static_cast<size_t>(block.node)] += block.stats.words;
  }
  const auto most = std::max_element(words.begin(), words.end());
  if (most == words.end() || *most < kWordsShareMin * static_cast<float>(all)) return false;
  const auto node = static_cast<int32_t>(most - words.begin());
  size_t lines = 0;
  for (const Block& block : page.blocks) {
    if (block.node != node) continue;
    const std::string_view text = page.TextOf(block);
    lines += 1 + static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  }
  return lines >= kLinesMin;
}

bool LacksText(const Page& page, std::string_view stated) {
  if (stated.size() < kStatedBytesMin) return false;
  if (static_cast<float>(page.text.size()) < kThereShareMin * static_cast<float>(stated.size()))
    return true;
  return ProseBytes(page) < stated.size() && ShareShown(page, stated) < kShownShareMin;
}

std::string LinesOf(const Page& page) {
  std::string text;
  text.reserve(page.text.size() + page.blocks.size());
  for (const Block& block : page.blocks) {
    text += page.TextOf(block);
    text += '\n';
  }
  return text;
}

void ReplaceText(std::string_view text, size_t blocks_max, Page& page) {
  Page before = std::exchange(page, Page());
  ReadPlainText(text, blocks_max, page);
  page.truncated = page.truncated || before.truncated;
  page.bytes = before.bytes;
  page.videos = before.videos;
  page.password_inputs = before.password_inputs;
  page.json_ld = std::move(before.json_ld);
  page.hints = std::move(before.hints);
  // Blocks are counted anew; hardly any hint stands among them.
  for (Hint& hint : page.hints)
    hint.block = std::min(hint.block, static_cast<int32_t>(page.blocks.size()));
}

}  // namespace sluice::deboilerplate
