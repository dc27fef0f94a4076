#include "services/fetch/feed_json.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "services/fetch/feed_date.h"
#include "services/fetch/feed_link.h"
#include "services/fetch/html_text.h"

namespace sluice::fetch {
namespace {

// Takes what counts while the document is scanned, so that no tree of it is ever built: the members
// of the root, and those of the objects in its array "items". Its members are nlohmann's SAX
// interface.
class FeedScanner final : public nlohmann::json_sax<nlohmann::json> {
 public:
  FeedScanner(const FeedDocument& document, const FeedLimits& limits)
      : limits_(limits), base_(LinkBase::Of(document)) {
    feed_.format = FeedFormat::kJson;
    feed_.language = LanguageOf(document.content_language);
  }

  bool has_items() const { return has_items_; }
  Feed Take() && {
    for (FeedEntry& entry : feed_.entries) {
      if (entry.language.empty()) entry.language = feed_.language;
    }
    return std::move(feed_);
  }

  bool start_object(size_t) override {
    ++depth_;
    if (InItem()) {
      entry_ = {};
      external_url_.clear();
    }
    return true;
  }
  bool end_object() override {
    if (InItem()) Finish();
    --depth_;
    return true;
  }
  bool start_array(size_t) override {
    ++depth_;
    if (depth_ == 2 && key_ == "items") in_items_ = has_items_ = true;
    return true;
  }
  bool end_array() override {
    if (depth_ == 2) in_items_ = false;
    --depth_;
    return true;
  }
  bool key(std::string& name) override {
    if (depth_ == 1 || InItem()) key_ = name;
    return true;
  }
  bool string(std::string& value) override {
    if (value.size() > limits_.field_bytes_max && !IsBody()) return true;
    if (depth_ == 1) RootMember(value);
    if (InItem()) ItemMember(value);
    return true;
  }
  bool number_integer(int64_t value) override { return Number(std::to_string(value)); }
  bool number_unsigned(uint64_t value) override { return Number(std::to_string(value)); }
  bool number_float(double, const std::string& text) override { return Number(text); }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool binary(nlohmann::json::binary_t&) override { return true; }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override {
    feed_.truncated = true;  // What was complete before it stays.
    return false;
  }

 private:
  bool InItem() const { return in_items_ && depth_ == 3; }
  bool IsBody() const {
    return key_ == "content_html" || key_ == "content_text" || key_ == "summary";
  }

  bool Number(const std::string& text) {
    if (InItem() && key_ == "id") entry_.id = text;
    return true;
  }

  void RootMember(const std::string& value) {
    if (key_ == "title") feed_.title = FoldWhiteSpace(value);
    if (key_ == "home_page_url") feed_.link = base_.Resolve(value);
    if (key_ == "language") feed_.language = LanguageOf(value);
  }

  void ItemMember(const std::string& value) {
    if (key_ == "url") entry_.link = base_.Resolve(value);
    if (key_ == "external_url") external_url_ = base_.Resolve(value);
    if (key_ == "title") entry_.title = FoldWhiteSpace(value);
    if (key_ == "id") entry_.id = value;
    if (key_ == "date_published") entry_.published = ParseFeedDate(value);
    if (key_ == "date_modified") entry_.updated = ParseFeedDate(value);
    if (key_ == "language") entry_.language = LanguageOf(value);
    if (key_ == "summary") entry_.has_summary = !value.empty();
    if (key_ == "content_html" || key_ == "content_text") entry_.has_content |= !value.empty();
  }

  void Finish() {
    if (entry_.link.empty()) entry_.link = std::move(external_url_);
    if (feed_.entries.size() < limits_.entries_max) {
      feed_.entries.push_back(std::move(entry_));
    } else {
      feed_.truncated = true;
    }
  }

  FeedLimits limits_;
  LinkBase base_;
  Feed feed_;
  FeedEntry entry_;
  std::string external_url_;
  std::string key_;  // Of the root's or the item's member being read.
  size_t depth_ = 0;
  bool in_items_ = false;
  bool has_items_ = false;
};

}  // namespace

absl::StatusOr<Feed> ParseJsonFeed(std::string_view utf8, const FeedDocument& document,
                                   const FeedLimits& limits) {
  FeedScanner scanner(document, limits);
  nlohmann::json::sax_parse(utf8, &scanner);
  if (!scanner.has_items()) {
    return absl::InvalidArgumentError("no feed: JSON without an \"items\" array");
  }
  return std::move(scanner).Take();
}

}  // namespace sluice::fetch
