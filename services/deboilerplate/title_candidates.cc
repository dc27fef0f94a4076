#include "services/deboilerplate/title_candidates.h"

#include <algorithm>
#include <cstdlib>

#include "services/deboilerplate/loose_json.h"
#include "services/deboilerplate/title.h"
#include "services/deboilerplate/title_draft.h"
#include "services/deboilerplate/title_words.h"

namespace sluice::deboilerplate {
namespace {

constexpr size_t kTitleBytesMax = 600;
constexpr size_t kCandidatesMax = 64;
constexpr size_t kHeadingsMax = 24;

class Collector {
 public:
  Collector(const Page& page, const LinkedData& data, const TitleContext& context)
      : page_(page),
        context_(context),
        news_(data.news),
        keys_{.name = Normalise(context.site), .host = Normalise(HostLabel(context.url))} {
    AddHeadings();
    Add(OneLine(data.headline), TitleSource::kLinkedData, TitleDraft::kNoHeading);
    for (const Hint& hint : page.hints) {
      if (hint.kind == Hint::Kind::kTitle)
        Add(OneLine(hint.value), TitleSource::kTitleElement, TitleDraft::kNoHeading);
      if (hint.kind != Hint::Kind::kMeta) continue;
      if (hint.name == "og:title") {
        Add(OneLine(hint.value), TitleSource::kOpenGraph, TitleDraft::kNoHeading);
      } else if (hint.name == "twitter:title") {
        Add(OneLine(hint.value), TitleSource::kTwitter, TitleDraft::kNoHeading);
      } else if (IsOtherMeta(hint.name)) {
        Add(OneLine(hint.value), TitleSource::kOtherMeta, TitleDraft::kNoHeading);
      }
    }
    AddNamed();
  }

  std::vector<TitleCandidate> Finish() const {
    return ToCandidates({.page = page_,
                         .context = context_,
                         .keys = keys_,
                         .news = news_,
                         .several_headings = several_},
                        drafts_);
  }

 private:
  static bool IsOtherMeta(std::string_view name) {
    constexpr std::array<std::string_view, 10> kOthers = {
        "title",    "dc.title", "dcterms.title",     "parsely-title",  "sailthru.title",
        "headline", "hdl",      "cxenseparse:title", "mediator_title", "article:title"};
    return std::find(kOthers.begin(), kOthers.end(), name) != kOthers.end();
  }

  static std::string OneLine(std::string_view text) {
    return PlainText(text.substr(0, 2 * kTitleBytesMax));
  }

  void AddHeadings() {
    size_t count = 0;
    std::string only;
    for (const Hint& hint : page_.hints) {
      if (hint.kind != Hint::Kind::kHeading || ++count > kHeadingsMax) continue;
      const std::string text = CollapsedText(hint.value);
      const int distance = context_.first_block - hint.block;
      const bool first_level = hint.name == "1";
      if (first_level) {
        ++first_level_;
        if (first_level_ == 1) only = text;
        several_ = several_ || text != only;
      }
      const bool reachable = distance > -4 && distance < 12;
      if (hint.name == "2" && !reachable) continue;
      Add(text,
          first_level        ? TitleSource::kFirstHeading
          : hint.name == "0" ? TitleSource::kMarked
                             : TitleSource::kSecondHeading,
          distance);
      // A heading of several lines may have a kicker or a subtitle of its own.
      if (hint.value.find('\n') != std::string::npos && first_level) {
        std::string_view rest = hint.value;
        while (!rest.empty()) {
          const size_t end = std::min(rest.find('\n'), rest.size());
          AddText(CollapsedText(rest.substr(0, end)), TitleSource::kFirstHeading, true, distance,
                  [](TitleDraft& draft) { draft.cut_kicker = true; });
          rest.remove_prefix(std::min(end + 1, rest.size()));
        }
      }
    }
  }

  // Blocks whose element says by its class that it is a headline.
  void AddNamed() {
    constexpr int kReach = 12;
    constexpr uint32_t kWordsMax = 45;
    const int from = std::max(0, context_.first_block - kReach);
    const int to = std::min(context_.first_block + 1, static_cast<int>(page_.blocks.size()) - 1);
    for (int i = from; i <= to && !page_.plain_text; ++i) {
      const Block& block = page_.blocks[static_cast<size_t>(i)];
      if (block.stats.words > kWordsMax || block.node < 0) continue;
      const Node& node = page_.nodes[static_cast<size_t>(block.node)];
      if (((node.roles | block.inline_roles) & Bit(kRoleHeadline)) == 0) continue;
      Add(CollapsedText(page_.TextOf(block)), TitleSource::kNamed, context_.first_block - i);
    }
  }

  void Add(const std::string& text, TitleSource source, int distance) {
    AddText(text, source, false, distance, [](TitleDraft&) {});
    const std::vector<Separator> separators = FindSeparators(text);
    constexpr size_t kCutsMax = 3;
    for (size_t k = 0; k < separators.size() && k < kCutsMax; ++k) {
      const Separator& last = separators[separators.size() - 1 - k];
      const std::string tail = text.substr(last.at + last.bytes);
      const bool site = NamesSite(tail) || (k > 0 && NamesSite(LastPart(text, separators)));
      AddText(text.substr(0, last.at), source, true, distance, [&](TitleDraft& draft) {
        draft.cut_site = draft.cut_site || site;
        draft.cut_tail = draft.cut_tail || (!site && !last.dash);
        draft.cut_dash = draft.cut_dash || (!site && last.dash);
      });
    }
    for (size_t k = 0; k < separators.size() && k < 2; ++k) {
      const bool site = NamesSite(std::string_view(text).substr(0, separators[k].at));
      AddText(text.substr(separators[k].at + separators[k].bytes), source, true, distance,
              [&](TitleDraft& draft) {
                draft.cut_site_front = draft.cut_site_front || site;
                draft.cut_kicker = draft.cut_kicker || !site;
              });
    }
    // "Site: headline" and "Kicker: headline".
    if (const size_t colon = text.find(": "); colon != std::string::npos && colon > 0) {
      const bool site = NamesSite(std::string_view(text).substr(0, colon));
      AddText(text.substr(colon + 2), source, true, distance, [&](TitleDraft& draft) {
        draft.cut_site_front = draft.cut_site_front || site;
        draft.cut_kicker = draft.cut_kicker || !site;
      });
    }
    // Between a site in front and one behind.
    if (separators.size() >= 2) {
      const Separator& first = separators.front();
      const Separator& last = separators.back();
      const bool site = NamesSite(std::string_view(text).substr(last.at + last.bytes));
      AddText(text.substr(first.at + first.bytes, last.at - first.at - first.bytes), source, true,
              distance, [&](TitleDraft& draft) {
                draft.cut_site = draft.cut_site || site;
                draft.cut_kicker = true;
              });
    }
  }

  static std::string_view LastPart(std::string_view text,
                                   const std::vector<Separator>& separators) {
    return text.substr(separators.back().at + separators.back().bytes);
  }

  bool NamesSite(std::string_view part) const { return deboilerplate::NamesSite(part, keys_); }

  template <typename Mark>
  void AddText(std::string_view raw, TitleSource source, bool cut, int distance, Mark mark) {
    std::string text = CollapsedText(raw);
    if (text.empty() || text.size() > kTitleBytesMax) return;
    std::string key = Normalise(text);
    if (key.empty()) return;
    auto found = std::find_if(drafts_.begin(), drafts_.end(),
                              [&key](const TitleDraft& draft) { return draft.key == key; });
    if (found == drafts_.end()) {
      if (drafts_.size() >= kCandidatesMax) return;
      TitleDraft draft;
      draft.text = std::move(text);
      draft.key = std::move(key);
      draft.words = SortedWords(draft.text);
      drafts_.push_back(std::move(draft));
      found = drafts_.end() - 1;
    }
    TitleDraft& draft = *found;
    draft.found[2 * static_cast<size_t>(source) + (cut ? 1 : 0)] = true;
    if (cut) mark(draft);
    const bool heading = source == TitleSource::kFirstHeading ||
                         source == TitleSource::kSecondHeading || source == TitleSource::kMarked ||
                         source == TitleSource::kNamed;
    draft.is_heading = draft.is_heading || heading;
    draft.in_head = draft.in_head || !heading;
    if (source == TitleSource::kFirstHeading && first_level_ == 1) draft.first_heading = true;
    if (heading &&
        (draft.distance == TitleDraft::kNoHeading || std::abs(distance) < std::abs(draft.distance)))
      draft.distance = distance;
  }

  const Page& page_;
  const TitleContext context_;
  const bool news_;
  const SiteKeys keys_;
  std::vector<TitleDraft> drafts_;
  size_t first_level_ = 0;
  bool several_ = false;  // First headings that differ.
};

}  // namespace

std::vector<TitleCandidate> CollectTitles(const Page& page, const LinkedData& data,
                                          const TitleContext& context) {
  return Collector(page, data, context).Finish();
}

}  // namespace sluice::deboilerplate
