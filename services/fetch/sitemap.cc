#include "services/fetch/sitemap.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pipeline/url/url.h"
#include "services/fetch/feed_date.h"
#include "services/fetch/html_text.h"
#include "services/fetch/xml_encoding.h"
#include "services/fetch/xml_reader.h"

namespace sluice::fetch {
namespace {

using Vocabulary = XmlReader::Vocabulary;

// Builds a sitemap from the reader's tags and characters.
class SitemapBuilder {
 public:
  explicit SitemapBuilder(const SitemapLimits& limits) : limits_(limits) {}

  void Start(const XmlReader& reader) {
    const std::string_view name = reader.name();
    const bool core = reader.vocabulary() == Vocabulary::kCore;
    text_.clear();
    if (root_.empty()) {
      root_ = name;
      sitemap_.is_index = name == "sitemapindex";
    }
    if (core && (name == "url" || name == "sitemap")) {
      FinishEntry();  // One whose end tag is missing.
      in_entry_ = true;
      entry_ = {};
      entry_depth_ = reader.depth();
    }
  }

  void Text(std::string_view text) {
    if (!in_entry_) return;
    text_ += text.substr(
        0, limits_.field_bytes_max + 1 - std::min(text_.size(), limits_.field_bytes_max + 1));
  }

  void End(const XmlReader& reader, bool cut_off) {
    if (!in_entry_ || cut_off) return;
    const std::string_view name = reader.name();
    if (reader.vocabulary() == Vocabulary::kCore) {
      if (name == "url" || name == "sitemap") return FinishEntry();
      // Deeper ones are of images and videos.
      if (reader.depth() == entry_depth_) TakeField(name);
    } else if (reader.vocabulary() == Vocabulary::kNews) {
      TakeNewsField(name);
    }
    text_.clear();
  }

  absl::StatusOr<Sitemap> Finish(bool truncated) && {
    if (root_ != "urlset" && root_ != "sitemapindex" && sitemap_.entries.empty()) {
      return absl::InvalidArgumentError(
          fmt::format("no sitemap: its root element is <{}>", root_.substr(0, 64)));
    }
    sitemap_.truncated = sitemap_.truncated || truncated;
    return std::move(sitemap_);
  }

 private:
  bool Overflow() const { return text_.size() > limits_.field_bytes_max; }

  void TakeField(std::string_view name) {
    if (Overflow()) return;
    if (name == "loc" && entry_.loc.empty()) entry_.loc = FoldWhiteSpace(text_);
    if (name == "lastmod") entry_.lastmod = ParseFeedDate(text_);
  }

  void TakeNewsField(std::string_view name) {
    if (Overflow()) return;
    if (name == "title") entry_.news_title = FoldWhiteSpace(text_);
    if (name == "name") entry_.news_name = FoldWhiteSpace(text_);
    if (name == "language") entry_.news_language = LanguageOf(text_);
    if (name == "publication_date") entry_.news_date = ParseFeedDate(text_);
  }

  void FinishEntry() {
    if (!std::exchange(in_entry_, false) || entry_.loc.empty()) return;
    if (sitemap_.entries.size() < limits_.entries_max) {
      sitemap_.entries.push_back(std::move(entry_));
    } else {
      sitemap_.truncated = true;
    }
  }

  SitemapLimits limits_;
  Sitemap sitemap_;
  std::string root_;
  SitemapEntry entry_;
  bool in_entry_ = false;
  size_t entry_depth_ = 0;
  std::string text_;
};

absl::StatusOr<Sitemap> ParseXml(std::string_view utf8, const SitemapLimits& limits) {
  return BuildFromXml(utf8, SitemapBuilder(limits));
}

absl::StatusOr<Sitemap> ParseText(std::string_view utf8, const SitemapLimits& limits) {
  Sitemap sitemap;
  while (!utf8.empty()) {
    const size_t end = std::min(utf8.find_first_of("\r\n"), utf8.size());
    std::string line = FoldWhiteSpace(utf8.substr(0, std::min(end, limits.field_bytes_max + 1)));
    utf8.remove_prefix(std::min(end + 1, utf8.size()));
    if (line.empty() || line.size() > limits.field_bytes_max) continue;
    const auto url = url::Url::Parse(line);
    if (!url.ok() || !url->IsHttp()) continue;
    if (sitemap.entries.size() >= limits.entries_max) {
      sitemap.truncated = true;
      break;
    }
    sitemap.entries.emplace_back().loc = std::move(line);
  }
  if (sitemap.entries.empty()) {
    return absl::InvalidArgumentError("no sitemap: neither XML nor lines of URLs");
  }
  return sitemap;
}

}  // namespace

absl::StatusOr<Sitemap> ParseSitemap(std::string_view bytes, std::string_view content_type,
                                     const SitemapLimits& limits) {
  if (bytes.size() > limits.bytes_max) {
    return absl::InvalidArgumentError(
        fmt::format("sitemap of {} bytes is larger than {}", bytes.size(), limits.bytes_max));
  }
  const DecodedText text = DecodeXml(bytes, CharsetOfContentType(content_type));
  const size_t begin = text.utf8.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) {
    return absl::InvalidArgumentError("no sitemap: the document is empty");
  }
  return text.utf8[begin] == '<' ? ParseXml(text.utf8, limits) : ParseText(text.utf8, limits);
}

}  // namespace sluice::fetch
