#include "services/deboilerplate/title_candidates.h"

#include <algorithm>
#include <cstdlib>

#include "pipeline/base/utf8.h"
#include "services/deboilerplate/loose_json.h"
#include "services/deboilerplate/title.h"
#include "services/deboilerplate/title_draft.h"
#include "services/deboilerplate/title_words.h"

namespace sluice::deboilerplate {
namespace {

constexpr size_t kTitleBytesMax = 600;
constexpr size_t kCandidatesMax = 64;
constexpr size_t kHeadingsMax = 24;

// Where a text stands on the page.
struct Spot {
  int distance = TitleDraft::kNoHeading;
  std::optional<HeadingPlace> place = std::nullopt;
};

class Collector {
 public:
  Collector(const Page& page, const LinkedData& data, const TitleContext& context)
      : page_(page),
        context_(context),
        news_(data.news),
        keys_{.name = Normalise(context.site), .host = Normalise(HostLabel(context.url))} {
    AddHeadings();
    Add(OneLine(data.headline), TitleSource::kLinkedData, {});
    for (const Hint& hint : page.hints) {
      if (hint.kind == Hint::Kind::kTitle) Add(OneLine(hint.value), TitleSource::kTitleElement, {});
      if (hint.kind != Hint::Kind::kMeta) continue;
      if (hint.name == "og:title") {
        Add(OneLine(hint.value), TitleSource::kOpenGraph, {});
      } else if (hint.name == "twitter:title") {
        Add(OneLine(hint.value), TitleSource::kTwitter, {});
      } else if (IsOtherMeta(hint.name)) {
        Add(OneLine(hint.value), TitleSource::kOtherMeta, {});
      }
    }
    AddNamed();
    if (drafts_.empty()) AddBold();
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

  // What editors of pages put where nobody says a title, as Normalise has it.
  static bool IsEditorsTitle(std::string_view key) {
    constexpr std::array<std::string_view, 6> kTitles = {
        "newpage1", "newpage2", "untitleddocument", "untitledpage", "untitled", "notitle"};
    return std::find(kTitles.begin(), kTitles.end(), key) != kTitles.end();
  }

  static std::string OneLine(std::string_view text) {
    return PlainText(base::CutUtf8(text, 2 * kTitleBytesMax));
  }

  static TitleSource SourceOf(const Hint& heading, const HeadingPlace& place) {
    if (heading.name == "0") return TitleSource::kMarked;
    if (heading.name == "2") return TitleSource::kSecondHeading;
    return place.in_menu || place.linked ? TitleSource::kMenuHeading : TitleSource::kFirstHeading;
  }

  void AddHeadings() {
    size_t count = 0;
    std::string only;
    for (size_t i = 0; i < page_.hints.size(); ++i) {
      const Hint& hint = page_.hints[i];
      if (hint.kind != Hint::Kind::kHeading || ++count > kHeadingsMax) continue;
      const std::string text = CollapsedText(hint.value);
      const Spot spot = {context_.first_block - hint.block, FindPlace(page_, hint.block)};
      const TitleSource source = SourceOf(hint, *spot.place);
      if (source == TitleSource::kFirstHeading) {
        ++first_level_;
        if (first_level_ == 1) only = text;
        several_ = several_ || text != only;
      }
      const bool reachable = spot.distance > -4 && spot.distance < 12;
      if (hint.name == "2" && !reachable) continue;
      Add(text, source, spot);
      AddParts(i, text, source, spot);
      if (source == TitleSource::kFirstHeading) AddLines(hint.value, source, spot);
    }
  }

  // A heading is cut where an element in it begins or ends: kickers and subtitles stand in some.
  void AddParts(size_t heading, const std::string& text, TitleSource source, const Spot& spot) {
    for (size_t i = heading + 1; i < page_.hints.size(); ++i) {
      const Hint& hint = page_.hints[i];
      if (hint.kind == Hint::Kind::kHeading) return;
      if (hint.kind != Hint::Kind::kHeadingPart) continue;
      const std::string part = CollapsedText(hint.value);
      if (part.empty() || part.size() >= text.size()) continue;
      AddSplit(text, part, source, spot);
    }
  }

  void AddSplit(std::string_view text, std::string_view part, TitleSource source,
                const Spot& spot) {
    const bool last = text.ends_with(part);
    AddEnd(part, source, spot, last);
    if (last) AddText(WithoutMarks(text.substr(0, text.size() - part.size())), source, true, spot);
    if (text.starts_with(part)) AddEnd(WithoutMarks(text.substr(part.size())), source, spot, true);
  }

  // `end`: a heading's.
  void AddEnd(std::string_view text, TitleSource source, const Spot& spot, bool end) {
    TitleDraft* draft = AddText(text, source, true, spot);
    if (draft != nullptr) draft->ends_heading = draft->ends_heading || end;
  }

  // Without what separates a kicker from a headline, at either end.
  static std::string_view WithoutMarks(std::string_view text) {
    constexpr std::string_view kMarks = " :|-/";
    const size_t begin = text.find_first_not_of(kMarks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kMarks) + 1 - begin);
  }

  // A heading of several lines may have a kicker or a subtitle of its own.
  void AddLines(std::string_view text, TitleSource source, const Spot& spot) {
    if (text.find('\n') == std::string_view::npos) return;
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      AddText(text.substr(0, end), source, true, spot);
      text.remove_prefix(std::min(end + 1, text.size()));
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
      Add(CollapsedText(page_.TextOf(block)), TitleSource::kNamed,
          {context_.first_block - i, FindPlace(page_, i)});
    }
  }

  // Where a page has neither headings nor a title: lines in bold above the text.
  void AddBold() {
    constexpr int kReach = 8;
    constexpr uint32_t kWordsMin = 3;
    constexpr uint32_t kWordsMax = 25;
    constexpr float kBoldMin = 0.9F;
    const int to = std::min(context_.first_block, static_cast<int>(page_.blocks.size()) - 1);
    for (int i = std::max(0, context_.first_block - kReach); i <= to && !page_.plain_text; ++i) {
      const Block& block = page_.blocks[static_cast<size_t>(i)];
      const auto bytes = static_cast<float>(block.end - block.begin);
      if (block.stats.words < kWordsMin || block.stats.words > kWordsMax ||
          static_cast<float>(block.bold_bytes) < kBoldMin * bytes)
        continue;
      Add(CollapsedText(page_.TextOf(block)), TitleSource::kNamed,
          {context_.first_block - i, FindPlace(page_, i)});
    }
  }

  // A text, and what is left of it when it is cut at its separators.
  void Add(const std::string& text, TitleSource source, const Spot& spot) {
    const std::string_view whole = text;
    AddText(whole, source, false, spot);
    const std::vector<Separator> separators = FindSeparators(text);
    constexpr size_t kCutsMax = 3;
    for (size_t k = 0; k < separators.size() && k < kCutsMax; ++k) {
      const Separator& last = separators[separators.size() - 1 - k];
      const bool site = NamesSite(whole.substr(last.at + last.bytes)) ||
                        (k > 0 && NamesSite(LastPart(whole, separators)));
      AddCut(whole.substr(0, last.at), source, spot, site);
    }
    for (size_t k = 0; k < separators.size() && k < 2; ++k)
      AddBehind(whole, separators[k].at, separators[k].bytes, source, spot);
    // "Site: headline" and "Kicker: headline".
    if (const size_t colon = text.find(": "); colon != std::string::npos && colon > 0)
      AddBehind(whole, colon, 2, source, spot);
    // Between a site in front and one behind.
    if (separators.size() >= 2) {
      const Separator& first = separators.front();
      const Separator& last = separators.back();
      const size_t begin = first.at + first.bytes;
      AddCut(whole.substr(begin, last.at - begin), source, spot,
             NamesSite(whole.substr(last.at + last.bytes)));
    }
  }

  // What a text says behind a separator. In front, only the very name is the site's: kickers are
  // much like it.
  void AddBehind(std::string_view text, size_t at, size_t bytes, TitleSource source,
                 const Spot& spot) {
    const std::string front = Normalise(text.substr(0, at));
    AddCut(text.substr(at + bytes), source, spot, front == keys_.name || front == keys_.host);
  }

  // `site`: what was cut off is the site's name.
  void AddCut(std::string_view text, TitleSource source, const Spot& spot, bool site) {
    TitleDraft* draft = AddText(text, source, true, spot);
    if (draft != nullptr) draft->cut_site = draft->cut_site || site;
  }

  static std::string_view LastPart(std::string_view text,
                                   const std::vector<Separator>& separators) {
    return text.substr(separators.back().at + separators.back().bytes);
  }

  bool NamesSite(std::string_view part) const { return deboilerplate::NamesSite(part, keys_); }

  // nullptr: it is no candidate.
  TitleDraft* AddText(std::string_view raw, TitleSource source, bool cut, const Spot& spot) {
    std::string text = CollapsedText(raw);
    if (text.empty() || text.size() > kTitleBytesMax) return nullptr;
    std::string key = Normalise(text);
    if (key.empty() || IsEditorsTitle(key)) return nullptr;
    auto found = std::find_if(drafts_.begin(), drafts_.end(),
                              [&key](const TitleDraft& draft) { return draft.key == key; });
    if (found == drafts_.end()) {
      if (drafts_.size() >= kCandidatesMax) return nullptr;
      TitleDraft draft;
      draft.text = std::move(text);
      draft.key = std::move(key);
      draft.words = SortedWords(draft.text);
      drafts_.push_back(std::move(draft));
      found = drafts_.end() - 1;
    }
    TitleDraft& draft = *found;
    draft.found[2 * static_cast<size_t>(source) + (cut ? 1 : 0)] = true;
    const bool heading = spot.place.has_value() && !spot.place->in_menu && !spot.place->linked;
    draft.is_heading = draft.is_heading || heading;
    draft.in_head = draft.in_head || !spot.place.has_value();
    if (source == TitleSource::kFirstHeading && first_level_ == 1) draft.first_heading = true;
    if (heading && (draft.distance == TitleDraft::kNoHeading ||
                    std::abs(spot.distance) < std::abs(draft.distance)))
      draft.distance = spot.distance;
    if (draft.place.has_value() && spot.place.has_value()) {
      draft.place->MergeWith(*spot.place);
    } else if (spot.place.has_value()) {
      draft.place = spot.place;
    }
    return &draft;
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
