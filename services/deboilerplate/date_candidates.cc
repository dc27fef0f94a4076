#include "services/deboilerplate/date_candidates.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "absl/strings/ascii.h"
#include "pipeline/base/strings.h"

namespace sluice::deboilerplate {
namespace {

#include "services/deboilerplate/date_weights.inc"

// Who says a day.
enum Source : size_t {
  kLinked,
  kMeta,
  kWeakMeta,
  kTimeNamed,
  kTimeNear,
  kTimeFar,
  kTextNamed,
  kTextNear,
  kTextFar,
  kLineNear,
  kLineAbove,
  kLineInText,
  kLineBehind,
  kAddress,
  kLinkedModified,
  kMetaModified,
  kZoneDay,  // Where the address's country is, the time that linked data or meta say.
  kInTitle,
  kSourceCount
};

constexpr std::array<std::string_view, kDateFeatures> kNames = {
    "linked_data", "meta",     "time_near", "text_near",   "meta_modified",       "says_modified",
    "earliest",    "agreeing", "shown",     "first_shown", "shown_unlike_machine"};

// Names of meta elements that carry the date of publication.
constexpr std::array<std::string_view, 29> kMetas = {"article:published_time",
                                                     "og:article:published_time",
                                                     "datepublished",
                                                     "og:published_time",
                                                     "og:pubdate",
                                                     "article:published",
                                                     "article.published",
                                                     "article:post_date",
                                                     "parsely-pub-date",
                                                     "sailthru.date",
                                                     "publish-date",
                                                     "publish_date",
                                                     "publishdate",
                                                     "publish_time",
                                                     "published",
                                                     "published_at",
                                                     "published_time",
                                                     "pubdate",
                                                     "pub_date",
                                                     "publication_date",
                                                     "publicationdate",
                                                     "originalpublicationdate",
                                                     "dc.date.issued",
                                                     "dcterms.issued",
                                                     "cxenseparse:recs:publishtime",
                                                     "cxenseparse:publishtime",
                                                     "cxenseparse:recs:articlepublishtime",
                                                     "article_date_original",
                                                     "apub:time"};
constexpr std::array<std::string_view, 12> kWeakMetas = {
    "date",        "dc.date",       "dcterms.date", "dcterms.created",      "dc.date.created",
    "bt:pubdate",  "creation_date", "article-date", "citation_online_date", "citation_date",
    "displaydate", "release_date"};
constexpr std::array<std::string_view, 8> kModifiedMetas = {
    "article:modified_time", "og:updated_time",  "datemodified", "lastmod",
    "last-modified",         "dcterms.modified", "revised",      "article:modified"};

template <size_t kSize>
bool IsOneOf(std::string_view name, const std::array<std::string_view, kSize>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool HasAny(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [text](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

// Words about a date stand at the beginning.
std::string LowerBeginning(std::string_view text) {
  constexpr size_t kBytesMax = 300;
  return absl::AsciiStrToLower(base::ToAbsl(text.substr(0, kBytesMax)));
}

bool SaysModified(std::string_view lower) {
  return HasAny(lower, {"modif", "update", "edited", "changed", "aktualisiert", "mis \u00E0 jour",
                        "actualizad", "aggiornat", "atualizad", "bijgewerkt", "oppdatert",
                        "opdateret", "uppdaterad", "reviewed", "stand:"});
}

bool SaysPublished(std::string_view lower) {
  return HasAny(lower, {"publi", "posted", "created", "ver\u00F6ffentlicht", "erschienen",
                        "pubblicat", "gepubliceerd", "publisert", "udgivet", "publicerad"});
}

// Whether a meta element has the date of publication, as its name says: there are more names than
// can be listed.
bool NamesPublication(std::string_view name) {
  return HasAny(name, {"publi", "create_at", "created_at"}) &&
         HasAny(name, {"date", "time", "_at", "-at", "published"}) &&
         !HasAny(name, {"modif", "update", "expir", "unpubl", "publisher", "republi", "last"});
}

// Of a text that tells two dates, the part about publication.
std::string_view PublishedPart(std::string_view text) {
  const std::string lower = LowerBeginning(text);
  if (!SaysModified(lower)) return text;
  for (const std::string_view cue : {"publi", "posted", "created", "ver\u00F6ffentlicht"}) {
    if (const size_t at = lower.find(cue); at != std::string::npos) return text.substr(at);
  }
  return text;
}

struct Zone {
  std::string_view country;
  int minutes;
};
constexpr Zone kZones[] = {
    {"ae", 240}, {"ar", -180}, {"at", 60},   {"be", 60},  {"bg", 120},  {"bo", -240}, {"br", -180},
    {"ch", 60},  {"cl", -240}, {"cn", 480},  {"cz", 60},  {"de", 60},   {"dk", 60},   {"ec", -300},
    {"ee", 120}, {"es", 60},   {"fi", 120},  {"fr", 60},  {"gr", 120},  {"hk", 480},  {"hr", 60},
    {"hu", 60},  {"il", 120},  {"in", 330},  {"ir", 210}, {"it", 60},   {"jp", 540},  {"ke", 180},
    {"kr", 540}, {"lt", 120},  {"lu", 60},   {"lv", 120}, {"my", 480},  {"ng", 60},   {"nl", 60},
    {"no", 60},  {"nz", 720},  {"pe", -300}, {"ph", 480}, {"pk", 300},  {"pl", 60},   {"py", -240},
    {"ro", 120}, {"rs", 60},   {"sa", 180},  {"se", 60},  {"sg", 480},  {"si", 60},   {"sk", 60},
    {"th", 420}, {"tr", 180},  {"tw", 480},  {"ua", 120}, {"uy", -180}, {"ve", -240}, {"vn", 420},
    {"za", 120}};

struct Draft {
  static constexpr int kNotShown = 1'000'000;

  absl::CivilDay day;
  PageDate best;
  std::array<bool, kSourceCount> said = {};
  bool believable = false;      // Not only said to be a change's.
  bool says_modified = false;   // In words beside it.
  int first_shown = kNotShown;  // The first block that shows it to people, around the headline.

  bool shown() const { return first_shown != kNotShown; }
  bool said_to_machines() const { return said[kLinked] || said[kMeta]; }
  float kinds() const { return static_cast<float>(std::count(said.begin(), said.end(), true)); }
};

class Collector {
 public:
  Collector(const Page& page, const DateContext& context)
      : page_(page), context_(context), zone_(CountryOffset(context.url)) {}

  void AddAll(const LinkedData& data) {
    AddMachine(ParseMachineDate(data.published), kLinked, true);
    AddMachine(ParseMachineDate(data.modified), kLinkedModified, false);
    for (const Hint& hint : page_.hints) AddHint(hint);
    AddMachine(FindUrlDate(context_.url), kAddress, true);
    AddLines();
  }

  std::vector<DateCandidate> Finish() const {
    std::vector<DateCandidate> out;
    const auto any = [this](auto is) { return std::any_of(drafts_.begin(), drafts_.end(), is); };
    // Where a page shows readers nothing but the day of a change, that is its date.
    const bool none = !any([](const Draft& draft) { return draft.believable; });
    const bool machine = any([](const Draft& draft) { return draft.said_to_machines(); });
    absl::CivilDay earliest = absl::CivilDay::max();
    int first_shown = Draft::kNotShown;
    for (const Draft& draft : drafts_) {
      earliest = std::min(earliest, draft.day);
      first_shown = std::min(first_shown, draft.first_shown);
    }
    for (const Draft& draft : drafts_) {
      if (!draft.believable && !(none && draft.shown())) continue;
      const auto number = [](bool is) { return is ? 1.0F : 0.0F; };
      out.push_back(
          {.date = Settle(draft),
           .features = {number(draft.said[kLinked]), number(draft.said[kMeta]),
                        number(draft.said[kTimeNear]), number(draft.said[kTextNear]),
                        number(draft.said[kMetaModified]), number(draft.says_modified),
                        number(draft.day == earliest), 0.25F * draft.kinds(), number(draft.shown()),
                        number(draft.shown() && draft.first_shown == first_shown),
                        number(draft.shown() && !draft.said_to_machines() && machine)}});
      for (size_t i = 0; i < kDateFeatures; ++i)
        out.back().score += kDateWeights[i] * out.back().features[i];
    }
    std::sort(out.begin(), out.end(), [](const DateCandidate& a, const DateCandidate& b) {
      return a.score != b.score ? a.score > b.score : a.date.civil < b.date.civil;
    });
    return out;
  }

 private:
  void AddHint(const Hint& hint) {
    switch (hint.kind) {
      case Hint::Kind::kMeta:
        if (hint.name == "og:title") return AddText(hint.value, kInTitle);
        if (hint.value.find_first_of("0123456789") == std::string::npos) return;
        if (IsOneOf(hint.name, kMetas) || NamesPublication(hint.name))
          AddMachine(ParseMachineDate(hint.value), kMeta, true);
        if (IsOneOf(hint.name, kWeakMetas))
          AddMachine(ParseMachineDate(hint.value), kWeakMeta, true);
        if (IsOneOf(hint.name, kModifiedMetas))
          AddMachine(ParseMachineDate(hint.value), kMetaModified, false);
        return;
      case Hint::Kind::kTitle:
        return AddText(hint.value, kInTitle);
      case Hint::Kind::kTime:
      case Hint::Kind::kDateText:
        return AddElement(hint);
      default:
        return;
    }
  }

  void AddText(std::string_view text, Source source) {
    if (const auto date = FindDate(text, context_.month_first); date.has_value())
      Note(*date, source, true);
  }

  void AddElement(const Hint& hint) {
    constexpr size_t kValueBytesMax = 200;
    if (hint.value.empty() || hint.value.size() > kValueBytesMax) return;
    const int distance = hint.block - context_.first_block;
    const bool near = distance >= -12 && distance <= 2;
    const bool behind =
        distance > 2 && hint.block > context_.last_block && hint.block <= context_.last_block + 3;
    const std::string lower = LowerBeginning(hint.value);
    const bool published = SaysPublished(hint.name) || SaysPublished(lower);
    if (!near && !published && !behind) return;
    const bool time = hint.kind == Hint::Kind::kTime;
    std::optional<PageDate> date = time ? ParseMachineDate(hint.value) : std::nullopt;
    if (!date.has_value()) date = FindDate(PublishedPart(hint.value), context_.month_first);
    if (!date.has_value()) return;
    const bool modified = SaysModified(hint.name) ||
                          hint.name.find("comment") != std::string::npos || SaysModified(lower) ||
                          SaysBefore(hint.block);
    Source source = near ? (time ? kTimeNear : kTextNear) : (time ? kTimeFar : kTextFar);
    if (published) source = time ? kTimeNamed : kTextNamed;
    Draft* draft = Note(*date, source, !modified || published);
    if (draft == nullptr) return;
    draft->says_modified = draft->says_modified || (modified && !published);
    if (near) Show(*draft, hint.block);
  }

  // Whether the block before a date says that it is one of a change: "Updated:" in a line of its
  // own.
  bool SaysBefore(int block) const {
    for (int i = block; i >= 0 && i >= block - 1; --i) {
      if (static_cast<size_t>(i) >= page_.blocks.size()) continue;
      const std::string_view text = page_.TextOf(page_.blocks[static_cast<size_t>(i)]);
      if (i == block ? text.size() < 60 && SaysModified(LowerBeginning(text)) &&
                           !SaysPublished(LowerBeginning(text))
                     : text.size() < 24 && SaysModified(LowerBeginning(text)))
        return true;
    }
    return false;
  }

  void AddLines() {
    constexpr int kAbove = 12;
    constexpr int kNearBlocks = 4;
    constexpr uint32_t kWordsMax = 25;
    const auto n = static_cast<int>(page_.blocks.size());
    for (int i = std::max(0, context_.first_block - kAbove); i < n; ++i) {
      if (i > context_.first_block + 2 && i <= context_.last_block) i = context_.last_block;
      if (i > context_.last_block + 3) break;
      const Block& block = page_.blocks[static_cast<size_t>(i)];
      if (block.stats.digits < 3) continue;
      std::string_view text = page_.TextOf(block);
      const bool body = block.stats.words > kWordsMax;
      // A paragraph may begin with its day.
      constexpr size_t kBeginBytes = 60;
      if (body && i > context_.first_block + 2) continue;
      if (body) text = text.substr(0, kBeginBytes);
      const std::optional<PageDate> date = FindDate(PublishedPart(text), context_.month_first);
      if (!date.has_value()) continue;
      const std::string lower = LowerBeginning(text);
      const bool modified = (SaysModified(lower) || SaysBefore(i)) && !SaysPublished(lower);
      const Source source = body                                      ? kLineInText
                            : i > context_.last_block                 ? kLineBehind
                            : i >= context_.first_block - kNearBlocks ? kLineNear
                                                                      : kLineAbove;
      Draft* draft = Note(*date, source, !modified);
      if (draft == nullptr) continue;
      draft->says_modified = draft->says_modified || modified;
      if (source == kLineNear || source == kLineAbove) Show(*draft, i);
    }
  }

  static void Show(Draft& draft, int block) {
    draft.first_shown = std::min(draft.first_shown, block);
  }

  void AddMachine(const std::optional<PageDate>& date, Source source, bool believable) {
    if (!date.has_value()) return;
    Draft* draft = Note(*date, source, believable);
    if (draft == nullptr || !date->has_time || date->offset_minutes.value_or(0) != 0) return;
    if (!believable) return;
    instants_.push_back(*date);
    if (!zone_.has_value()) return;
    const PageDate there = date->At(*zone_ + SummerMinutes(*date));
    const absl::CivilDay day(there.civil);
    if (day == draft->day) return;
    if (Draft* local = Note(there, kZoneDay, true); local != nullptr) local->said[source] = true;
  }

  // An hour in Europe's summer.
  int SummerMinutes(const PageDate& date) const {
    const bool europe = *zone_ == 60 || *zone_ == 120;
    return europe && date.civil.month() >= 4 && date.civil.month() <= 10 ? 60 : 0;
  }

  Draft* Note(const PageDate& date, Source source, bool believable) {
    if (date.ToTime() > context_.latest) return nullptr;
    const absl::CivilDay day(date.civil);
    auto found = std::find_if(drafts_.begin(), drafts_.end(),
                              [day](const Draft& draft) { return draft.day == day; });
    if (found == drafts_.end()) {
      constexpr size_t kDraftsMax = 40;
      if (drafts_.size() >= kDraftsMax) return nullptr;
      drafts_.push_back({.day = day, .best = date});
      found = drafts_.end() - 1;
    }
    found->said[source] = true;
    found->believable = found->believable || believable;
    const bool more = (date.has_time && !found->best.has_time) ||
                      (date.offset_minutes.has_value() && !found->best.offset_minutes.has_value());
    if (more && believable) found->best = date;
    return &*found;
  }

  // A day without a time gets the time in UTC that falls on it in some zone near.
  PageDate Settle(const Draft& draft) const {
    if (draft.best.has_time) return draft.best;
    for (const PageDate& instant : instants_) {
      const PageDate local = instant.OnDay(draft.day);
      if (absl::CivilDay(local.civil) == draft.day) return local;
    }
    return draft.best;
  }

  const Page& page_;
  const DateContext context_;
  const std::optional<int> zone_;
  std::vector<Draft> drafts_;
  std::vector<PageDate> instants_;
};

}  // namespace

std::string_view DateFeatureName(size_t feature) {
  return feature < kDateFeatures ? kNames[feature] : std::string_view();
}

std::optional<int> CountryOffset(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  std::string_view host = url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#:"));
  const size_t dot = host.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  for (const Zone& zone : kZones) {
    if (zone.country == host.substr(dot + 1)) return zone.minutes;
  }
  return std::nullopt;
}

std::vector<DateCandidate> RankDates(const Page& page, const LinkedData& data,
                                     const DateContext& context) {
  Collector collector(page, context);
  collector.AddAll(data);
  return collector.Finish();
}

}  // namespace sluice::deboilerplate
