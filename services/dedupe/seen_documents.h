#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "pipeline/base/hash.h"
#include "services/dedupe/arrival_queue.h"
#include "services/dedupe/posting_table.h"
#include "services/dedupe/ruling.h"

namespace sluice::dedupe {

// What the log says of a document: when and where it came. Rises from document to document.
struct LogPlace {
  absl::Time time;
  uint64_t offset = 0;
};

// What is remembered of a document besides its text.
struct SeenDocument {
  Place place;
  std::vector<uint64_t> urls;  // Hashes; at most kUrlsMax.
  base::Hash128 content;       // Of the text's words; zero: not to be met by its text.
  uint64_t body = 0;           // Of the page's bytes; zero: unknown.
  uint32_t extractor_version = 0;
  bool gone = false;  // The page was taken down, or withdrawn: its next capture is told.
  LogPlace log;
};

// The documents of the last months by id, URL, article and content, in order of arrival. Numbers
// are given in that order from 0 and never again. Some 130 bytes a document. Not for several
// threads.
class SeenDocuments {
 public:
  static constexpr size_t kUrlsMax = 3;

  uint64_t Add(const SeenDocument& document);
  // Forgets the oldest.
  void Forget();

  // Starts loading what the functions below will read of these.
  void Prefetch(const base::Hash128& id, absl::Span<const uint64_t> urls,
                const base::Hash128& content) const;
  // The newest with this id, URL or article, of those that `which` takes.
  std::optional<uint64_t> FindId(const base::Hash128& id) const;
  std::optional<uint64_t> FindUrl(uint64_t url) const;
  std::optional<uint64_t> FindArticle(
      const base::Hash128& article_id,
      absl::FunctionRef<bool(uint64_t)> which = [](uint64_t) { return true; }) const;
  // The oldest of the newest 64 with this content.
  std::optional<uint64_t> FindContent(const base::Hash128& content) const;

  // Starts loading what is known of it.
  void Prefetch(uint64_t number) const { __builtin_prefetch(&entries_[number]); }
  SeenDocument Get(uint64_t number) const;
  Place PlaceOf(uint64_t number) const;
  const base::Hash128& Id(uint64_t number) const { return entries_[number].id; }
  base::Hash128 ClusterId(uint64_t number) const;
  bool ContentIs(uint64_t number, const base::Hash128& content) const {
    return entries_[number].content == content;
  }
  LogPlace Log(uint64_t number) const;
  bool IsGone(uint64_t number) const { return entries_[number].gone; }

  uint64_t begin() const { return entries_.begin(); }
  uint64_t end() const { return entries_.end(); }
  size_t size() const { return entries_.size(); }
  size_t bytes() const { return entries_.size() * sizeof(Entry) + postings_.bytes(); }

 private:
  struct Further {
    std::vector<uint64_t> urls;  // All.
    std::vector<base::Hash128> also_matches;
  };
  // What an original that was captured once and has one URL can do without.
  struct Details {
    base::Hash128 article_id;
    base::Hash128 cluster_id;
    base::Hash128 of;
    double similarity;
    uint32_t shared_words;
    uint32_t revision;
    Relation relation;
    std::unique_ptr<Further> further;  // Few have it.
  };
  struct Entry {
    base::Hash128 id;
    base::Hash128 content;
    uint64_t url;
    uint64_t body;
    int64_t time;  // Microseconds since the epoch.
    uint64_t offset;
    uint32_t extractor_version;
    uint16_t postings;
    bool gone;
    std::unique_ptr<Details> details;
  };

  static std::unique_ptr<Details> DetailsOf(const SeenDocument& document);
  template <typename Matches>
  std::optional<uint64_t> Newest(uint32_t hash, Matches matches) const;

  PostingTable postings_;
  ArrivalQueue<Entry> entries_;
};

}  // namespace sluice::dedupe
