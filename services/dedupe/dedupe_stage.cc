#include "services/dedupe/dedupe_stage.h"

#include <utility>

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
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

std::vector<uint64_t> UrlsOf(const data::v1::Document& document, std::string_view domain) {
  const data::v1::Envelope& envelope = document.envelope();
  std::vector<uint64_t> urls;
  const auto add = [&urls](std::string_view url) {
    const uint64_t hash = Deduper::HashUrl(url);
    if (hash != 0 && std::find(urls.begin(), urls.end(), hash) == urls.end()) urls.push_back(hash);
  };
  add(envelope.url());
  add(envelope.requested_url());
  if (IsOfDomain(document.canonical_url(), domain)) add(document.canonical_url());
  return urls;
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

}  // namespace

log::Spec DedupeStage::Spec() {
  return {.stage = std::string(kName),
          .inputs = {std::string(log::kDocuments)},
          .outputs = {std::string(log::kDeduped)},
          .tables = {{.name = std::string(kDocuments), .kind = log::Table::Kind::kExpiring},
                     {.name = std::string(kTexts), .kind = log::Table::Kind::kExpiring}}};
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
  if (document.text().empty() && !document.gone()) {
    return absl::InvalidArgumentError(
        fmt::format("document {} has no text and is not gone", document.envelope().id()));
  }
  Arrival& arrival = prepared->arrival;
  arrival.id = *id;
  arrival.urls = UrlsOf(document, record.key);
  const std::string_view site = record.key.empty() ? HostOf(document.envelope().url()) : record.key;
  arrival.site = site.empty() ? 0 : static_cast<uint32_t>(base::HashBytes64(site));
  arrival.body = BodyHash(document);
  arrival.extractor_version = document.extractor_version();
  arrival.gone = document.gone();
  if (document.has_published()) arrival.date = base::FromProto(document.published());
  fingerprinter_.Make(document.title(), document.text(), arrival.fingerprint);
  return prepared;
}

absl::StatusOr<stage::Verdict> DedupeStage::Apply(stage::Prepared& prepared,
                                                  const log::Record& record,
                                                  log::Transaction& transaction) {
  auto& [document, arrival] = static_cast<PreparedDocument&>(prepared);
  const LogPlace log{.time = record.appended, .offset = record.offset};
  const Ruling ruling = deduper_.Decide(arrival, record.appended);
  newest_ = record.appended;
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
  data::v1::DedupedDocument deduped;
  *deduped.mutable_envelope() = document.envelope();
  *deduped.mutable_document() = document;
  deduped.mutable_document()->clear_envelope();
  WritePlace(ruling.place, deduped);
  if (absl::Status status =
          transaction.Emit(log::kDeduped, deduped.cluster_id(), deduped.SerializeAsString());
      !status.ok()) {
    return status;
  }
  const SeenDocument seen = deduper_.Describe(arrival, ruling.place, log);
  transaction.Put(kDocuments, RowKey(log), EncodeDocument(seen));
  if (Deduper::IsComparable(arrival)) {
    transaction.Put(kTexts, RowKey(log),
                    EncodeText(arrival, deduper_.DateOf(arrival, record.appended)));
  }
  deduper_.Remember(seen, arrival, record.appended);
  return stage::Verdict::Passed(DetailOf(ruling.place));
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
    if (!letter.id.has_value()) {
      letter.answer(deduper_.Decide(letter.arrival, newest_).place);
    } else if (const auto place = deduper_.Find(*letter.id)) {
      letter.answer(*place);
    } else {
      letter.answer(absl::NotFoundError(
          fmt::format("document {} is unknown or has been forgotten", letter.id->Hex())));
    }
  }
  return absl::OkStatus();
}

}  // namespace sluice::dedupe
