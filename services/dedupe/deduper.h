#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pipeline/base/hash.h"
#include "services/dedupe/arrival.h"
#include "services/dedupe/dedupe_options.h"
#include "services/dedupe/fingerprint.h"
#include "services/dedupe/join_policy.h"
#include "services/dedupe/near_duplicate_index.h"
#include "services/dedupe/ruling.h"
#include "services/dedupe/seen_documents.h"
#include "services/dedupe/similarity.h"

namespace sluice::dedupe {

// One look at an earlier text, for people.
struct Look {
  base::Hash128 id;
  Evidence evidence;
  Judgement judgement;
};

// The decision itself, in one pass: what was said before is never revised, and depends on the
// documents and their order alone. Touches no clock, file or socket. One thread.
//
// Memory is bounded by the options: by age in log time, by number and by bytes; the oldest go
// first.
class Deduper {
 public:
  explicit Deduper(const DedupeOptions& options);

  // Whether its text can be met again: it is there, long enough, and not about the site alone.
  static bool IsComparable(const Arrival& arrival);

  // `now` is the log's. Changes nothing but what is too old at `now`, which is forgotten; calls
  // `look` for each text that was compared.
  Ruling Decide(
      const Arrival& arrival, absl::Time now,
      absl::FunctionRef<void(const Look&)> look = [](const Look&) {});

  // Remembers what Decide has said, in the order of the log.
  SeenDocument Describe(const Arrival& arrival, const Place& place, const LogPlace& log) const;
  void Remember(const SeenDocument& document, const Arrival& arrival, absl::Time now);

  // Rebuilds from stored rows, each kind in its order, all documents before the first text.
  void LoadDocument(const SeenDocument& document);
  struct StoredText {
    LogPlace log;
    TextView text;
    absl::Time date;
    uint32_t site = 0;
  };
  void LoadText(const StoredText& text);

  // The article's newest capture, or what was last said of it instead.
  std::optional<SeenDocument> Latest(const base::Hash128& article_id) const;
  // What was said of an id.
  std::optional<Place> Find(const base::Hash128& id) const;
  // An unchanged article that is met again must not age away: what is to be remembered anew, when a
  // quarter of document_memory has passed since.
  std::optional<SeenDocument> Refreshed(const Ruling& ruling, const LogPlace& log) const;

  // The documents' date as it counts: clipped around `now`.
  absl::Time DateOf(const Arrival& arrival, absl::Time now) const;
  // Rows before these are no longer needed.
  absl::Time OldestText() const;
  absl::Time OldestDocument() const;

  struct Size {
    uint64_t documents = 0;
    uint64_t texts = 0;
    uint64_t bytes = 0;
    uint64_t texts_evicted = 0;      // By index.bytes_max, not by age.
    uint64_t documents_evicted = 0;  // By documents_max.
  };
  Size size() const;

 private:
  void Expire(absl::Time now);
  void ForgetDocument();
  // How an arrival's article was found, and the newest of it.
  enum class Trace { kId, kOwnUrl, kClaimedUrl };
  struct Known {
    uint64_t latest = 0;
    Trace trace = Trace::kOwnUrl;
  };
  std::optional<Known> FindArticleOf(const Arrival& arrival) const;
  Ruling DecideGone(const Arrival& arrival) const;
  std::optional<Ruling> DecideByArticle(const Arrival& arrival, const Known& known);
  Ruling DecideByText(const Arrival& arrival, absl::Time now,
                      absl::FunctionRef<void(const Look&)> look);
  // The newest document of the article whose text is known. Those without are rows of pages that
  // went, and of old texts that were met again.
  std::optional<uint64_t> NewestWithText(const base::Hash128& article_id) const;
  // Whether a capture of the article that is known had this text.
  bool HadText(const base::Hash128& article_id, const base::Hash128& content) const;
  // Without words where there is no such document, or a text says nothing.
  Evidence CompareWith(std::optional<uint64_t> document, const Arrival& arrival);
  std::optional<uint64_t> TextOf(uint64_t document) const;

  DedupeOptions options_;
  Fingerprinter fingerprinter_;
  JoinPolicy policy_;
  SeenDocuments seen_;
  NearDuplicateIndex index_;
  Comparison comparison_;
  std::vector<uint32_t> loaded_keys_;  // Of one LoadText.
  uint64_t documents_evicted_ = 0;
};

}  // namespace sluice::dedupe
