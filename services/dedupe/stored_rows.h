#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/dedupe/arrival.h"
#include "services/dedupe/ruling.h"
#include "services/dedupe/seen_documents.h"
#include "services/dedupe/tokenizer.h"
#include "sluice/data/v1/deduped_document.pb.h"

namespace sluice::dedupe {

// The rows of both tables have this key, so that they come back in the order of the log.
std::string RowKey(const LogPlace& log);
// kDataLoss: not such a key.
absl::StatusOr<LogPlace> ParseRowKey(std::string_view key);

std::string EncodeDocument(const SeenDocument& document);
// kDataLoss: not a DedupeDocumentRow, or one without an id.
absl::StatusOr<SeenDocument> DecodeDocument(std::string_view value, const LogPlace& log);

std::string EncodeText(const Arrival& arrival, absl::Time date);
// A text row with what its views point into.
struct DecodedText {
  std::vector<WordCode> words;
  std::vector<WordCode> title;
  absl::Time date;
  uint32_t site = 0;
  bool current = false;  // Of this program's fingerprint version; others are not comparable.
};
// kDataLoss: not a DedupeTextRow.
absl::StatusOr<DecodedText> DecodeText(std::string_view value);

// An id as rows carry it. Zero: other than 16 bytes.
base::Hash128 HashOf(std::string_view bytes);

// An id as messages carry it: 32 hex digits. kInvalidArgument: it is not.
absl::StatusOr<base::Hash128> ParseId(std::string_view id);

// Fills in what was decided.
void WritePlace(const Place& place, data::v1::DedupedDocument& document);

}  // namespace sluice::dedupe
