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
#include "services/dedupe/withdrawals.h"
#include "sluice/data/v1/document.pb.h"

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
  static constexpr std::string_view kUnchanged = "unchanged";         // Its URL had this very text.
  static constexpr std::string_view kRedelivered = "redelivered";     // Its id is known.
  static constexpr std::string_view kUnknownGone = "unknown_gone";    // Taken down, never seen.
  static constexpr std::string_view kWithdrawn = "withdrawn";         // By an operator; stays out.
  static constexpr std::string_view kAllowedAgain = "allowed_again";  // That was undone; not seen.
  static constexpr std::array kDropReasons = {kUnchanged, kRedelivered, kUnknownGone, kWithdrawn,
                                              kAllowedAgain};

  // Tables: documents, then texts, both expiring; withdrawn, keyed.
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
  // digits, or without text although the page is neither gone nor withdrawn.
  absl::StatusOr<std::unique_ptr<stage::Prepared>> Prepare(
      const log::Record& record) const override;

  // Says how new the document is and which cluster it belongs to, emits it with both, and remembers
  // it; drops what is withdrawn. A withdrawal is remembered by its address, and passed on where an
  // article is known there. kInvalidArgument: with its place it is over the log's record limit.
  // kFailedPrecondition: too much is withdrawn already.
  absl::StatusOr<stage::Verdict> Apply(stage::Prepared& prepared, const log::Record& record,
                                       log::Transaction& transaction) override;

  // Answers the mailbox.
  absl::Status OnWake(absl::Time now, log::Transaction& transaction,
                      stage::Outcomes& outcomes) override;

  Deduper::Size size() const { return deduper_.size(); }

 private:
  DedupeStage(const DedupeOptions& options, LookupMailbox* mailbox);

  // What an operator said of `arrival`'s address.
  absl::StatusOr<stage::Verdict> ApplyWithdrawal(const data::v1::Document& document,
                                                 const Arrival& arrival, const log::Record& record,
                                                 log::Transaction& transaction);
  void KeepOut(const data::v1::Document& document, const Arrival& arrival,
               const std::optional<Withdrawn::Article>& article, absl::Time now,
               log::Transaction& transaction);
  void RememberWithdrawal(const Arrival& arrival, const Place& place, const log::Record& record,
                          log::Transaction& transaction);
  void Answer(LookupMailbox::Lookup& lookup);
  void Answer(LookupMailbox::Listing& listing) const;
  void ForgetRows(absl::Time now, log::Transaction& transaction);

  DedupeOptions options_;
  Fingerprinter fingerprinter_;
  Deduper deduper_;
  Withdrawals withdrawals_;
  LookupMailbox* mailbox_;                    // Not owned; may be nullptr.
  absl::Time newest_ = absl::InfinitePast();  // Log time of the last record.
  absl::Time documents_forgotten_ = absl::InfinitePast();
  absl::Time texts_forgotten_ = absl::InfinitePast();
};

}  // namespace sluice::dedupe
