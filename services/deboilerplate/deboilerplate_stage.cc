#include "services/deboilerplate/deboilerplate_stage.h"

#include <optional>
#include <utility>
#include <vector>

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/codec/inflate.h"
#include "pipeline/log/topics.h"
#include "services/deboilerplate/document.h"
#include "services/deboilerplate/metadata.h"
#include "services/deboilerplate/site_memory.h"
#include "sluice/data/v1/raw_page.pb.h"
#include "sluice/state/v1/deboilerplate.pb.h"

namespace sluice::deboilerplate {
namespace {

constexpr std::string_view kSiteTable = "site";
constexpr std::string_view kNotHtml = "not_html";
// So that a turn stays small however many sites are old at once.
constexpr size_t kForgottenMax = 16;

class PreparedPage final : public stage::Prepared {
 public:
  const data::v1::Envelope* envelope() const override { return &page.envelope(); }

  data::v1::RawPage page;  // Without its body.
  Article article;
  std::vector<Extractor::Line> lines;
  bool readable = true;
};

absl::StatusOr<codec::ContentCoding> CodecOf(const data::v1::RawPage& page) {
  switch (page.codec()) {
    case data::v1::BODY_CODEC_UNSPECIFIED:
    case data::v1::BODY_CODEC_IDENTITY:
      return codec::ContentCoding::kIdentity;
    case data::v1::BODY_CODEC_GZIP:
      return codec::ContentCoding::kGzip;
    case data::v1::BODY_CODEC_ZSTD:
      return codec::ContentCoding::kZstd;
    default:
      return absl::InvalidArgumentError(fmt::format("codec {} of page {} is not known",
                                                    static_cast<int>(page.codec()),
                                                    page.envelope().id()));
  }
}

// Media types that hold text of a page. Empty and generic ones are told by the bytes.
bool IsReadable(std::string_view type) {
  return type.empty() || type.starts_with("text/") || type.find("html") != std::string_view::npos ||
         type.find("xml") != std::string_view::npos || type == "application/octet-stream";
}

// No date after it is believed.
absl::Time LatestDate(const data::v1::RawPage& page) {
  // A day of grace: clocks and zones differ.
  return page.has_fetched_at() ? base::FromProto(page.fetched_at()) + absl::Hours(24)
                               : absl::InfiniteFuture();
}

// Feed times are the page's where it says none itself. Programs without a date write the epoch, or
// the year 1.
void Complete(const data::v1::RawPage& page, Article& article) {
  const absl::Time time = base::FromProto(page.feed_published());
  const bool believed = time > absl::UnixEpoch() && time <= LatestDate(page);
  if (!article.published.has_value() && believed) {
    article.published = PageDate{.civil = absl::ToCivilSecond(time, absl::UTCTimeZone()),
                                 .has_time = true,
                                 .offset_minutes = 0};
  }
  if (article.language.empty()) article.language = PrimaryLanguage(page.feed_language());
}

// Takes out of the text what the site repeats, and remembers the page's lines. When the site was
// seen before.
std::optional<absl::Time> UseSiteMemory(absl::Duration memory_max, const log::Record& record,
                                        PreparedPage& page, log::Transaction& transaction) {
  SiteMemory memory;
  state::v1::SiteMemory row;
  std::optional<absl::Time> before;
  const std::optional<std::string> stored = transaction.Get(kSiteTable, record.key);
  if (stored.has_value() && row.ParseFromString(*stored)) {
    before = base::FromProto(row.seen_at());
    if (record.appended - *before < memory_max) memory = SiteMemory(row);
  }
  page.article.text = memory.Without(page.article.text, page.lines);
  memory.Learn(page.page.envelope().url(), page.lines);
  transaction.Put(kSiteTable, record.key, memory.ToRow(record.appended).SerializeAsString());
  return before;
}

}  // namespace

log::Spec DeboilerplateStage::Spec() {
  return {.stage = std::string(kName),
          .inputs = {std::string(log::kRawPages)},
          .outputs = {std::string(log::kDocuments)},
          .tables = {{.name = std::string(kSiteTable), .kind = log::Table::Kind::kKeyed}}};
}

absl::StatusOr<std::unique_ptr<DeboilerplateStage>> DeboilerplateStage::Create(
    const DeboilerplateOptions& options) {
  if (absl::Status status = Check(options); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<Extractor>> extractor = Extractor::Create(options.extractor);
  if (!extractor.ok()) return extractor.status();
  return std::unique_ptr<DeboilerplateStage>(
      new DeboilerplateStage(options, *std::move(extractor)));
}

DeboilerplateStage::DeboilerplateStage(const DeboilerplateOptions& options,
                                       std::unique_ptr<Extractor> extractor)
    : options_(options), extractor_(std::move(extractor)) {}

void DeboilerplateStage::Load(std::string_view /*table*/, std::string_view key,
                              std::string_view value) {
  state::v1::SiteMemory row;
  if (!row.ParseFromArray(value.data(), static_cast<int>(value.size()))) return;
  sites_.emplace(base::FromProto(row.seen_at()), key);
}

absl::StatusOr<std::unique_ptr<stage::Prepared>> DeboilerplateStage::Prepare(
    const log::Record& record) const {
  auto prepared = std::make_unique<PreparedPage>();
  data::v1::RawPage& page = prepared->page;
  if (!page.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
    return absl::InvalidArgumentError(
        fmt::format("the record at offset {} is not a RawPage", record.offset));
  }
  if (page.envelope().id().empty()) {
    return absl::InvalidArgumentError(
        fmt::format("the page at offset {} has no id", record.offset));
  }
  const std::string body = std::move(*page.mutable_body());
  page.clear_body();
  prepared->readable = IsReadable(page.content_type());
  if (page.gone() || page.has_withdrawal() || !prepared->readable) return prepared;
  const absl::StatusOr<codec::ContentCoding> coding = CodecOf(page);
  if (!coding.ok()) return coding.status();
  std::string inflated;
  std::string_view bytes = body;
  if (*coding != codec::ContentCoding::kIdentity) {
    absl::StatusOr<std::string> opened =
        codec::InflatePrefix(body, *coding, options_.extractor.bytes_max);
    if (!opened.ok()) return opened.status();
    inflated = *std::move(opened);
    bytes = inflated;
  }
  Extractor::Input input;
  input.url = page.envelope().url();
  input.charset = page.charset();
  input.content_type = page.content_type() == "application/octet-stream"
                           ? std::string_view()
                           : std::string_view(page.content_type());
  input.feed_title = page.feed_title();
  input.latest = LatestDate(page);
  prepared->article = extractor_->Extract(bytes, input, &prepared->lines);
  Complete(page, prepared->article);
  return prepared;
}

absl::StatusOr<stage::Verdict> DeboilerplateStage::Apply(stage::Prepared& prepared,
                                                         const log::Record& record,
                                                         log::Transaction& transaction) {
  auto& input = static_cast<PreparedPage&>(prepared);
  const data::v1::RawPage& page = input.page;
  Article& article = input.article;
  data::v1::Document document;
  *document.mutable_envelope() = page.envelope();
  document.set_body_hash(page.body_hash());
  if (page.has_fetched_at()) *document.mutable_fetched_at() = page.fetched_at();
  if (page.gone() || page.has_withdrawal()) {
    document.set_gone(page.gone());
    if (page.has_withdrawal()) *document.mutable_withdrawal() = page.withdrawal();
    document.set_extractor_version(Extractor::kVersion);
    if (absl::Status status =
            transaction.Emit(log::kDocuments, record.key, document.SerializeAsString());
        !status.ok())
      return status;
    return stage::Verdict::Passed(page.gone() ? "gone" : "an operator's word");
  }
  if (!input.readable) return stage::Verdict::Dropped(kNotHtml, page.content_type());
  const std::string sureness = fmt::format("confidence {:.2f}", article.confidence);
  if (article.kind != PageKind::kArticle && article.kind != PageKind::kLiveBlog) {
    return stage::Verdict::Dropped(KindName(article.kind), sureness);
  }
  if (article.confidence < options_.confidence_min)
    return stage::Verdict::Dropped(kUnsure, sureness);
  std::optional<absl::Time> seen_before;
  if (options_.site_memory)
    seen_before = UseSiteMemory(options_.site_memory_max, record, input, transaction);
  WriteArticle(article, page.envelope().url(), document);
  if (absl::Status status =
          transaction.Emit(log::kDocuments, record.key, document.SerializeAsString());
      !status.ok())
    return status;
  if (options_.site_memory) Keep(seen_before, record, transaction);
  return stage::Verdict::Passed(fmt::format("{} of {} bytes of text, {}", KindName(article.kind),
                                            article.text.size(), sureness));
}

void DeboilerplateStage::Keep(const std::optional<absl::Time>& before, const log::Record& record,
                              log::Transaction& transaction) {
  if (before.has_value()) sites_.erase({*before, std::string(record.key)});
  sites_.emplace(record.appended, record.key);
  for (size_t left = kForgottenMax;
       left > 0 && record.appended - sites_.begin()->first >= options_.site_memory_max; --left) {
    transaction.Erase(kSiteTable, sites_.begin()->second);
    sites_.erase(sites_.begin());
  }
}

}  // namespace sluice::deboilerplate
