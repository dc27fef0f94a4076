#include "services/classify_relevance/lexicon.h"

#include <algorithm>

#include "pipeline/base/strings.h"

namespace sluice::classify_relevance {
namespace {

// True if the byte belongs to a letter or digit of a script that separates words. In folded text
// the sequences of two bytes are letters of such scripts (Greek, Cyrillic, Hebrew, Arabic and Latin
// beyond what folds to ASCII); Han, kana and Hangul have three.
bool IsAsciiWord(unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool StartsWord(unsigned char lead) {
  return lead < 0x80 ? IsAsciiWord(lead) : lead >= 0xC3 && lead <= 0xDF;
}
bool WordBefore(std::string_view text, size_t at) {
  if (at == 0) return false;
  const auto last = static_cast<unsigned char>(text[at - 1]);
  if (last < 0x80) return IsAsciiWord(last);
  return at >= 2 && StartsWord(static_cast<unsigned char>(text[at - 2])) &&
         static_cast<unsigned char>(text[at - 2]) >= 0xC3;
}
bool WordAfter(std::string_view text, size_t at) {
  return at < text.size() && StartsWord(static_cast<unsigned char>(text[at]));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Lexicon>> Lexicon::Create(const std::vector<Topic>& topics) {
  std::unique_ptr<Lexicon> lexicon(new Lexicon(topics));
  for (const Topic& topic : topics) {
    for (const std::string& language : topic.languages) {
      std::vector<std::string>& known = lexicon->languages_;
      if (std::find(known.begin(), known.end(), language) == known.end()) known.push_back(language);
    }
  }
  if (lexicon->languages_.size() > 63) {
    return absl::InvalidArgumentError(
        fmt::format("the topics have {} languages, more than 63", lexicon->languages_.size()));
  }
  std::vector<std::string> literals;
  base::StringMap<uint32_t> places;
  for (size_t t = 0; t < topics.size(); ++t) {
    lexicon->text_bytes_max_ = std::max(lexicon->text_bytes_max_, topics[t].zones.text_bytes_max);
    for (size_t c = 0; c < topics[t].concepts.size(); ++c) {
      for (const Term& term : topics[t].concepts[c].terms) {
        Posting posting;
        posting.topic = static_cast<uint16_t>(t);
        posting.concept_index = static_cast<uint16_t>(c);
        posting.masks = topics[t].concepts[c].masks;
        lexicon->Add(term, topics[t], posting, literals, places);
      }
    }
  }
  absl::StatusOr<std::unique_ptr<TermMatcher>> matcher = MakeVectorscanMatcher(literals);
  if (!matcher.ok()) return matcher.status();
  lexicon->matcher_ = *std::move(matcher);
  return lexicon;
}

void Lexicon::Add(const Term& term, const Topic& topic, Posting posting,
                  std::vector<std::string>& literals, base::StringMap<uint32_t>& places) {
  const auto [place, added] = places.try_emplace(term.text, static_cast<uint32_t>(literals.size()));
  if (added) {
    literals.push_back(term.text);
    Literal literal;
    literal.bytes = static_cast<uint32_t>(term.text.size());
    literal.word_start = WordAfter(term.text, 0);
    literal.word_end = WordBefore(term.text, term.text.size());
    postings_.push_back(std::move(literal));
  }
  posting.open_start = term.open_start;
  posting.open_end = term.open_end;
  posting.languages = term.language == Term::kAnyLanguage
                          ? ~uint64_t{0}
                          : LanguageBits(topic.languages[term.language]);
  std::vector<Posting>& postings = postings_[place->second].postings;
  for (Posting& known : postings) {
    if (known.topic == posting.topic && known.concept_index == posting.concept_index &&
        known.open_start == posting.open_start && known.open_end == posting.open_end) {
      known.languages |= posting.languages;
      return;
    }
  }
  postings.push_back(posting);
}

uint64_t Lexicon::LanguageBits(std::string_view language) const {
  // zh-Hant, pt_BR: the region does not matter.
  language = language.substr(0, language.find_first_of("-_"));
  for (size_t i = 0; i < languages_.size(); ++i) {
    if (languages_[i] == language) return uint64_t{1} << i;
  }
  return ~uint64_t{0};
}

void Lexicon::Find(std::string_view title, std::string_view text, std::string_view language,
                   Passage& passage) const {
  passage.folded.Clear();
  title = title.substr(0, text_bytes_max_);
  passage.folded.Append(title);
  passage.title_bytes = static_cast<uint32_t>(passage.folded.text().size());
  passage.original_title_bytes = static_cast<uint32_t>(title.size());
  passage.folded.Append("\n");
  passage.folded.Append(text.substr(0, text_bytes_max_));
  passage.hits.resize(topics_.size());
  for (std::vector<Hit>& hits : passage.hits) hits.clear();

  const uint64_t languages = LanguageBits(language);
  const std::string_view folded = passage.folded.text();
  bool masked = false;
  std::vector<std::pair<uint32_t, uint32_t>>& found = passage.found;
  found.clear();
  matcher_->Match(folded, [&](uint32_t literal, uint32_t end) {
    found.emplace_back(end, literal);
    // Nearly in order as they come, so this is cheap.
    for (size_t i = found.size() - 1; i > 0 && found[i] < found[i - 1]; --i) {
      std::swap(found[i], found[i - 1]);
    }
  });
  for (const auto& [end, literal] : found) {
    Take(folded, literal, end, languages, passage, masked);
  }
  if (!masked) return;
  for (size_t t = 0; t < topics_.size(); ++t) {
    DropMasked(static_cast<uint16_t>(t), passage.hits[t]);
  }
}

void Lexicon::Take(std::string_view text, uint32_t literal, uint32_t end, uint64_t languages,
                   Passage& passage, bool& masked) const {
  const Literal& found = postings_[literal];
  const uint32_t begin = end - found.bytes;
  const bool starts_inside = found.word_start && WordBefore(text, begin);
  const bool ends_inside = found.word_end && WordAfter(text, end);
  for (const Posting& posting : found.postings) {
    if ((posting.languages & languages) == 0 || (starts_inside && !posting.open_start) ||
        (ends_inside && !posting.open_end)) {
      continue;
    }
    std::vector<Hit>& hits = passage.hits[posting.topic];
    bool stands = true;
    // Earlier hits end earlier or here; only those that reach into this one matter.
    for (size_t left = hits.size(); left > 0 && hits[left - 1].end > begin; --left) {
      const Hit& earlier = hits[left - 1];
      if (earlier.concept_index != posting.concept_index) continue;
      if (earlier.begin < begin || (earlier.begin == begin && earlier.end == end)) {
        stands = false;
        break;
      }
      hits.erase(hits.begin() + static_cast<std::ptrdiff_t>(left - 1));
    }
    if (!stands) continue;
    hits.push_back({begin, end, literal, posting.concept_index});
    masked |= posting.masks;
  }
}

void Lexicon::DropMasked(uint16_t topic, std::vector<Hit>& hits) const {
  const std::vector<Concept>& concepts = topics_[topic].concepts;
  std::vector<Hit> masks;
  for (const Hit& hit : hits) {
    if (concepts[hit.concept_index].masks) masks.push_back(hit);
  }
  if (masks.empty()) return;
  std::erase_if(hits, [&](const Hit& hit) {
    if (concepts[hit.concept_index].masks) return false;
    // Masks rise by their ends: the first that ends no earlier is the candidate, and those after it
    // that still begin in time.
    const auto first =
        std::lower_bound(masks.begin(), masks.end(), hit.end,
                         [](const Hit& mask, uint32_t end) { return mask.end < end; });
    const auto last =
        std::min(masks.end(), first + std::min<std::ptrdiff_t>(8, masks.end() - first));
    return std::any_of(first, last, [&](const Hit& mask) { return mask.begin <= hit.begin; });
  });
}

}  // namespace sluice::classify_relevance
