#include "services/fetch/feed_xml.h"

#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/base/strings.h"
#include "pipeline/url/url.h"
#include "services/fetch/feed_date.h"
#include "services/fetch/feed_field.h"
#include "services/fetch/feed_link.h"
#include "services/fetch/html_text.h"
#include "services/fetch/xml_reader.h"

namespace sluice::fetch {
namespace {

using Vocabulary = XmlReader::Vocabulary;

// How surely a link is the page of its entry. Of the surest kind the first counts, of several link
// elements with text the last.
enum class LinkRank { kNone, kId, kAlternateFile, kAlternate, kAlternatePage, kElement };

// Builds a feed from the reader's tags and characters. There is a frame for every open element;
// while a field is open, elements inside are only markup of its text.
class FeedBuilder {
 public:
  FeedBuilder(const FeedDocument& document, const FeedLimits& limits)
      : limits_(limits), document_language_(LanguageOf(document.content_language)) {
    bases_.push_back(LinkBase::Of(document));
  }

  void Start(const XmlReader& reader) {
    Frame frame = frames_.empty() ? Frame{} : frames_.back();
    if (const std::string_view base = reader.xml_attribute("base"); !base.empty()) {
      bases_.push_back(bases_[frame.base].Within(base));
      frame.base = bases_.size() - 1;
    }
    if (const std::string_view language = reader.xml_attribute("lang"); !language.empty()) {
      languages_.push_back(LanguageOf(language));
      frame.language = languages_.size() - 1;
    }
    if (field_depth_ > 0) {
      ++field_depth_;
      has_markup_ = true;
      Break(reader.name());
    } else {
      frame.place = Enter(reader, frame);
    }
    frames_.push_back(frame);
  }

  void Text(std::string_view text) {
    if (field_depth_ == 0) return;
    const size_t room = limits_.field_bytes_max - std::min(text_.size(), limits_.field_bytes_max);
    text_ += text.substr(0, room);
    overflow_ = overflow_ || text.size() > room;
  }

  // `cut_off`: the document ended inside, so what is being read is not whole.
  void End(const XmlReader& reader, bool cut_off) {
    if (field_depth_ > 0) {
      Break(reader.name());
      if (--field_depth_ == 0 && !cut_off) TakeField();
    } else if (frames_.back().place == Place::kEntry && !cut_off) {
      FinishEntry();
    }
    frames_.pop_back();
    bases_.resize(frames_.empty() ? 1 : frames_.back().base + 1);
    languages_.resize(frames_.empty() ? 1 : frames_.back().language + 1);
  }

  absl::StatusOr<Feed> Finish(bool truncated) && {
    if (!is_feed_) {
      return absl::InvalidArgumentError(fmt::format("no feed: its root element is <{}>", root_));
    }
    if (feed_.language.empty()) feed_.language = document_language_;
    for (FeedEntry& entry : feed_.entries) {
      if (entry.language.empty()) entry.language = feed_.language;
    }
    if (update_period_ > absl::ZeroDuration()) {
      feed_.update_interval = update_period_ / update_frequency_;
    }
    feed_.truncated = feed_.truncated || truncated;
    return std::move(feed_);
  }

 private:
  // Where the children of an element stand.
  enum class Place { kFeed, kEntry, kMedia, kApart };
  struct Frame {
    Place place = Place::kApart;
    size_t base = 0;  // Index in bases_ and languages_.
    size_t language = 0;
  };

  // Blocks and line ends separate words of a field's text.
  void Break(std::string_view name) {
    if (name == "br" || name == "p" || name == "div" || name == "li") Text(" ");
  }

  Place Enter(const XmlReader& reader, const Frame& frame) {
    const bool at_root = frames_.empty();
    if (at_root && !is_feed_) EnterRoot(reader.name());
    if (!is_feed_) return Place::kApart;
    const bool core = reader.vocabulary() == Vocabulary::kCore;
    const std::string_view name = reader.name();
    if (core && (name == "item" || name == "entry")) return BeginEntry(reader, frame);
    if (at_root || (name == "channel" && core)) return BeginFeed(reader, frame);
    if (frame.place == Place::kApart) return Place::kApart;
    if (reader.vocabulary() == Vocabulary::kMedia && (name == "group" || name == "content")) {
      return Place::kMedia;
    }
    const FeedField field = FeedFieldOf(reader);
    const bool fits = frame.place != Place::kMedia || field == FeedField::kOtherTitle;
    if (field == FeedField::kNone || !fits) return Place::kApart;
    BeginField(field, reader, frame);
    return frame.place;
  }

  void EnterRoot(std::string_view name) {
    root_ = name;
    is_feed_ = true;
    if (name == "rss") {
      feed_.format = FeedFormat::kRss;
    } else if (name == "rdf") {
      feed_.format = FeedFormat::kRdf;
    } else if (name == "feed" || name == "entry") {
      feed_.format = FeedFormat::kAtom;
    } else if (name == "channel") {
      feed_.format = FeedFormat::kCdf;
    } else {
      is_feed_ = false;
    }
  }

  Place BeginFeed(const XmlReader& reader, const Frame& frame) {
    of_entry_ = false;
    SetLink(bases_[frame.base].Resolve(reader.attribute("href")), LinkRank::kAlternate);  // CDF.
    if (feed_.language.empty()) feed_.language = languages_[frame.language];
    return Place::kFeed;
  }

  Place BeginEntry(const XmlReader& reader, const Frame& frame) {
    FinishEntry();  // One whose end tag is missing.
    in_entry_ = of_entry_ = true;
    entry_ = {};
    entry_link_ = LinkRank::kNone;
    has_own_title_ = false;
    entry_.language = languages_[frame.language];
    entry_.id = reader.attribute("about");  // RDF.
    SetLink(entry_.id, LinkRank::kId);
    SetLink(bases_[frame.base].Resolve(reader.attribute("href")), LinkRank::kAlternate);  // CDF.
    entry_.updated = ParseFeedDate(reader.attribute("lastmod"));                          // CDF.
    return Place::kEntry;
  }

  void FinishEntry() {
    if (!std::exchange(in_entry_, false)) return;
    if (feed_.entries.size() < limits_.entries_max) {
      feed_.entries.push_back(std::move(entry_));
    } else {
      feed_.truncated = true;
    }
  }

  void BeginField(FeedField field, const XmlReader& reader, const Frame& frame) {
    field_ = field;
    field_depth_ = 1;
    field_base_ = frame.base;
    of_entry_ = frame.place != Place::kFeed;
    text_.clear();
    overflow_ = has_markup_ = false;
    text_kind_ = FeedTextOf(reader, feed_.format == FeedFormat::kAtom);
    is_permalink_ = reader.attribute("ispermalink") != "false";
    if (field == FeedField::kLink && reader.has_attribute("href")) TakeLinkAttributes(reader);
    const bool elsewhere = field == FeedField::kContent && reader.has_attribute("src");
    if (elsewhere) field_ = FeedField::kNone;
  }

  // Atom's form of a link, which RSS feeds use too.
  void TakeLinkAttributes(const XmlReader& reader) {
    field_ = FeedField::kNone;
    const std::string_view rel = reader.attribute("rel");
    if (!rel.empty() && rel != "alternate") return;
    const std::string_view type = reader.attribute("type");
    LinkRank rank = type.empty() ? LinkRank::kAlternate : LinkRank::kAlternateFile;
    if (type == "text/html" || type == "application/xhtml+xml") rank = LinkRank::kAlternatePage;
    SetLink(bases_[field_base_].Resolve(reader.attribute("href")), rank);
  }

  void SetLink(std::string link, LinkRank rank) {
    LinkRank& known = of_entry_ ? entry_link_ : feed_link_;
    if (link.empty() || rank < known) return;
    if (rank == known && rank != LinkRank::kElement) return;
    known = rank;
    (of_entry_ ? entry_.link : feed_.link) = std::move(link);
  }

  void TakeField() {
    if (field_ == FeedField::kTitle || field_ == FeedField::kOtherTitle) return TakeTitle();
    if (field_ == FeedField::kSummary) entry_.has_summary |= HasContent();
    if (field_ == FeedField::kContent) entry_.has_content |= HasContent();
    if (overflow_) return;  // Cut off, the others would say something else.
    if (field_ == FeedField::kLink) SetLink(Resolve(), LinkRank::kElement);
    if (field_ == FeedField::kId) TakeId();
    if (field_ == FeedField::kLanguage) {
      (of_entry_ ? entry_.language : feed_.language) = LanguageOf(text_);
    }
    if (of_entry_) {
      if (field_ == FeedField::kPublished) TakeDate(entry_.published);
      if (field_ == FeedField::kUpdated) TakeDate(entry_.updated);
    } else {
      TakeUpdateHint();
    }
  }

  bool HasContent() const {
    return of_entry_ && (has_markup_ || text_.find_first_not_of(" \t\r\n") != std::string::npos);
  }
  std::string Resolve() const { return bases_[field_base_].Resolve(text_); }

  void TakeTitle() {
    const bool own = field_ == FeedField::kTitle;
    bool& has_own = of_entry_ ? has_own_title_ : feed_has_own_title_;
    std::string& title = of_entry_ ? entry_.title : feed_.title;
    if (!title.empty() && (has_own || !own)) return;
    title = PlainText(text_, text_kind_);
    has_own = own;
  }

  // An id that is a permalink stands in for a missing link.
  void TakeId() {
    const bool like_url = text_.find('/') != std::string::npos || url::Url::Parse(text_).ok();
    const bool permalink = is_permalink_ && like_url;
    std::string id = permalink ? Resolve() : FoldWhiteSpace(text_);
    if (permalink) SetLink(id, LinkRank::kId);
    if (of_entry_) entry_.id = std::move(id);
  }

  void TakeDate(std::optional<absl::Time>& date) const {
    if (const auto parsed = ParseFeedDate(text_)) date = parsed;
  }

  void TakeUpdateHint() {
    const std::string value = FoldWhiteSpace(text_);
    int count = 0;
    const bool is_count = absl::SimpleAtoi(value, &count) && count > 0 && count < 1'000'000;
    if (field_ == FeedField::kTtl && is_count) feed_.update_interval = absl::Minutes(count);
    if (field_ == FeedField::kUpdateFrequency && is_count) update_frequency_ = count;
    if (field_ != FeedField::kUpdatePeriod) return;
    if (value == "hourly") update_period_ = absl::Hours(1);
    if (value == "daily") update_period_ = absl::Hours(24);
    if (value == "weekly") update_period_ = absl::Hours(24 * 7);
    if (value == "monthly") update_period_ = absl::Hours(24 * 30);
    if (value == "yearly") update_period_ = absl::Hours(24 * 365);
  }

  FeedLimits limits_;
  std::string document_language_;
  std::vector<LinkBase> bases_;                // Of the document and of every xml:base around here.
  std::vector<std::string> languages_ = {""};  // Of every xml:lang around here.
  std::vector<Frame> frames_;

  Feed feed_;
  std::string root_;
  bool is_feed_ = false;
  LinkRank feed_link_ = LinkRank::kNone;
  bool feed_has_own_title_ = false;
  absl::Duration update_period_;
  int update_frequency_ = 1;

  FeedEntry entry_;
  bool in_entry_ = false;
  LinkRank entry_link_ = LinkRank::kNone;
  bool has_own_title_ = false;

  FeedField field_ = FeedField::kNone;
  size_t field_depth_ = 0;  // Elements open in the field, with its own; 0: no field is open.
  size_t field_base_ = 0;
  bool of_entry_ = false;  // The field is the entry's, else the feed's.
  std::string text_;
  bool overflow_ = false;    // The text is longer than the limit.
  bool has_markup_ = false;  // Elements stand in the field.
  FeedText text_kind_ = FeedText::kPlain;
  bool is_permalink_ = false;
};

}  // namespace

absl::StatusOr<Feed> ParseXmlFeed(std::string_view utf8, const FeedDocument& document,
                                  const FeedLimits& limits) {
  return BuildFromXml(utf8, FeedBuilder(document, limits));
}

}  // namespace sluice::fetch
