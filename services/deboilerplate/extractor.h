#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/deboilerplate/article.h"
#include "services/deboilerplate/authors.h"
#include "services/deboilerplate/confidence.h"
#include "services/deboilerplate/date_candidates.h"
#include "services/deboilerplate/decide.h"
#include "services/deboilerplate/gbdt.h"
#include "services/deboilerplate/presence.h"
#include "services/deboilerplate/title.h"

namespace sluice::deboilerplate {

// Whether bytes of unknown type are markup: a tag stands near their beginning.
bool LooksLikeHtml(std::string_view text);

// Turns a page into its article. The same bytes and input give the same article; nothing else is
// looked at.
//
// Any thread, many at once: what a page needs to be worked on is lent from a pool and reused.
class Extractor {
 public:
  // Raised with every change of what comes out.
  static constexpr uint32_t kVersion = 1;

  struct Options {
    size_t bytes_max = 8 << 20;     // Of a page; what follows is not seen.
    size_t elements_max = 200'000;  // Of a page's tags; what follows is not seen.
    size_t blocks_max = 20'000;     // Runs of text; what follows is not seen.
    DecideOptions decide = {};
  };

  // What is known of a page beside its bytes. Empty: unknown.
  struct Input {
    std::string_view url = {};
    std::string_view charset = {};       // As an HTTP header says.
    std::string_view content_type = {};  // Media type; "text/plain" is taken for flattened text.
                                         // Unknown: told by the bytes.
    std::string_view feed_title = {};
    absl::Time latest =
        absl::InfiniteFuture();  // The page is not younger: later dates in it are wrong.
  };

  // A block of the page and what became of it, for people.
  struct ExplainedBlock {
    std::string text;
    std::string path;  // Of its elements, the last three.
    float first = 0;
    float story = 0;
    bool kept = false;
    Reason reason = Reason::kBoilerplate;
  };
  struct Explanation {
    std::string charset;
    std::vector<RankedTitle> titles;       // Best first; empty for plain text.
    std::vector<DateCandidate> dates;      // Of publication, best first.
    std::vector<AuthorCandidate> authors;  // Best first.
    ConfidenceFeatures confidence = {};
    double presence = 1;  // How probably what was kept is a story.
    PresenceFeatures presence_features = {};
    std::vector<ExplainedBlock> blocks;
  };

  // A line of the text with how sure it is: for the site's memory.
  struct Line {
    uint64_t hash = 0;   // Of its letters and digits.
    uint32_t begin = 0;  // In Article::text.
    uint32_t end = 0;
    float story = 0;
  };

  // kInvalidArgument: an option is out of range; the message names it, its value and the range.
  static absl::StatusOr<std::unique_ptr<Extractor>> Create(
      const Options& options, const PageModels& models = ShippedModels());
  ~Extractor();

  // Never fails: a page without an article is one of another kind. `lines` and `explanation` are
  // filled in where given.
  Article Extract(std::string_view bytes, const Input& input, std::vector<Line>* lines = nullptr,
                  Explanation* explanation = nullptr) const;

 private:
  class Workspace;
  class Pool;

  Extractor(const Options& options, const PageModels& models);

  const Options options_;
  const std::unique_ptr<Pool> pool_;
};

}  // namespace sluice::deboilerplate
