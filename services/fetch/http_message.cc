#include "services/fetch/http_message.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "pipeline/base/strings.h"

namespace sluice::fetch {
namespace {

using base::ToAbsl;

std::string_view Strip(std::string_view text) {
  return base::ToStd(absl::StripAsciiWhitespace(ToAbsl(text)));
}

// Takes a line off the front, without its end. nullopt: there is no line end.
std::optional<std::string_view> TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "HTTP/1.1 200 OK" -> 200; 0: no status line.
int StatusOf(std::string_view line) {
  if (!line.starts_with("HTTP/")) return 0;
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return 0;
  line = Strip(line.substr(blank));
  if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, IsDigit)) return 0;
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

// The tokens of a comma-separated header, last applied first.
std::vector<std::string_view> CodingsToUndo(std::string_view value) {
  std::vector<std::string_view> tokens;
  while (!value.empty()) {
    const size_t comma = std::min(value.find(','), value.size());
    const std::string_view token = Strip(value.substr(0, comma));
    if (!token.empty()) tokens.push_back(token);
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  std::ranges::reverse(tokens);
  return tokens;
}

// The size line of a chunk: hex digits, maybe an extension. nullopt: none.
std::optional<uint64_t> ChunkSize(std::string_view line) {
  line = Strip(line.substr(0, line.find(';')));
  if (line.empty() || line.size() > 15) return std::nullopt;
  uint64_t size = 0;
  for (const char c : line) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return std::nullopt;
    const char lower = static_cast<char>(c | 0x20);
    size = size * 16 + static_cast<uint64_t>(IsDigit(c) ? c - '0' : lower - 'a' + 10);
  }
  return size;
}

bool LooksChunked(std::string_view body) {
  const auto line = TakeLine(body);
  const auto size = line ? ChunkSize(*line) : std::nullopt;
  return size && *size <= body.size();
}

// RFC 9112 §7.1. Trailers are passed over, the last chunk may be missing.
absl::StatusOr<std::string> Dechunk(std::string_view body) {
  std::string whole;
  whole.reserve(body.size());
  while (!body.empty()) {
    const auto line = TakeLine(body);
    const auto size = line ? ChunkSize(*line) : std::nullopt;
    if (!size) return absl::DataLossError("a chunk of the body has no size");
    if (*size == 0) break;
    if (*size > body.size()) return absl::DataLossError("the last chunk of the body is cut off");
    whole += body.substr(0, *size);
    body.remove_prefix(*size);
    if (body.starts_with("\r\n")) body.remove_prefix(2);
    if (body.starts_with('\n')) body.remove_prefix(1);
  }
  return whole;
}

// Whether the body can be what the header says. Archives keep the header of what they have undone.
bool LooksCoded(std::string_view bytes, codec::ContentCoding coding) {
  switch (coding) {
    case codec::ContentCoding::kGzip:
      return codec::IsGzip(bytes);
    case codec::ContentCoding::kZstd:
      return bytes.starts_with("\x28\xB5\x2F\xFD");
    case codec::ContentCoding::kDeflate:
    case codec::ContentCoding::kBrotli:
      // No mark of their own. Text, at least, begins otherwise.
      return !bytes.empty() && bytes[0] != '<' && bytes[0] != '{';
    case codec::ContentCoding::kIdentity:
      break;
  }
  return false;
}

}  // namespace

std::string_view HttpMessage::header(std::string_view lower_name) const {
  for (const Header& header : headers) {
    if (absl::EqualsIgnoreCase(ToAbsl(header.name), ToAbsl(lower_name))) return header.value;
  }
  return {};
}

std::optional<HttpMessage> ParseHttpMessage(std::string_view bytes) {
  HttpMessage message;
  const auto first = TakeLine(bytes);
  message.status = StatusOf(first ? *first : std::exchange(bytes, {}));
  if (message.status == 0) return std::nullopt;
  while (const auto line = TakeLine(bytes)) {
    if (line->empty()) break;
    const size_t colon = line->find(':');
    if (colon == std::string_view::npos) continue;  // A stray line, or one that is folded.
    message.headers.push_back({Strip(line->substr(0, colon)), Strip(line->substr(colon + 1))});
  }
  message.body = bytes;
  return message;
}

absl::Status DecodeHttpBody(const HttpMessage& message, const HttpBodyOptions& options,
                            HttpBody& body) {
  body.bytes = message.body;
  body.coding = codec::ContentCoding::kIdentity;
  const auto is_chunked = [](std::string_view name) {
    return absl::EqualsIgnoreCase(ToAbsl(name), "chunked");
  };
  const bool chunked =
      std::ranges::any_of(CodingsToUndo(message.header("transfer-encoding")), is_chunked);
  if (chunked && LooksChunked(body.bytes)) {
    absl::StatusOr<std::string> whole = Dechunk(body.bytes);
    if (!whole.ok()) return whole.status();
    body.storage = *std::move(whole);
    body.bytes = body.storage;
  }
  const std::vector<std::string_view> codings = CodingsToUndo(message.header("content-encoding"));
  for (const std::string_view name : codings) {
    const std::optional<codec::ContentCoding> coding = codec::ContentCodingOfName(name);
    if (!coding) {
      return absl::UnimplementedError(fmt::format("unknown content coding {:?}", name));
    }
    if (!LooksCoded(body.bytes, *coding)) continue;
    if (options.keep_gzip && *coding == codec::ContentCoding::kGzip && codings.size() == 1) {
      body.coding = codec::ContentCoding::kGzip;
      return absl::OkStatus();
    }
    absl::StatusOr<std::string> inflated = codec::Inflate(body.bytes, *coding, options.limits);
    if (!inflated.ok()) return inflated.status();
    body.storage = *std::move(inflated);
    body.bytes = body.storage;
  }
  if (body.bytes.size() > options.limits.bytes_max) {
    return absl::ResourceExhaustedError(fmt::format("body of {} bytes is larger than {}",
                                                    body.bytes.size(), options.limits.bytes_max));
  }
  return absl::OkStatus();
}

}  // namespace sluice::fetch
