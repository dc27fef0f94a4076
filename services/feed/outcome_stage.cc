#include "services/feed/outcome_stage.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "pipeline/base/hash.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/log/topics.h"
#include "services/feed/tables.h"
#include "sluice/state/v1/feed.pb.h"

namespace sluice::feed {
namespace {

constexpr absl::Duration kExpiryInterval = absl::Hours(1);

struct PreparedRecord final : stage::Prepared {
  std::variant<data::v1::Outcome, data::v1::DeadLetter, data::v1::SourceHealth> message;
  // A replica tells no page's fate.
  const data::v1::Envelope* envelope() const override { return nullptr; }
};

// Whether it tells nothing but that the page has been here before.
bool IsRepeat(const data::v1::Outcome& outcome) {
  const data::v1::Envelope& envelope = outcome.envelope();
  if (!outcome.final()) return envelope.id() != base::TargetId(envelope.url());
  if (envelope.trail().empty()) return false;
  const data::v1::TrailStep& last = *envelope.trail().rbegin();
  return last.outcome() == data::v1::STEP_OUTCOME_DROPPED &&
         (last.reason() == "known" || last.reason() == "unchanged" ||
          last.reason() == "redelivered");
}

// Whether it is the end of a dead letter that was replayed after a later capture of its page. A
// source that names the page again replays nothing.
bool Resolves(const data::v1::Outcome& repeat, const data::v1::Outcome& stored) {
  const data::v1::Envelope& envelope = repeat.envelope();
  return EndedAsDeadLetter(stored) && repeat.final() &&
         envelope.id() != base::TargetId(envelope.url());
}

// What is stored, not older than `oldest`.
struct Past {
  template <typename Row>
  std::optional<Row> Find(std::string_view table, std::string_view key) const {
    for (absl::Time day = now; day >= oldest; day -= kDay) {
      if (auto value = transaction->Get(table, DayKey(day, key))) {
        Row row;
        row.ParseFromString(*value);
        return row;
      }
    }
    return std::nullopt;
  }
  std::optional<data::v1::Outcome> Outcome(std::string_view id) const {
    return Find<data::v1::Outcome>(OutcomeStore::kOutcomes, id);
  }

  const log::Transaction* transaction;
  absl::Time now;
  absl::Time oldest;
};

// Whether the capture had passed the stage that recognised `repeat`: then it still says what became
// of the page.
bool Explains(const data::v1::Outcome& before, const data::v1::Outcome& repeat) {
  const std::string& stage = repeat.envelope().trail().rbegin()->stage();
  return std::ranges::any_of(before.envelope().trail(), [&](const data::v1::TrailStep& step) {
    return step.stage() == stage && step.outcome() == data::v1::STEP_OUTCOME_PASSED;
  });
}

// The capture that is to explain a URL, now that `outcome` has come of one. The capture before it
// is kept in mind as long as this one is in work: it explains again where this one was but a
// repeat.
state::v1::CaptureRow CaptureOf(std::string_view target, const data::v1::Outcome& outcome,
                                const Past& past) {
  state::v1::CaptureRow capture;
  capture.set_id(outcome.envelope().id());
  if (!IsRepeat(outcome)) return capture;
  const auto row = past.Find<state::v1::CaptureRow>(OutcomeStore::kCaptures, target);
  if (!row) return capture;
  std::string before = row->id();
  auto told = past.Outcome(before);
  if (before == capture.id() || (told && !told->final())) {
    before = row->before();
    told = past.Outcome(before);
  }
  if (!told) return capture;
  if (!outcome.final()) {
    capture.set_before(before);
  } else if (Explains(*told, outcome)) {
    capture.set_id(before);
  }
  return capture;
}

}  // namespace

log::Spec OutcomeStage::Spec() {
  using Kind = log::Table::Kind;
  return {
      .stage = "outcomes",
      .inputs = {std::string(log::kOutcomes), std::string(log::kDeadLetters),
                 std::string(log::kSources)},
      .outputs = {},
      .tables = {
          {.name = std::string(OutcomeStore::kOutcomes), .kind = Kind::kExpiring, .load = false},
          {.name = std::string(OutcomeStore::kCaptures), .kind = Kind::kExpiring, .load = false},
          {.name = std::string(OutcomeStore::kDeadLetters), .kind = Kind::kExpiring},
          {.name = std::string(OutcomeStore::kSources), .kind = Kind::kKeyed}}};
}

absl::StatusOr<std::unique_ptr<OutcomeStage>> OutcomeStage::Create(const Options& options,
                                                                   OutcomeStore& store) {
  if (store.options().retention < absl::Hours(24)) {
    return absl::InvalidArgumentError(fmt::format(
        "feed.outcome_retention is {}; it must be at least 24h", store.options().retention));
  }
  return std::unique_ptr<OutcomeStage>(new OutcomeStage(options, store));
}

OutcomeStage::~OutcomeStage() { store_->Close(); }

void OutcomeStage::Load(std::string_view table, std::string_view key, std::string_view value) {
  if (table == OutcomeStore::kDeadLetters) {
    store_->LoadLetter({.offset = RowKeyOffset(key),
                        .appended_micros = absl::ToUnixMicros(log::ExpiringKeyTime(key)),
                        .id_prefix = 0,
                        .bytes = value.size()});
  } else if (table == OutcomeStore::kSources) {
    state::v1::SourceRow row;
    row.ParseFromArray(value.data(), static_cast<int>(value.size()));
    sources_[std::string(key)] = base::FromProto(row.appended());
  }
}

void OutcomeStage::Opened(const log::State& state) { store_->Open(state); }

absl::StatusOr<std::unique_ptr<stage::Prepared>> OutcomeStage::Prepare(
    const log::Record& record) const {
  auto prepared = std::make_unique<PreparedRecord>();
  const int bytes = static_cast<int>(record.value.size());
  bool parsed = false;
  if (record.topic == log::kOutcomes) {
    parsed =
        prepared->message.emplace<data::v1::Outcome>().ParseFromArray(record.value.data(), bytes);
  } else if (record.topic == log::kDeadLetters) {
    parsed = prepared->message.emplace<data::v1::DeadLetter>().ParseFromArray(record.value.data(),
                                                                              bytes);
  } else if (record.topic == log::kSources) {
    parsed = prepared->message.emplace<data::v1::SourceHealth>().ParseFromArray(record.value.data(),
                                                                                bytes);
  }
  if (parsed) return prepared;
  return absl::InvalidArgumentError(fmt::format(
      "the record of {} bytes at {} {} is no message of it", bytes, record.topic, record.offset));
}

absl::StatusOr<stage::Verdict> OutcomeStage::Apply(stage::Prepared& prepared,
                                                   const log::Record& record,
                                                   log::Transaction& transaction) {
  const auto& message = static_cast<PreparedRecord&>(prepared).message;
  if (const auto* outcome = std::get_if<data::v1::Outcome>(&message)) {
    ApplyOutcome(*outcome, record, transaction);
  } else if (const auto* health = std::get_if<data::v1::SourceHealth>(&message)) {
    ApplySource(*health, record, transaction);
  } else {
    ApplyLetter(record, transaction);
  }
  if (record.appended - expired_ >= kExpiryInterval) Expire(record.appended, transaction);
  return stage::Verdict::Passed();
}

void OutcomeStage::ApplyOutcome(const data::v1::Outcome& outcome, const log::Record& record,
                                log::Transaction& transaction) const {
  const data::v1::Envelope& envelope = outcome.envelope();
  const Past past{&transaction, record.appended, record.appended - store_->options().retention};
  const auto stored = IsRepeat(outcome) ? past.Outcome(envelope.id()) : std::nullopt;
  const bool resolves = stored && Resolves(outcome, *stored);
  const bool told = stored && (stored->final() || !outcome.final());
  if (resolves || !told) {
    transaction.Put(OutcomeStore::kOutcomes, DayKey(record.appended, envelope.id()),
                    std::string(record.value));
  }
  if (resolves || (told && !outcome.final())) return;
  for (const std::string& url : {envelope.url(), envelope.requested_url()}) {
    const std::string target = base::TargetId(url);
    if (url.empty() || target == envelope.id()) continue;
    transaction.Put(OutcomeStore::kCaptures, DayKey(record.appended, target),
                    CaptureOf(target, outcome, past).SerializeAsString());
  }
}

void OutcomeStage::ApplyLetter(const log::Record& record, log::Transaction& transaction) {
  transaction.Put(OutcomeStore::kDeadLetters, RowKey(record.appended, record.offset),
                  std::string(record.value));
  letters_.push_back({.offset = record.offset,
                      .appended_micros = absl::ToUnixMicros(record.appended),
                      .id_prefix = 0,
                      .bytes = record.value.size()});
  if (letters_.size() > 1) return;  // Once a commit is enough.
  const auto excess =
      store_->ExcessLetters({.cutoff = record.appended - store_->options().retention,
                             .bytes_max = options_.letters_bytes_max,
                             .rows_max = options_.letters_max});
  if (!excess) return;
  transaction.ExpireBefore(OutcomeStore::kDeadLetters, excess->appended() + absl::Microseconds(1));
  letters_trimmed_ = excess->offset;
}

void OutcomeStage::ApplySource(const data::v1::SourceHealth& health, const log::Record& record,
                               log::Transaction& transaction) {
  state::v1::SourceRow row;
  *row.mutable_appended() = base::ToProto(record.appended);
  *row.mutable_health() = health;
  transaction.Put(OutcomeStore::kSources, health.source_id(), row.SerializeAsString());
  sources_[health.source_id()] = record.appended;
}

void OutcomeStage::Expire(absl::Time now, log::Transaction& transaction) {
  expired_ = now;
  const absl::Time oldest = now - store_->options().retention;
  // A day's rows have the time of its beginning.
  transaction.ExpireBefore(OutcomeStore::kOutcomes, oldest - kDay);
  transaction.ExpireBefore(OutcomeStore::kCaptures, oldest - kDay);
  for (auto source = sources_.begin(); source != sources_.end();) {
    if (source->second >= oldest) {
      ++source;
      continue;
    }
    transaction.Erase(OutcomeStore::kSources, source->first);
    sources_.erase(source++);
  }
}

void OutcomeStage::Committed() {
  store_->AddLetters(letters_);
  if (letters_trimmed_) store_->TrimLetters(*letters_trimmed_);
  letters_.clear();
  letters_trimmed_.reset();
}

}  // namespace sluice::feed
