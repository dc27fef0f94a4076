#include "services/dedupe/dedupe_stage.h"

#include <utility>

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "services/dedupe/page_address.h"
#include "services/dedupe/stored_rows.h"
#include "sluice/data/v1/deduped_document.pb.h"

namespace sluice::dedupe {
namespace {

constexpr std::string_view kDocuments = "documents";
constexpr std::string_view kTexts = "texts";
// Rows go at whole hours, so that a run that was interrupted forgets the same ones.
constexpr absl::Duration kForgetInterval = absl::Hours(1);

class PreparedDocument final : public stage::Prepared {
 public:
  const data::v1::Envelope* envelope() const override { return &document.envelope(); }

  data::v1::Document document;
  Arrival arrival;
};

std::string_view HostOf(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of("/:?#"));
}

// Whether the page may say that `url` is its own address. `domain` is the page's registrable one.
bool IsOfDomain(std::string_view url, std::string_view domain) {
  const std::string_view host = HostOf(url);
  if (domain.empty() || !host.ends_with(domain)) return false;
  return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

void SetUrls(const data::v1::Document& document, std::string_view domain, Arrival& arrival) {
  const data::v1::Envelope& envelope = document.envelope();
  std::vector<uint64_t>& urls = arrival.urls;
  const auto add = [&urls](std::string_view url) {
    const uint64_t hash = HashUrl(url);
    if (hash != 0 && std::find(urls.begin(), urls.end(), hash) == urls.end()) urls.push_back(hash);
  };
  add(envelope.url());
  add(envelope.requested_url());
  const size_t own = urls.size();
  if (IsOfDomain(document.canonical_url(), domain)) add(document.canonical_url());
  arrival.last_url_claimed = urls.size() > own;
}

uint64_t BodyHash(const data::v1::Document& document) {
  return document.body_hash().empty() ? 0 : base::HashBytes64(document.body_hash());
}

std::string DetailOf(const Place& place) {
  switch (place.relation) {
    case Relation::kOriginal:
      return "original";
    case Relation::kCopy:
      return fmt::format("copy of {}: {:.0f} % of the shorter text, {} words", place.of.Hex(),
                         100 * place.similarity, place.shared_words);
    case Relation::kUpdate:
      return fmt::format("revision {} of article {}", place.revision, place.article_id.Hex());
    case Relation::kExact:
      return fmt::format("the very text of {}, {} words", place.of.Hex(), place.shared_words);
  }
  return "";
}

absl::Time FloorHour(absl::Time time) {
  return absl::UnixEpoch() + absl::Floor(time - absl::UnixEpoch(), kForgetInterval);
}

// kInvalidArgument: it is over the log's record limit.
absl::Status Emit(const data::v1::Document& document, const Place& place,
                  log::Transaction& transaction) {
  data::v1::DedupedDocument deduped;
  *deduped.mutable_envelope() = document.envelope();
  *deduped.mutable_document() = document;
  deduped.mutable_document()->clear_envelope();
  WritePlace(place, deduped);
  return transaction.Emit(log::kDeduped, deduped.cluster_id(), deduped.SerializeAsString());
}

}  // namespace

log::Spec DedupeStage::Spec() {
  return {.stage = std::string(kName),
          .inputs = {std::string(log::kDocuments)},
          .outputs = {std::string(log::kDeduped)},
          .tables = {{.name = std::string(kDocuments), .kind = log::Table::Kind::kExpiring},
                     {.name = std::string(kTexts), .kind = log::Table::Kind::kExpiring},
                     {.name = std::string(Withdrawals::kTable), .kind = log::Table::Kind::kKeyed}}};
}

absl::StatusOr<std::unique_ptr<DedupeStage>> DedupeStage::Create(const DedupeOptions& options,
                                                                 LookupMailbox* mailbox,
                                                                 std::function<void()> wake) {
  if (absl::Status status = Check(options); !status.ok()) return status;
  std::unique_ptr<DedupeStage> stage(new DedupeStage(options, mailbox));
  if (mailbox != nullptr) mailbox->Open(std::move(wake));
  return stage;
}

DedupeStage::DedupeStage(const DedupeOptions& options, LookupMailbox* mailbox)
    : options_(options),
      fingerprinter_(options.fingerprint),
      deduper_(options),
      mailbox_(mailbox) {}

DedupeStage::~DedupeStage() {
  if (mailbox_ != nullptr) mailbox_->Close();
}

void DedupeStage::Load(std::string_view table, std::string_view key, std::string_view value) {
  if (table == Withdrawals::kTable) {
    withdrawals_.Load(key, value);
    return;
  }
  const absl::StatusOr<LogPlace> log = ParseRowKey(key);
  if (!log.ok()) return;
  newest_ = std::max(newest_, log->time);
  if (table == kDocuments) {
    const absl::StatusOr<SeenDocument> document = DecodeDocument(value, *log);
    if (document.ok()) deduper_.LoadDocument(*document);
    return;
  }
  const absl::StatusOr<DecodedText> text = DecodeText(value);
  if (!text.ok() || !text->current) return;
  deduper_.LoadText({.log = *log,
                     .text = {.words = text->words, .title = text->title},
                     .date = text->date,
                     .site = text->site});
}

absl::StatusOr<std::unique_ptr<stage::Prepared>> DedupeStage::Prepare(
    const log::Record& record) const {
  auto prepared = std::make_unique<PreparedDocument>();
  data::v1::Document& document = prepared->document;
  if (!document.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
    return absl::InvalidArgumentError(
        fmt::format("the record at offset {} is not a Document", record.offset));
  }
  const absl::StatusOr<base::Hash128> id = ParseId(document.envelope().id());
  if (!id.ok()) return id.status();
  const bool withdrawal = document.has_withdrawal();
  if (document.text().empty() && !document.gone() && !withdrawal) {
    return absl::InvalidArgumentError(
        fmt::format("document {} has no text and is not gone", document.envelope().id()));
  }
  Arrival& arrival = prepared->arrival;
  arrival.id = *id;
  SetUrls(document, record.key, arrival);
  if (withdrawal && arrival.urls.empty()) {
    return absl::InvalidArgumentError(
        fmt::format("{} names no page of its own, so nothing can be withdrawn there",
                    document.envelope().url()));
  }
  const std::string_view site = record.key.empty() ? HostOf(document.envelope().url()) : record.key;
  arrival.site = HashSite(site);
  arrival.body = BodyHash(document);
  arrival.extractor_version = document.extractor_version();
  arrival.gone = document.gone() || withdrawal;
  if (document.has_published()) arrival.date = base::FromProto(document.published());
  fingerprinter_.Make(document.title(), document.text(), arrival.fingerprint);
  return prepared;
}

absl::StatusOr<stage::Verdict> DedupeStage::Apply(stage::Prepared& prepared,
                                                  const log::Record& record,
                                                  log::Transaction& transaction) {
  auto& [document, arrival] = static_cast<PreparedDocument&>(prepared);
  const LogPlace log{.time = record.appended, .offset = record.offset};
  newest_ = record.appended;
  if (document.has_withdrawal()) return ApplyWithdrawal(document, arrival, record, transaction);
  if (const Withdrawn* withdrawn = withdrawals_.Find(arrival.urls)) {
    return stage::Verdict::Dropped(kWithdrawn, withdrawn->Describe());
  }
  const Ruling ruling = deduper_.Decide(arrival, record.appended);
  ForgetRows(record.appended, transaction);
  switch (ruling.kind) {
    case Ruling::Kind::kUnknownGone:
      return stage::Verdict::Dropped(kUnknownGone);
    case Ruling::Kind::kRedelivered:
      return stage::Verdict::Dropped(kRedelivered, DetailOf(ruling.place));
    case Ruling::Kind::kUnchanged:
      if (const auto again = deduper_.Refreshed(ruling, log)) {
        transaction.Put(kDocuments, RowKey(log), EncodeDocument(*again));
        deduper_.LoadDocument(*again);
      }
      return stage::Verdict::Dropped(
          kUnchanged, fmt::format("article {} has this text since {}",
                                  ruling.place.article_id.Hex(), ruling.place.of.Hex()));
    case Ruling::Kind::kNew:
    case Ruling::Kind::kGone:
      break;
  }
  if (absl::Status status = Emit(document, ruling.place, transaction); !status.ok()) return status;
  const SeenDocument seen = deduper_.Describe(arrival, ruling.place, log);
  transaction.Put(kDocuments, RowKey(log), EncodeDocument(seen));
  if (Deduper::IsComparable(arrival)) {
    transaction.Put(kTexts, RowKey(log),
                    EncodeText(arrival, deduper_.DateOf(arrival, record.appended)));
  }
  deduper_.Remember(seen, arrival, record.appended);
  return stage::Verdict::Passed(DetailOf(ruling.place));
}

absl::StatusOr<stage::Verdict> DedupeStage::ApplyWithdrawal(const data::v1::Document& document,
                                                            const Arrival& arrival,
                                                            const log::Record& record,
                                                            log::Transaction& transaction) {
  const bool undone = document.withdrawal().undone();
  const Withdrawn* before = withdrawals_.Find(arrival.urls);
  if (!undone && before == nullptr && withdrawals_.size() >= options_.withdrawn_max) {
    return absl::FailedPreconditionError(fmt::format(
        "{} withdrawn addresses are remembered; for more raise dedupe.withdrawn_max, then replay "
        "the dead letter",
        withdrawals_.size()));
  }
  const Ruling ruling = deduper_.Decide(arrival, record.appended);
  ForgetRows(record.appended, transaction);
  std::optional<Place> place;
  if (ruling.kind != Ruling::Kind::kUnknownGone) {
    place = ruling.place;
  } else if (before != nullptr && before->article.has_value()) {
    place.emplace();
    place->article_id = place->of = before->article->id;
    place->cluster_id = before->article->cluster_id;
  }
  std::optional<Withdrawn::Article> article;
  if (place.has_value()) {
    place->id = arrival.id;
    place->relation = Relation::kUpdate;
    absl::Status emitted = Emit(document, *place, transaction);
    if (!emitted.ok()) return emitted;
    article = {.id = place->article_id, .cluster_id = place->cluster_id};
  }
  bool changed = true;
  if (undone) {
    changed = withdrawals_.Remove(arrival.urls, article, transaction);
  } else {
    KeepOut(document, arrival, article, record.appended, transaction);
  }
  if (!place.has_value()) {
    return undone ? stage::Verdict::Dropped(kAllowedAgain, changed ? "" : "it was not withdrawn")
                  : stage::Verdict::Dropped(kWithdrawn, "nothing is known of it yet; it stays out");
  }
  if (changed) RememberWithdrawal(arrival, *place, record, transaction);
  return stage::Verdict::Passed(
      fmt::format("{} article {}", undone ? "allows again" : "withdraws", place->article_id.Hex()));
}

void DedupeStage::KeepOut(const data::v1::Document& document, const Arrival& arrival,
                          const std::optional<Withdrawn::Article>& article, absl::Time now,
                          log::Transaction& transaction) {
  const Withdrawn withdrawn{.url = document.envelope().url(),
                            .reason = document.withdrawal().reason(),
                            .since = now,
                            .article = article};
  withdrawals_.Add(arrival.urls.front(), withdrawn, transaction);
  // The operator may have named it by another address than the one where it is found.
  const auto latest = article.has_value() ? deduper_.Latest(article->id) : std::nullopt;
  if (latest.has_value() && !latest->urls.empty() && latest->urls.front() != arrival.urls.front()) {
    withdrawals_.Add(latest->urls.front(), withdrawn, transaction);
  }
}

// From here on the article is one without a text, so that its next capture is told, even one that
// is known: after an undo, where a withdrawal has not seen to it. One that has been forgotten comes
// back as a new article.
void DedupeStage::RememberWithdrawal(const Arrival& arrival, const Place& place,
                                     const log::Record& record, log::Transaction& transaction) {
  const auto latest = deduper_.Latest(place.article_id);
  if (!latest.has_value() || latest->gone) return;
  const LogPlace log{.time = record.appended, .offset = record.offset};
  SeenDocument seen = deduper_.Describe(arrival, place, log);
  seen.urls = latest->urls;
  const uint64_t url = arrival.urls.front();
  if (std::find(seen.urls.begin(), seen.urls.end(), url) == seen.urls.end()) {
    if (seen.urls.size() == SeenDocuments::kUrlsMax) seen.urls.pop_back();
    seen.urls.push_back(url);
  }
  transaction.Put(kDocuments, RowKey(log), EncodeDocument(seen));
  deduper_.Remember(seen, arrival, record.appended);
}

void DedupeStage::ForgetRows(absl::Time now, log::Transaction& transaction) {
  const absl::Time documents =
      FloorHour(std::max(now - options_.document_memory, deduper_.OldestDocument()));
  if (documents != documents_forgotten_) {
    transaction.ExpireBefore(kDocuments, documents);
    documents_forgotten_ = documents;
  }
  const absl::Time texts = FloorHour(std::max(now - options_.text_memory, deduper_.OldestText()));
  if (texts != texts_forgotten_) {
    transaction.ExpireBefore(kTexts, texts);
    texts_forgotten_ = texts;
  }
}

absl::Status DedupeStage::OnWake(absl::Time /*now*/, log::Transaction& /*transaction*/,
                                 stage::Outcomes& /*outcomes*/) {
  if (mailbox_ == nullptr) return absl::OkStatus();
  for (LookupMailbox::Letter& letter : mailbox_->Take()) {
    std::visit([this](auto& question) { Answer(question); }, letter);
  }
  return absl::OkStatus();
}

void DedupeStage::Answer(LookupMailbox::Lookup& lookup) {
  if (!lookup.id.has_value()) {
    lookup.answer(deduper_.Decide(lookup.arrival, newest_).place);
  } else if (const auto place = deduper_.Find(*lookup.id)) {
    lookup.answer(*place);
  } else {
    lookup.answer(absl::NotFoundError(
        fmt::format("document {} is unknown or has been forgotten", lookup.id->Hex())));
  }
}

void DedupeStage::Answer(LookupMailbox::Listing& listing) const {
  listing.answer(withdrawals_.List(listing.query));
}

}  // namespace sluice::dedupe
