#include "services/sluice/archive_pages.h"

#include <utility>

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "services/fetch/byte_source.h"
#include "services/fetch/content_type.h"
#include "services/fetch/gunzip_source.h"
#include "services/fetch/http_message.h"
#include "services/fetch/jsonl_pages.h"
#include "services/fetch/warc.h"
#include "services/sluice/client.h"

namespace sluice::cli {
namespace {

// A file that knows how far it has been read.
class CountingSource final : public fetch::ByteSource {
 public:
  explicit CountingSource(std::unique_ptr<fetch::FileSource> file) : file_(std::move(file)) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    auto read = file_->Read(buffer, size);
    if (read.ok()) bytes_ += *read;
    return read;
  }
  uint64_t bytes() const { return bytes_; }

 private:
  std::unique_ptr<fetch::FileSource> file_;
  uint64_t bytes_ = 0;
};

class WarcPages final : public ArchivePages {
 public:
  static absl::StatusOr<std::unique_ptr<ArchivePages>> Open(
      std::unique_ptr<CountingSource> source) {
    auto reader = fetch::WarcReader::Create(*source, {});
    if (!reader.ok()) return reader.status();
    return std::unique_ptr<ArchivePages>(new WarcPages(std::move(source), *std::move(reader)));
  }

  absl::StatusOr<Event> Next() override {
    auto event = reader_->Next();
    if (!event.ok()) return event.status();
    if (*event == fetch::WarcReader::Event::kEnd) return Event::kEnd;
    if (*event == fetch::WarcReader::Event::kDamage) {
      place_ = fmt::format("offset {}", reader_->damage().offset);
      problem_ = OneLine(fmt::format("{}: {}", place_, reader_->damage().message));
      return Event::kProblem;
    }
    place_ = fmt::format("offset {}", reader_->record().offset);
    return Take(reader_->record());
  }

  uint64_t bytes_read() const override { return source_->bytes(); }

 private:
  WarcPages(std::unique_ptr<CountingSource> source, std::unique_ptr<fetch::WarcReader> reader)
      : source_(std::move(source)), reader_(std::move(reader)) {}

  Event Take(const fetch::WarcRecord& record) {
    const bool web = record.url.starts_with("http://") || record.url.starts_with("https://");
    if (!web) return Event::kPassedOver;
    page_.Clear();
    page_.set_url(std::string(record.url));
    if (record.type == "resource") {
      return FillType(record.header("content-type")) ? Fill(record.block, false)
                                                     : Event::kPassedOver;
    }
    if (record.type != "response" || !record.is_http()) return Event::kPassedOver;
    const auto message = fetch::ParseHttpMessage(record.block);
    if (!message) return Problem("its block is no HTTP answer");
    if (message->status < 200 || message->status > 299) return Event::kPassedOver;
    if (!FillType(message->header("content-type"))) return Event::kPassedOver;
    fetch::HttpBody body;
    const absl::Status decoded =
        fetch::DecodeHttpBody(*message, {.limits = {}, .keep_gzip = true}, body);
    if (!decoded.ok()) return Problem(base::ToStd(decoded.message()));
    return Fill(body.bytes, body.coding == codec::ContentCoding::kGzip);
  }

  bool FillType(std::string_view header) {
    fetch::ContentType type = fetch::ParseContentType(header);
    if (!fetch::IsPage(type.media_type)) return false;
    page_.set_content_type(std::move(type.media_type));
    page_.set_charset(std::move(type.charset));
    return true;
  }

  Event Fill(std::string_view bytes, bool gzip) {
    if (bytes.empty()) return Event::kPassedOver;
    (gzip ? *page_.mutable_gzip_html() : *page_.mutable_html()) = std::string(bytes);
    return Event::kPage;
  }

  Event Problem(std::string_view why) {
    problem_ =
        OneLine(fmt::format("{}: {}: {}", place_, reader_->record().url.substr(0, 300), why));
    return Event::kProblem;
  }

  std::unique_ptr<CountingSource> source_;
  std::unique_ptr<fetch::WarcReader> reader_;
};

class LinePages final : public ArchivePages {
 public:
  static absl::StatusOr<std::unique_ptr<ArchivePages>> Open(
      std::unique_ptr<CountingSource> source) {
    auto plain = fetch::GunzipSource::Create(*source);
    if (!plain.ok()) return plain.status();
    return std::unique_ptr<ArchivePages>(new LinePages(std::move(source), *std::move(plain)));
  }

  absl::StatusOr<Event> Next() override {
    auto event = reader_.Next();
    if (!event.ok()) return event.status();
    place_ = fmt::format("line {}", reader_.line());
    switch (*event) {
      case fetch::JsonlPages::Event::kEnd:
        return Event::kEnd;
      case fetch::JsonlPages::Event::kBadLine:
        problem_ = OneLine(reader_.problem());
        return Event::kProblem;
      case fetch::JsonlPages::Event::kPage:
        break;
    }
    const fetch::JsonlPage& from = reader_.page();
    page_.Clear();
    page_.set_url(from.url);
    page_.set_charset("utf-8");  // JSON is.
    if (from.is_html) {
      page_.set_html(from.body);
    } else {
      page_.set_text(from.body);
    }
    page_.set_title(from.title);
    if (from.date) *page_.mutable_date() = base::ToProto(*from.date);
    return Event::kPage;
  }

  uint64_t bytes_read() const override { return source_->bytes(); }

 private:
  LinePages(std::unique_ptr<CountingSource> source, std::unique_ptr<fetch::GunzipSource> plain)
      : source_(std::move(source)), plain_(std::move(plain)), reader_(*plain_, {}) {}

  std::unique_ptr<CountingSource> source_;
  std::unique_ptr<fetch::GunzipSource> plain_;
  fetch::JsonlPages reader_;
};

absl::StatusOr<ArchivePages::Format> FormatOf(const std::string& path) {
  const std::string_view name(path);
  for (const char* end : {".warc", ".warc.gz"}) {
    if (name.ends_with(end)) return ArchivePages::Format::kWarc;
  }
  for (const char* end : {".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz"}) {
    if (name.ends_with(end)) return ArchivePages::Format::kJsonl;
  }
  if (path == "-") {
    return absl::InvalidArgumentError(
        "the standard input has no name to tell its format by; give --format warc or jsonl");
  }
  auto file = fetch::FileSource::Open(path);
  if (!file.ok()) return file.status();
  auto plain = fetch::GunzipSource::Create(**file);
  if (!plain.ok()) return plain.status();
  char head[5] = {};
  auto read = (*plain)->Read(head, sizeof head);
  if (!read.ok()) return read.status();
  if (std::string_view(head, *read) == "WARC/") return ArchivePages::Format::kWarc;
  if (*read > 0 && head[0] == '{') return ArchivePages::Format::kJsonl;
  return absl::InvalidArgumentError(
      "neither a WARC file nor JSONL by its name and its first bytes; give --format warc or jsonl");
}

}  // namespace

absl::StatusOr<std::unique_ptr<ArchivePages>> ArchivePages::Open(const std::string& path,
                                                                 Format format) {
  if (format == Format::kAuto) {
    auto told = FormatOf(path);
    if (!told.ok()) return told.status();
    format = *told;
  }
  auto file = fetch::FileSource::Open(path);
  if (!file.ok()) return file.status();
  auto source = std::make_unique<CountingSource>(*std::move(file));
  return format == Format::kWarc ? WarcPages::Open(std::move(source))
                                 : LinePages::Open(std::move(source));
}

}  // namespace sluice::cli
