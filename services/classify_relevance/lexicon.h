#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/base/strings.h"
#include "services/classify_relevance/term_matcher.h"
#include "services/classify_relevance/text_folding.h"
#include "services/classify_relevance/topic.h"

namespace sluice::classify_relevance {

// A term that stands in a document. Offsets count the folded title, a line break and the folded
// text.
struct Hit {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t literal = 0;  // Of the lexicon: tells distinct terms apart.
  uint16_t concept_index = 0;
};

// A document made ready for matching, and its hits by topic. Reused from document to document.
struct Passage {
  FoldedText folded;         // Title, line break, text.
  uint32_t title_bytes = 0;  // Folded.
  uint32_t original_title_bytes = 0;
  std::vector<std::pair<uint32_t, uint32_t>> found;  // End and literal, in order.
  std::vector<std::vector<Hit>> hits;                // One list a topic, by rising end.

  uint32_t text_start() const { return title_bytes + 1; }
  uint32_t text_bytes() const { return static_cast<uint32_t>(folded.text().size()) - text_start(); }
};

// All terms of all topics, found in one run. Built once; any thread.
class Lexicon {
 public:
  // `topics` outlives the lexicon. Errors as MakeVectorscanMatcher.
  static absl::StatusOr<std::unique_ptr<Lexicon>> Create(const std::vector<Topic>& topics);

  // Fills `passage`. A term counts in documents of its language; in those of an unknown language
  // or one that no topic knows, terms of all languages count. Words are whole in alphabetic
  // scripts; Han, kana and Hangul know no word boundaries. Where hits of one concept overlap the
  // longest stands; hits inside those of a masking concept fall.
  void Find(std::string_view title, std::string_view text, std::string_view language,
            Passage& passage) const;

  size_t literals() const { return postings_.size(); }
  const TermMatcher& matcher() const { return *matcher_; }

 private:
  // What a literal means to one topic.
  struct Posting {
    uint64_t languages = 0;  // Bits of the lexicon's list.
    uint16_t topic = 0;
    uint16_t concept_index = 0;
    bool open_start = false;
    bool open_end = false;
    bool masks = false;
  };
  struct Literal {
    uint32_t bytes = 0;
    bool word_start = false;  // Begins with a letter of an alphabetic script.
    bool word_end = false;
    std::vector<Posting> postings;
  };

  explicit Lexicon(const std::vector<Topic>& topics) : topics_(topics) {}
  void Add(const Term& term, const Topic& topic, Posting posting,
           std::vector<std::string>& literals, base::StringMap<uint32_t>& places);
  uint64_t LanguageBits(std::string_view language) const;
  void Take(std::string_view text, uint32_t literal, uint32_t end, uint64_t languages,
            Passage& passage, bool& masked) const;
  void DropMasked(uint16_t topic, std::vector<Hit>& hits) const;

  const std::vector<Topic>& topics_;  // Not owned.
  uint32_t text_bytes_max_ = 0;
  std::vector<std::string> languages_;
  std::vector<Literal> postings_;
  std::unique_ptr<TermMatcher> matcher_;
};

}  // namespace sluice::classify_relevance
