#include "services/deboilerplate/extractor.h"

#include <fmt/format.h>
#include <lexbor/tag/const.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "pipeline/base/strings.h"
#include "services/deboilerplate/app_state.h"
#include "services/deboilerplate/charset.h"
#include "services/deboilerplate/dom_walk.h"
#include "services/deboilerplate/features.h"
#include "services/deboilerplate/html_parser.h"
#include "services/deboilerplate/linked_data.h"
#include "services/deboilerplate/metadata.h"
#include "services/deboilerplate/page_kind.h"
#include "services/deboilerplate/text_page.h"
#include "services/deboilerplate/text_title.h"
#include "services/deboilerplate/title.h"
#include "services/deboilerplate/twice_encoded.h"
#include "services/deboilerplate/witness.h"

namespace sluice::deboilerplate {
namespace {

bool IsPlain(std::string_view content_type, std::string_view text) {
  if (content_type == "text/plain") return true;
  if (content_type.empty()) return !LooksLikeHtml(text);
  return false;
}

}  // namespace

bool LooksLikeHtml(std::string_view text) {
  constexpr size_t kLookBytes = 2048;
  const std::string_view head = text.substr(0, kLookBytes);
  for (size_t at = head.find('<'); at != std::string_view::npos; at = head.find('<', at + 1)) {
    const std::string_view rest = head.substr(at + 1);
    if (rest.starts_with("!--") || rest.starts_with("!DOCTYPE") || rest.starts_with("!doctype") ||
        rest.starts_with("?xml"))
      return true;
    size_t letters = 0;
    while (letters < rest.size() && (rest[letters] | 0x20) >= 'a' && (rest[letters] | 0x20) <= 'z')
      ++letters;
    if (letters > 0 && letters < 12 && letters < rest.size() &&
        std::string_view(" >/\n\t1").find(rest[letters]) != std::string_view::npos)
      return true;
  }
  return false;
}

// All that working on a page needs, one page at a time.
class Extractor::Workspace {
 public:
  Workspace(const Options& options, const PageForests& models)
      : options_(options),
        models_(models),
        parser_({.elements_max = options.elements_max}),
        decider_(models, options.decide) {}

  Article Extract(std::string_view bytes, const Input& input, std::vector<Line>* lines,
                  Explanation* explanation) {
    const bool cut = bytes.size() > options_.bytes_max;
    bytes = bytes.substr(0, options_.bytes_max);
    DecodeToUtf8(bytes, input.charset, decoded_);
    if (std::optional<std::string> once = UndoSecondEncoding(decoded_.text); once.has_value()) {
      decoded_.storage = *std::move(once);
      decoded_.text = decoded_.storage;
    }
    const bool plain = IsPlain(input.content_type, decoded_.text);
    ReadPage(plain);
    const LinkedData data = ReadLinkedData(page_.json_ld);
    if (!data.paid) FillIn(data);
    Summarise(page_);
    witness_.Learn(page_, data, input.feed_title);
    judgements_ = decider_.Decide(page_, BlockFeatures(page_, witness_, data.article));
    Article article;
    article.truncated = cut || page_.truncated;
    Finish(data, input, article);
    WriteText(article, lines);
    FillRest(data, input, article);
    if (explanation != nullptr) Explain(*explanation);
    return article;
  }

 private:
  void ReadPage(bool plain) {
    const WalkCaps caps{.blocks_max = options_.blocks_max};
    if (plain) {
      ReadPlainText(decoded_.text, caps.blocks_max, page_);
    } else {
      const lxb_html_document_t* document = parser_.Parse(decoded_.text);
      if (document == nullptr) {
        page_.Clear();
        page_.truncated = true;
      } else {
        WalkDocument(*document, caps, roles_, page_);
        if (LacksMarkup(page_)) ReplaceText(LinesOf(page_), caps.blocks_max, page_);
        page_.truncated = page_.truncated || parser_.truncated();
      }
    }
    page_.bytes = static_cast<uint32_t>(decoded_.text.size());
  }

  // Where a script is to fill the page in: with what it would show.
  void FillIn(const LinkedData& data) {
    constexpr size_t kEmptyBytes = 1'000;  // A frame has more, a page without one less.
    if (LacksText(page_, data.body)) {
      ReplaceText(data.body, options_.blocks_max, page_);
    } else if (page_.text.size() < kEmptyBytes && !page_.states.empty()) {
      const std::string text = TextOfState(page_.states);
      if (LacksText(page_, text)) ReplaceText(text, options_.blocks_max, page_);
    }
  }

  // The headline, which is taken out of the text, and the repeated blocks.
  void Finish(const LinkedData& data, const Input& input, Article& article) {
    FindBounds();
    titles_.clear();
    if (!page_.plain_text || !page_.hints.empty()) {
      article.site = FindSite(page_, data);
      titles_ =
          RankTitles(page_, data, {.site = article.site, .url = input.url, .first_block = first_});
      if (!titles_.empty()) article.title = titles_.front().candidate.text;
    }
    if (article.title.empty() && page_.plain_text) {
      const int title = FindTextTitle(page_, judgements_, input.feed_title);
      if (title >= 0) article.title = page_.TextOf(page_.blocks[static_cast<size_t>(title)]);
    }
    if (article.title.empty()) article.title = input.feed_title;
    const std::string title = Normalise(article.title);
    absl::flat_hash_set<uint64_t> seen;
    for (size_t i = 0; i < page_.blocks.size(); ++i) {
      Judgement& judgement = judgements_[i];
      if (!judgement.kept) continue;
      const Block& block = page_.blocks[i];
      const size_t bytes = block.end - block.begin;
      if (!title.empty() && bytes >= title.size() && bytes < 3 * article.title.size() + 16 &&
          RepeatsHeadline(block, title)) {
        judgement.kept = false;
        judgement.reason = Reason::kHeadline;
      } else if (!seen.insert(block.stats.hash).second && block.stats.words > 3) {
        judgement.kept = false;
        judgement.reason = Reason::kRepeated;
      }
    }
    FindBounds();
  }

  // Whether a block says the headline and, if it is a heading, no more than a kicker in front.
  bool RepeatsHeadline(const Block& block, std::string_view title) const {
    constexpr size_t kTitleBytesMin = 20;  // Subheadings may end with a shorter one's words.
    const std::string key = Normalise(page_.TextOf(block));
    if (key == title || title.size() < kTitleBytesMin) return key == title;
    const uint16_t tag = block.node < 0 ? 0 : page_.nodes[static_cast<size_t>(block.node)].tag;
    return (tag == LXB_TAG_H1 || tag == LXB_TAG_H2) && key.ends_with(title);
  }

  void FindBounds() {
    first_ = last_ = -1;
    for (size_t i = 0; i < judgements_.size(); ++i) {
      if (!judgements_[i].kept) continue;
      if (first_ < 0) first_ = static_cast<int>(i);
      last_ = static_cast<int>(i);
    }
    if (first_ < 0) first_ = last_ = 0;
  }

  void WriteText(Article& article, std::vector<Line>* lines) {
    for (size_t i = 0; i < page_.blocks.size(); ++i) {
      if (!judgements_[i].kept) continue;
      if (!article.text.empty()) article.text.push_back('\n');
      const auto begin = static_cast<uint32_t>(article.text.size());
      article.text.append(page_.TextOf(page_.blocks[i]));
      if (lines != nullptr) {
        lines->push_back({page_.blocks[i].stats.hash, begin,
                          static_cast<uint32_t>(article.text.size()), judgements_[i].story});
      }
    }
  }

  void FillRest(const LinkedData& data, const Input& input, Article& article) {
    const MetadataInput place{.url = input.url,
                              .first_block = first_,
                              .last_block = last_,
                              .latest = input.latest,
                              .dates = &dates_,
                              .authors = &authors_};
    FillMetadata(page_, data, place, article);
    rightness_ = DescribeResult(page_, data, judgements_);
    kept_ = {.presence = 1, .rightness = ExpectedRightness(rightness_)};
    if (!page_.plain_text) {
      presence_ = DescribePresence(page_, judgements_, article.title);
      kept_.presence = StoryPresence(models_.html_presence, presence_);
    }
    JudgeKind(page_, data, judgements_, input.url, kept_, article);
  }

  void Explain(Explanation& out) const {
    out.charset = decoded_.charset;
    out.titles = titles_;
    out.dates = dates_;
    out.authors = authors_;
    out.confidence = rightness_;
    out.presence = kept_.presence;
    out.presence_features = presence_;
    for (size_t i = 0; i < page_.blocks.size(); ++i) {
      const Judgement& judgement = judgements_[i];
      out.blocks.push_back({std::string(page_.TextOf(page_.blocks[i])),
                            PathOf(page_, page_.blocks[i]), judgement.first, judgement.story,
                            judgement.kept, judgement.reason});
    }
  }

  const Options& options_;
  const PageForests& models_;
  Decoded decoded_;
  HtmlParser parser_;
  RolesCache roles_;
  Page page_;
  Witness witness_;
  Decider decider_;
  std::vector<Judgement> judgements_;
  std::vector<RankedTitle> titles_;
  std::vector<DateCandidate> dates_;
  std::vector<AuthorCandidate> authors_;
  ConfidenceFeatures rightness_ = {};
  PresenceFeatures presence_ = {};
  KeptText kept_;
  int first_ = 0;
  int last_ = 0;
};

// Workspaces that are not in use. As many are made as threads ask at once.
class Extractor::Pool {
 public:
  Pool(const Options& options, const PageModels& models) : options_(options), models_(models) {}

  std::unique_ptr<Workspace> Take() ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      const absl::MutexLock lock(&mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<Workspace> workspace = std::move(idle_.back());
        idle_.pop_back();
        return workspace;
      }
    }
    return std::make_unique<Workspace>(options_, models_);
  }

  void Return(std::unique_ptr<Workspace> workspace) ABSL_LOCKS_EXCLUDED(mutex_) {
    const absl::MutexLock lock(&mutex_);
    idle_.push_back(std::move(workspace));
  }

 private:
  const Options& options_;
  const PageForests models_;
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Workspace>> idle_ ABSL_GUARDED_BY(mutex_);
};

Extractor::Extractor(const Options& options, const PageModels& models)
    : options_(options), pool_(std::make_unique<Pool>(options_, models)) {}

Extractor::~Extractor() = default;

absl::StatusOr<std::unique_ptr<Extractor>> Extractor::Create(const Options& options,
                                                             const PageModels& models) {
  const auto out_of_range = [](std::string_view name, auto value, std::string_view range) {
    return absl::InvalidArgumentError(
        base::ToAbsl(fmt::format("{} is {}; set it to {}", name, value, range)));
  };
  if (options.bytes_max < 1024 || options.bytes_max > (256U << 20))
    return out_of_range("page_bytes_max", options.bytes_max, "1024 to 268435456");
  if (options.elements_max < 100)
    return out_of_range("elements_max", options.elements_max, "100 or more");
  if (options.blocks_max < 100)
    return out_of_range("blocks_max", options.blocks_max, "100 or more");
  for (const float minimum : {options.decide.html_story_min, options.decide.text_story_min}) {
    if (!(minimum > 0 && minimum < 1))
      return out_of_range("story_probability_min", minimum, "more than 0 and less than 1");
  }
  return std::unique_ptr<Extractor>(new Extractor(options, models));
}

Article Extractor::Extract(std::string_view bytes, const Input& input, std::vector<Line>* lines,
                           Explanation* explanation) const {
  std::unique_ptr<Workspace> workspace = pool_->Take();
  Article article = workspace->Extract(bytes, input, lines, explanation);
  pool_->Return(std::move(workspace));
  return article;
}

}  // namespace sluice::deboilerplate
