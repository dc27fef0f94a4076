#include "services/fetch/warc.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "pipeline/base/strings.h"

namespace sluice::fetch {
namespace {

using base::ToAbsl;

constexpr std::string_view kVersion = "WARC/";
constexpr std::string_view kRecordEnd = "\r\n\r\n";
constexpr size_t kHeaderBytesFirst = 4096;
constexpr size_t kSearchBytes = 64 << 10;

std::string_view Strip(std::string_view text) {
  return base::ToStd(absl::StripAsciiWhitespace(ToAbsl(text)));
}

// Where the header ends, with its empty line; 0: not in `text`.
size_t HeaderEnd(std::string_view text) {
  for (size_t i = text.find('\n'); i != std::string_view::npos; i = text.find('\n', i + 1)) {
    if (text.substr(i + 1).starts_with('\n')) return i + 2;
    if (text.substr(i + 1).starts_with("\r\n")) return i + 3;
  }
  return 0;
}

// Whether a record begins here: its version line and the name of a header.
bool BeginsRecord(std::string_view text) {
  if (!text.starts_with(kVersion)) return false;
  constexpr size_t kVersionLineBytesMax = 16;
  const size_t line_end = text.find('\n');
  if (line_end > kVersionLineBytesMax) return false;  // Or there is none.
  const std::string_view next = text.substr(line_end + 1);
  const size_t name_end = next.find_first_of(":\r\n");
  return name_end != std::string_view::npos && name_end > 0 && next[name_end] == ':';
}

// Whether a record ends before `rest`. At the end of the file or member the line ends may be
// missing.
bool EndsRecord(std::string_view rest) {
  return rest.starts_with(kRecordEnd) || rest.starts_with("\n\n") || kRecordEnd.starts_with(rest);
}

// The input says this of its own state; any other error is the source's.
bool IsDamage(const absl::Status& status) {
  return absl::IsDataLoss(status) || absl::IsOutOfRange(status);
}

std::optional<size_t> ParseLength(std::string_view text) {
  size_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(length) : std::nullopt;
}

}  // namespace

std::string_view WarcRecord::header(std::string_view lower_name) const {
  for (const Header& header : headers) {
    if (absl::EqualsIgnoreCase(ToAbsl(header.name), ToAbsl(lower_name))) return header.value;
  }
  return {};
}

bool WarcRecord::is_http() const {
  return absl::StartsWithIgnoreCase(ToAbsl(header("content-type")), "application/http");
}

std::string_view NameOf(WarcDamage::Kind kind) {
  switch (kind) {
    case WarcDamage::Kind::kTruncated:
      return "truncated";
    case WarcDamage::Kind::kCorrupt:
      return "corrupt";
    case WarcDamage::Kind::kBadLength:
      return "bad length";
    case WarcDamage::Kind::kBadHeader:
      return "bad header";
    case WarcDamage::Kind::kTooLarge:
      return "too large";
  }
  return "";
}

absl::StatusOr<std::unique_ptr<WarcReader>> WarcReader::Create(ByteSource& source,
                                                               const Limits& limits) {
  absl::StatusOr<std::unique_ptr<WarcInput>> input =
      WarcInput::Create(source, limits.record_bytes_max + kRecordEnd.size());
  if (!input.ok()) return input.status();
  return std::unique_ptr<WarcReader>(new WarcReader(*std::move(input), limits));
}

absl::StatusOr<WarcReader::Event> WarcReader::Next() {
  input_->Consume(std::exchange(record_bytes_, 0));
  const absl::StatusOr<bool> found = FindRecord();
  if (!found.ok()) return found.status();
  if (!*found) return Event::kEnd;
  const absl::StatusOr<bool> whole = ReadRecord();
  if (!whole.ok()) return whole.status();
  return *whole ? Event::kRecord : Event::kDamage;
}

// Moves the window to where the next record should begin. False: there is none.
absl::StatusOr<bool> WarcReader::FindRecord() {
  while (true) {
    if (!in_segment_) {
      const absl::StatusOr<bool> segment = input_->NextSegment();
      if (!segment.ok() || !*segment) return segment;
      in_segment_ = true;
    }
    if (pass_over_ > 0) {
      if (absl::Status status = PassOver(); !status.ok()) return status;
    }
    if (std::exchange(resynchronise_, false)) {
      if (absl::Status status = Resynchronise(); !status.ok()) return status;
    }
    absl::Status status = input_->Fill(kHeaderBytesFirst);
    const std::string_view window = input_->window();
    const size_t line_ends = std::min(window.find_first_not_of("\r\n"), window.size());
    input_->Consume(line_ends);
    // What the status says is for the record that begins here.
    if (line_ends < window.size() || (IsDamage(status) && line_ends == 0)) return true;
    if (!status.ok() && !IsDamage(status)) return status;
    if (line_ends == 0) in_segment_ = false;
  }
}

// Goes to the end of a record that is too large, without a look at what is in it. Where no record
// ends, its length has lied.
absl::Status WarcReader::PassOver() {
  bool ended = false;  // The segment is.
  while (pass_over_ > 0 && !ended) {
    absl::Status status = input_->Fill(std::min<uint64_t>(kSearchBytes, pass_over_));
    if (!status.ok() && !IsDamage(status)) return status;
    const size_t size = std::min<uint64_t>(input_->window().size(), pass_over_);
    input_->Consume(size);
    pass_over_ -= size;
    ended = size == 0 || !status.ok();
  }
  pass_over_ = 0;
  absl::Status status = input_->Fill(kHeaderBytesFirst);
  if (!status.ok() && !IsDamage(status)) return status;
  resynchronise_ = !EndsRecord(input_->window()) && !BeginsRecord(input_->window());
  return absl::OkStatus();
}

// After damage: goes to the next line of the segment at which a record begins, or to its end.
absl::Status WarcReader::Resynchronise() {
  while (true) {
    absl::Status status = input_->Fill(kSearchBytes);
    if (!status.ok() && !IsDamage(status)) return status;
    const std::string_view window = input_->window();
    for (size_t at = window.find(kVersion); at != std::string_view::npos;
         at = window.find(kVersion, at + 1)) {
      if (at > 0 && window[at - 1] == '\n' && BeginsRecord(window.substr(at))) {
        input_->Consume(at);
        return absl::OkStatus();
      }
    }
    // A version line may be cut by the window's end.
    const bool last = window.size() < kSearchBytes || !status.ok();
    input_->Consume(last ? window.size() : window.size() - kHeaderBytesFirst);
    if (last) return absl::OkStatus();
  }
}

// Reads the record at the window's front. False: it is damaged.
absl::StatusOr<bool> WarcReader::ReadRecord() {
  record_ = {};
  record_.offset = input_->offset();
  const absl::StatusOr<size_t> header_bytes = FillHeader();
  if (!header_bytes.ok()) return DamageOf(header_bytes.status());
  const std::string_view window = input_->window();
  if (!window.starts_with(kVersion)) {
    return Damage(WarcDamage::Kind::kBadHeader, "no record begins here");
  }
  if (*header_bytes == 0) {
    return window.size() > limits_.header_bytes_max
               ? Damage(WarcDamage::Kind::kBadHeader, "the header has no end")
               : Damage(WarcDamage::Kind::kTruncated, "the archive ends inside of a header");
  }
  if (!ParseHeader(window.substr(0, *header_bytes))) {
    return Damage(WarcDamage::Kind::kBadHeader, "a header line has no colon");
  }
  const std::string_view length = record_.header("content-length");
  const std::optional<size_t> block_bytes = ParseLength(length);
  if (!block_bytes) {
    return Damage(WarcDamage::Kind::kBadHeader,
                  fmt::format("Content-Length {:?} is no length", length));
  }
  if (*block_bytes > limits_.record_bytes_max - std::min(*header_bytes, limits_.record_bytes_max)) {
    const absl::StatusOr<bool> damage =
        Damage(WarcDamage::Kind::kTooLarge, fmt::format("the record of {} bytes is larger than {}",
                                                        *block_bytes, limits_.record_bytes_max));
    pass_over_ = *block_bytes;
    input_->Consume(*header_bytes);
    return damage;
  }
  return TakeBlock(*header_bytes, *block_bytes);
}

// Makes the window hold the header; returns its length, 0 where it has no end.
absl::StatusOr<size_t> WarcReader::FillHeader() {
  for (size_t size = kHeaderBytesFirst;; size *= 2) {
    absl::Status status = input_->Fill(size);
    const std::string_view window = input_->window();
    const size_t end = HeaderEnd(window.substr(0, limits_.header_bytes_max));
    if (end != 0) return end;
    if (!status.ok()) return status;
    if (window.size() < size || size > limits_.header_bytes_max) return 0;
    if (!window.starts_with(kVersion)) return 0;
  }
}

bool WarcReader::ParseHeader(std::string_view text) {
  if (text.find("\n ") != std::string_view::npos || text.find("\n\t") != std::string_view::npos) {
    unfolded_ = text;
    for (size_t i = 0; i + 1 < unfolded_.size(); ++i) {
      if (unfolded_[i] != '\n' || (unfolded_[i + 1] != ' ' && unfolded_[i + 1] != '\t')) continue;
      unfolded_[i] = ' ';
      if (i > 0 && unfolded_[i - 1] == '\r') unfolded_[i - 1] = ' ';
    }
    text = unfolded_;
  }
  text.remove_prefix(text.find('\n') + 1);  // The version.
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = Strip(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    record_.headers.push_back({Strip(line.substr(0, colon)), Strip(line.substr(colon + 1))});
  }
  record_.type = record_.header("warc-type");
  record_.date = record_.header("warc-date");
  record_.url = record_.header("warc-target-uri");
  if (record_.url.starts_with('<') && record_.url.ends_with('>')) {
    record_.url = record_.url.substr(1, record_.url.size() - 2);
  }
  return true;
}

// Takes the block whose header is at the window's front, if it is as long as it says.
absl::StatusOr<bool> WarcReader::TakeBlock(size_t header_bytes, size_t block_bytes) {
  const char* const before = input_->window().data();
  const size_t record_bytes = header_bytes + block_bytes;
  // One byte more makes a gzip member tell its checksum, unless more records are in it.
  const size_t wanted = record_bytes + kRecordEnd.size() + (input_->plain() ? 0 : 1);
  const absl::Status filled = input_->Fill(wanted);
  const std::string_view window = input_->window();
  if (!filled.ok()) return DamageOf(filled);
  if (window.size() < record_bytes) {
    return input_->plain()
               ? Damage(WarcDamage::Kind::kTruncated, "the archive ends inside of a block")
               : Damage(WarcDamage::Kind::kBadLength, "Content-Length is beyond the gzip member");
  }
  if (!EndsRecord(window.substr(record_bytes))) {
    return Damage(WarcDamage::Kind::kBadLength,
                  fmt::format("no record ends after the {} bytes of Content-Length", block_bytes));
  }
  if (window.data() != before) {  // The views are void.
    record_.headers.clear();
    ParseHeader(window.substr(0, header_bytes));
  }
  record_.block = window.substr(header_bytes, block_bytes);
  record_bytes_ = record_bytes;
  return true;
}

absl::StatusOr<bool> WarcReader::Damage(WarcDamage::Kind kind, std::string_view why) {
  damage_ = {kind, record_.offset,
             fmt::format("{} at byte {}: {}", NameOf(kind), record_.offset, why)};
  resynchronise_ = true;
  return false;
}

// What the input says of its own state.
absl::StatusOr<bool> WarcReader::DamageOf(const absl::Status& status) {
  if (!IsDamage(status)) return status;
  const absl::StatusOr<bool> damage =
      Damage(absl::IsOutOfRange(status) ? WarcDamage::Kind::kTruncated : WarcDamage::Kind::kCorrupt,
             base::ToStd(status.message()));
  in_segment_ = resynchronise_ = false;  // The next segment is looked for instead.
  return damage;
}

}  // namespace sluice::fetch
