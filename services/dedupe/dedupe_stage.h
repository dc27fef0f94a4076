#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pipeline/log/log.h"
#include "pipeline/stage/stage.h"
#include "services/dedupe/deduper.h"
#include "services/dedupe/lookup_mailbox.h"

namespace sluice::dedupe {

// Recognises documents that repeat, abridge or update one already let through, and gives each its
// article, revision and cluster.
//
// Touches no socket, file or system clock: the past is in the state tables and in the memory that
// Load fills, the time is the log's. The same documents in the same order get the same answers, and
// the replay tests rely on it. One shard decides for all documents: the order is the topic's.
//
// Prepare may be called from many threads at once; all else from the shard's thread.
class DedupeStage final : public stage::Stage {
 public:
  static constexpr std::string_view kName = "dedupe";
  static constexpr std::string_view kUnchanged = "unchanged";       // Its URL had this very text.
  static constexpr std::string_view kRedelivered = "redelivered";   // Its id is known.
  static constexpr std::string_view kUnknownGone = "unknown_gone";  // Taken down, never seen.
  static constexpr std::array kDropReasons = {kUnchanged, kRedelivered, kUnknownGone};

  // Tables: documents, then texts, both expiring.
  static log::Spec Spec();

  // `mailbox` may be nullptr; otherwise it outlives the stage, which answers its letters whenever
  // `wake` has been called. kInvalidArgument: an option is out of range; the message names it, its
  // value and the range.
  static absl::StatusOr<std::unique_ptr<DedupeStage>> Create(const DedupeOptions& options,
                                                             LookupMailbox* mailbox,
                                                             std::function<void()> wake);
  ~DedupeStage() override;

  // Rows that cannot be read are left out: what they held is forgotten, as if it had expired.
  void Load(std::string_view table, std::string_view key, std::string_view value) override;

  // Normalises and fingerprints. kInvalidArgument: not a Document, one without an id of 32 hex
  // digits, or without text although the page is not gone.
  absl::StatusOr<std::unique_ptr<stage::Prepared>> Prepare(
      const log::Record& record) const override;

  // Says how new the document is and which cluster it belongs to, emits it with both, and remembers
  // it. kInvalidArgument: with both it is over the log's record limit.
  absl::StatusOr<stage::Verdict> Apply(stage::Prepared& prepared, const log::Record& record,
                                       log::Transaction& transaction) override;

  // Answers the mailbox.
  absl::Status OnWake(absl::Time now, log::Transaction& transaction,
                      stage::Outcomes& outcomes) override;

  Deduper::Size size() const { return deduper_.size(); }

 private:
  DedupeStage(const DedupeOptions& options, LookupMailbox* mailbox);

  void ForgetRows(absl::Time now, log::Transaction& transaction);

  DedupeOptions options_;
  Fingerprinter fingerprinter_;
  Deduper deduper_;
  LookupMailbox* mailbox_;                    // Not owned; may be nullptr.
  absl::Time newest_ = absl::InfinitePast();  // Log time of the last record.
  absl::Time documents_forgotten_ = absl::InfinitePast();
  absl::Time texts_forgotten_ = absl::InfinitePast();
};

}  // namespace sluice::dedupe
