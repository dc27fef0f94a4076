#include "services/deboilerplate/title.h"

#include <algorithm>
#include <array>
#include <utility>

#include "pipeline/base/utf8.h"
#include "services/deboilerplate/loose_json.h"
#include "services/deboilerplate/title_words.h"

namespace sluice::deboilerplate {
namespace {

#include "services/deboilerplate/title_weights.inc"

constexpr size_t kSiteBytesMax = 80;

float ScoreOf(const TitleCandidate& candidate) {
  float score = 0;
  for (size_t i = 0; i < kTitleFeatures; ++i) score += kTitleWeights[i] * candidate.features[i];
  return score;
}

// Of three bytes of UTF-8: U+2000 to U+2FFF, where most of it is, and U+3000 to U+3030 but for the
// letters and figures among them.
bool IsPunctuation(std::string_view bytes) {
  if (bytes[0] == '\xE2') return true;
  const auto last = static_cast<unsigned char>(bytes[2]);
  return bytes.starts_with("\xE3\x80") &&
         (last <= 0x84 || (last >= 0x88 && last <= 0xA0) || last == 0xB0);
}

// The letter, figure or sign of ASCII whose wide form this is; 0: it is none.
char NarrowForm(std::string_view bytes) {
  const int code = (static_cast<unsigned char>(bytes[1]) & 0x3F) << 6 |
                   (static_cast<unsigned char>(bytes[2]) & 0x3F);
  constexpr int kFirst = 0xF01;  // U+FF01 without the leading byte's bits.
  constexpr int kLast = 0xF5E;
  return code < kFirst || code > kLast ? '\0' : static_cast<char>(code - kFirst + '!');
}

// Of letters and figures of ASCII what they are in a key; 0: of others.
char KeyOf(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c | 0x20);
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ? c : '\0';
}

// What stands before or behind the headline in a title; empty: nothing that can be a site's name.
std::string BesideHeadline(std::string_view title, std::string_view headline) {
  constexpr size_t kWordsMax = 5;
  const std::string key = Normalise(headline);
  std::vector<Separator> separators = FindSeparators(title);
  if (const size_t colon = title.find(": "); colon != std::string_view::npos)
    separators.push_back({.at = colon, .bytes = 2});
  if (const size_t colon = title.rfind(": "); colon != std::string_view::npos)
    separators.push_back({.at = colon, .bytes = 2});
  for (const Separator& separator : separators) {
    const std::string_view before = title.substr(0, separator.at);
    const std::string_view behind = title.substr(separator.at + separator.bytes);
    for (const auto& [name, rest] : {std::pair(before, behind), std::pair(behind, before)}) {
      if (Normalise(rest) == key && !name.empty() && name.size() < kSiteBytesMax &&
          SortedWords(name).size() <= kWordsMax && FindSeparators(name).empty())
        return std::string(name);
    }
  }
  return {};
}

}  // namespace

std::string Normalise(std::string_view text) {
  std::string out(text.size(), '\0');
  size_t size = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::string_view three = text.substr(i, 3);
    const bool whole = three.size() == 3;
    if (byte < 0x80) {
      if (const char key = KeyOf(text[i]); key != '\0') out[size++] = key;
    } else if (whole && IsPunctuation(three)) {
      i += 2;
    } else if (byte == 0xEF && whole && NarrowForm(three) != '\0') {
      if (const char key = KeyOf(NarrowForm(three)); key != '\0') out[size++] = key;
      i += 2;
    } else if (byte == 0xC2 && i + 1 < text.size()) {
      i += 1;  // Signs and no-break space.
    } else if (byte == 0xC3 && i + 1 < text.size()) {
      const auto next = static_cast<unsigned char>(text[++i]);
      out[size++] = text[i - 1];
      out[size++] = static_cast<char>(next >= 0x80 && next <= 0x9E ? next | 0x20 : next);
    } else {
      out[size++] = text[i];
    }
  }
  out.resize(size);
  return out;
}

std::string FindSite(const Page& page, const LinkedData& data) {
  for (const std::string_view name :
       {"og:site_name", "application-name", "twitter:app:name:iphone"}) {
    std::string value = PlainText(base::CutUtf8(page.Meta(name), 2 * kSiteBytesMax));
    if (!value.empty() && value.size() < kSiteBytesMax) return value;
    if (name == "og:site_name" && !data.site.empty() && data.site.size() < kSiteBytesMax)
      return data.site;
  }
  // What the title has behind the headline.
  constexpr size_t kTitleBytesMax = 600;
  for (const Hint& hint : page.hints) {
    if (hint.kind != Hint::Kind::kTitle) continue;
    const std::string title = PlainText(base::CutUtf8(hint.value, kTitleBytesMax));
    for (const std::string_view told : {page.Meta("og:title"), std::string_view(data.headline)}) {
      if (told.empty() || told.size() > title.size()) continue;
      if (std::string name = BesideHeadline(title, PlainText(told)); !name.empty()) return name;
    }
    const std::vector<Separator> separators = FindSeparators(title);
    if (separators.empty()) break;
    std::string tail = title.substr(separators.back().at + separators.back().bytes);
    while (!tail.empty() && (tail.back() == ' ' || tail.back() == '-' || tail.back() == '|'))
      tail.pop_back();
    // A headline's second half goes on in small letters.
    if (tail.empty() ||
        (tail.front() >= 'a' && tail.front() <= 'z' && tail.find('.') == std::string::npos &&
         tail.find(' ') != std::string::npos && separators.back().dash))
      break;
    if (SortedWords(tail).size() <= 4 &&
        SortedWords(title.substr(0, separators.back().at)).size() >= 3)
      return tail;
  }
  return {};
}

std::vector<RankedTitle> RankTitles(const Page& page, const LinkedData& data,
                                    const TitleContext& context) {
  std::vector<RankedTitle> out;
  for (TitleCandidate& candidate : CollectTitles(page, data, context)) {
    const float score = ScoreOf(candidate);
    out.push_back({std::move(candidate), score});
  }
  std::sort(out.begin(), out.end(), [](const RankedTitle& a, const RankedTitle& b) {
    return a.score != b.score ? a.score > b.score : a.candidate.text < b.candidate.text;
  });
  return out;
}

}  // namespace sluice::deboilerplate
