#include "services/deboilerplate/block_writer.h"

#include <algorithm>
#include <array>

#include "services/deboilerplate/byte_scan.h"
#include "services/deboilerplate/hard_wrap.h"

namespace sluice::deboilerplate {
namespace {

constexpr std::array<bool, 256> MakePlain() {
  std::array<bool, 256> plain = {};
  for (int c = 0x21; c < 0x100; ++c) plain[c] = true;
  plain[0x7F] = false;
  plain[0xC2] = false;  // No-break space, soft hyphen.
  plain[0xE2] = false;  // Zero-width and typographic spaces.
  plain[0xE3] = false;  // Ideographic space.
  plain[0xEF] = false;  // Byte order mark.
  return plain;
}
constexpr auto kPlain = MakePlain();

bool IsPlain(char c) { return kPlain[static_cast<uint8_t>(c)]; }

// Behind the bytes from `at` on that are taken over as they stand: words, and the single spaces
// between them.
size_t PlainEnd(std::string_view text, size_t at) {
  const size_t begin = at;
#if defined(__SSE2__)
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  uint32_t space_before = 1;
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i here = LoadBytes(bytes + at);
    const uint32_t spaces = BitsOf<' '>(here);
    const uint32_t others = BitsUpTo<0x1F>(here) | BitsOf<0x7F, 0xC2, 0xE2, 0xE3, 0xEF>(here);
    const uint32_t stops = others | (spaces & (spaces << 1 | space_before));
    if (stops != 0) {
      at += static_cast<size_t>(__builtin_ctz(stops));
      return at > begin && text[at - 1] == ' ' ? at - 1 : at;
    }
    space_before = spaces >> 15;
  }
  if (at > begin && text[at - 1] == ' ') --at;
#endif
  for (; at < text.size(); ++at) {
    if (IsPlain(text[at])) continue;
    const bool between = at > begin && at + 1 < text.size() && IsPlain(text[at + 1]);
    if (text[at] != ' ' || !between) break;
  }
  return at;
}

size_t BlanksEnd(std::string_view text, size_t at) {
  while (at < text.size() && static_cast<uint8_t>(text[at]) <= 0x20) ++at;
  return at;
}

enum class Special : uint8_t { kNone, kSpace, kNothing };

struct Match {
  Special what;
  size_t bytes;
};

Match SpecialAt(std::string_view rest) {
  const auto byte = [&](size_t i) { return i < rest.size() ? static_cast<uint8_t>(rest[i]) : 0; };
  const uint8_t first = byte(0);
  if (first <= 0x20) return {Special::kSpace, 1};
  if (first == 0x7F) return {Special::kNothing, 1};
  if (first == 0xC2) {
    if (byte(1) == 0xA0) return {Special::kSpace, 2};
    if (byte(1) == 0xAD) return {Special::kNothing, 2};
    return {Special::kNone, std::min<size_t>(2, rest.size())};
  }
  const size_t three = std::min<size_t>(3, rest.size());
  if (first == 0xE2) {
    if (byte(1) == 0x80) {
      if (byte(2) <= 0x8A || byte(2) == 0xA8 || byte(2) == 0xA9 || byte(2) == 0xAF)
        return {Special::kSpace, three};
      if (byte(2) == 0x8B || byte(2) == 0x8E || byte(2) == 0x8F) return {Special::kNothing, three};
    }
    if (byte(1) == 0x81 && byte(2) == 0xA0) return {Special::kNothing, three};
    if (byte(1) == 0x81 && byte(2) == 0x9F) return {Special::kSpace, three};
    return {Special::kNone, three};
  }
  if (first == 0xE3)
    return {byte(1) == 0x80 && byte(2) == 0x80 ? Special::kSpace : Special::kNone, three};
  return {byte(1) == 0xBB && byte(2) == 0xBF ? Special::kNothing : Special::kNone, three};
}

}  // namespace

void BlockWriter::Append(std::string_view utf8, const Style& style) {
  std::string& text = page_.text;
  const size_t before = text.size();
  size_t at = 0;
  while (at < utf8.size()) {
    if (static_cast<uint8_t>(utf8[at]) <= 0x20) {  // Most are indentation.
      space_ = true;
      at = BlanksEnd(utf8, at);
      continue;
    }
    size_t stop = PlainEnd(utf8, at);
    size_t next = stop;
    Special what = Special::kNone;
    if (stop < utf8.size()) {
      const Match match = SpecialAt(utf8.substr(stop));
      what = match.what;
      next = stop + match.bytes;
      if (what == Special::kNone) stop = next;
    }
    if (stop > at) {
      if ((space_ || broken_) && text.size() > begin_) text.push_back(broken_ ? '\n' : ' ');
      space_ = broken_ = false;
      text.append(utf8.substr(at, stop - at));
    }
    space_ = space_ || what == Special::kSpace;
    at = next;
  }
  const auto added = static_cast<uint32_t>(text.size() - before);
  if (style.link) link_bytes_ += added;
  if (style.bold) bold_bytes_ += added;
  if (style.italic) italic_bytes_ += added;
}

void BlockWriter::AppendPreformatted(std::string_view utf8, const Style& style, int32_t node) {
  const std::optional<std::string> unwrapped = Unwrap(utf8);
  if (unwrapped.has_value()) utf8 = *unwrapped;
  while (true) {
    const size_t line_end = utf8.find('\n');
    Append(utf8.substr(0, line_end), style);
    if (line_end == std::string_view::npos) return;
    Break(node);
    utf8.remove_prefix(line_end + 1);
  }
}

bool BlockWriter::EndsSentence() const {
  const std::string_view line = std::string_view(page_.text).substr(begin_);
  for (const std::string_view end :
       {".", "!", "?", "\u3002", "\u201D", "\"", ":", "\u2026", "\uFF01", "\uFF1F"}) {
    if (line.ends_with(end)) return true;
  }
  return false;
}

void BlockWriter::Break(int32_t node) {
  if (broken_ || EndsSentence() || page_.text.size() == begin_) {
    Flush(node);
    after_break_ = true;
    return;
  }
  broken_ = true;
}

void BlockWriter::Flush(int32_t node) {
  constexpr size_t kBlockBytesMax = 1 << 20;  // Longer ones are not measured whole.
  space_ = broken_ = false;
  const auto end = static_cast<uint32_t>(page_.text.size());
  if (end == begin_) {
    after_break_ = false;
    return;
  }
  const std::string_view text = std::string_view(page_.text).substr(begin_, kBlockBytesMax);
  Block block;
  block.words_begin = static_cast<uint32_t>(page_.words.size());
  block.stats = Measure(text, &page_.words);
  block.words_end = static_cast<uint32_t>(page_.words.size());
  if (block.stats.words == 0 || page_.blocks.size() >= blocks_max_) {
    page_.truncated = page_.truncated || block.stats.words != 0;
    page_.words.resize(block.words_begin);
    page_.text.resize(begin_);
  } else {
    block.begin = begin_;
    block.end = end;
    block.node = node;
    block.link_bytes = link_bytes_;
    block.bold_bytes = bold_bytes_;
    block.italic_bytes = italic_bytes_;
    block.inline_roles = roles_;
    block.images = images_;
    block.links = links_;
    block.after_break = after_break_;
    page_.blocks.push_back(block);
    images_ = 0;
  }
  begin_ = static_cast<uint32_t>(page_.text.size());
  link_bytes_ = bold_bytes_ = italic_bytes_ = 0;
  roles_ = 0;
  links_ = 0;
  after_break_ = false;
}

}  // namespace sluice::deboilerplate
