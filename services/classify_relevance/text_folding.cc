#include "services/classify_relevance/text_folding.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace sluice::classify_relevance {
namespace {

// What a character becomes: up to three bytes. Characters without an entry stay.
struct Replacement {
  uint8_t size = kNone;
  char bytes[3] = {0, 0, 0};
  static constexpr uint8_t kNone = 255;
};

struct Entry {
  uint32_t code;
  std::string_view bytes;
};

constexpr Entry kEntries[] = {
#include "services/classify_relevance/fold_table.inc"
};

// Replacements of the basic plane by their high and low byte; most pages are empty.
class FoldTable {
 public:
  FoldTable() {
    for (const Entry& entry : kEntries) {
      std::unique_ptr<Page>& page = pages_[entry.code >> 8];
      if (page == nullptr) page = std::make_unique<Page>();
      Replacement& replacement = (*page)[entry.code & 0xFF];
      replacement.size = static_cast<uint8_t>(entry.bytes.size());
      std::copy(entry.bytes.begin(), entry.bytes.end(), replacement.bytes);
    }
  }

  const Replacement* Find(uint32_t code) const {
    const Page* page = pages_[code >> 8].get();
    if (page == nullptr) return nullptr;
    const Replacement& replacement = (*page)[code & 0xFF];
    return replacement.size == Replacement::kNone ? nullptr : &replacement;
  }

 private:
  using Page = std::array<Replacement, 256>;
  std::array<std::unique_ptr<Page>, 256> pages_;
};

const FoldTable& Table() {
  static const FoldTable* const table = new FoldTable();
  return *table;
}

constexpr char FoldAscii(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c + 32);
  return c == '-' || c == '\t' || c == '\r' || c == '_' ? ' ' : c;
}

constexpr size_t kBlock = 32;

// Folds whole blocks of ASCII; stops at the first block with another byte. The loops have fixed
// lengths and no branches, so that compilers use vector registers.
size_t FoldAsciiBlocks(const char* in, size_t size, char* out) {
  size_t done = 0;
  while (done + kBlock <= size) {
    uint8_t any = 0;
    for (size_t k = 0; k < kBlock; ++k) any |= static_cast<uint8_t>(in[done + k]);
    if ((any & 0x80) != 0) break;
    for (size_t k = 0; k < kBlock; ++k) {
      uint8_t c = static_cast<uint8_t>(in[done + k]);
      c = static_cast<uint8_t>(c + (static_cast<uint8_t>(c - 'A') < 26 ? 32 : 0));
      c = c == '-' ? ' ' : c;
      c = c == '_' ? ' ' : c;
      c = c == '\t' ? ' ' : c;
      c = c == '\r' ? ' ' : c;
      out[done + k] = static_cast<char>(c);
    }
    done += kBlock;
  }
  return done;
}

// Length of the UTF-8 sequence at `in`, 0 if there is none.
size_t SequenceBytes(const unsigned char* in, size_t left) {
  const unsigned char lead = in[0];
  const size_t size = lead >= 0xC2 && lead <= 0xDF   ? 2
                      : lead >= 0xE0 && lead <= 0xEF ? 3
                      : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                     : 0;
  if (size == 0 || size > left) return 0;
  for (size_t k = 1; k < size; ++k) {
    if ((in[k] & 0xC0) != 0x80) return 0;
  }
  return size;
}

}  // namespace

void FoldedText::Clear() {
  text_.clear();
  used_ = 0;
  original_bytes_ = 0;
  shifts_.clear();
}

void FoldedText::Append(std::string_view text) {
  text = text.substr(0, UINT32_MAX - original_bytes_);
  // No replacement is longer than what it replaces.
  used_ = text_.size();
  text_.resize(used_ + text.size());
  const char* const start = text.data();
  const char* const end = start + text.size();
  const char* in = start;
  while (in < end) {
    const size_t done = FoldAsciiBlocks(in, static_cast<size_t>(end - in), text_.data() + used_);
    in += done;
    used_ += done;
    AppendCharacters(in, end, start);
  }
  original_bytes_ += static_cast<uint32_t>(text.size());
  text_.resize(used_);
}

// Character by character, until a block's worth of ASCII seems to follow.
void FoldedText::AppendCharacters(const char*& in, const char* end, const char* in_start) {
  const FoldTable& table = Table();
  char* out = text_.data();
  size_t ascii_run = 0;
  while (in < end && ascii_run < kBlock / 2) {
    const auto lead = static_cast<unsigned char>(*in);
    if (lead < 0x80) {
      out[used_++] = FoldAscii(*in++);
      ++ascii_run;
      continue;
    }
    ascii_run = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(in);
    const size_t size = SequenceBytes(bytes, static_cast<size_t>(end - in));
    if (size == 0) {
      out[used_++] = ' ';
      ++in;
      continue;
    }
    const uint32_t code =
        size == 2 ? (bytes[0] & 0x1Fu) << 6 | (bytes[1] & 0x3Fu)
                  : (bytes[0] & 0x0Fu) << 12 | (bytes[1] & 0x3Fu) << 6 | (bytes[2] & 0x3Fu);
    const Replacement* replacement = size == 4 ? nullptr : table.Find(code);
    if (replacement == nullptr) {
      std::memcpy(out + used_, in, size);
      used_ += size;
      in += size;
      continue;
    }
    std::memcpy(out + used_, replacement->bytes, replacement->size);
    used_ += replacement->size;
    in += size;
    if (replacement->size != size) {
      shifts_.push_back(
          {static_cast<uint32_t>(used_), original_bytes_ + static_cast<uint32_t>(in - in_start)});
    }
  }
}

uint32_t FoldedText::OriginalOffset(uint32_t folded) const {
  const auto after = std::upper_bound(
      shifts_.begin(), shifts_.end(), folded,
      [](uint32_t offset, const FoldShift& shift) { return offset < shift.folded; });
  if (after == shifts_.begin()) return folded;
  const FoldShift& shift = *std::prev(after);
  return shift.original + (folded - shift.folded);
}

std::string Fold(std::string_view text) {
  FoldedText folded;
  folded.Append(text);
  return folded.text();
}

}  // namespace sluice::classify_relevance
