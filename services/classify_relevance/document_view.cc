#include "services/classify_relevance/document_view.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "absl/functional/function_ref.h"
#include "sluice/data/v1/deduped_document.pb.h"
#include "sluice/data/v1/document.pb.h"

namespace sluice::classify_relevance {
namespace {

using data::v1::DedupedDocument;
using data::v1::Document;
using data::v1::Withdrawal;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// Hands out a message's fields: numbers with their value, texts and messages with their bytes.
// False: the bytes are damaged.
bool ForEachField(
    std::string_view bytes,
    absl::FunctionRef<bool(int field, uint64_t number, std::string_view value)> take) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  while (const uint32_t tag = in.ReadTag()) {
    const int field = WireFormatLite::GetTagFieldNumber(tag);
    uint64_t number = 0;
    uint32_t size = 0;
    switch (WireFormatLite::GetTagWireType(tag)) {
      case WireFormatLite::WIRETYPE_VARINT:
        if (!in.ReadVarint64(&number) || !take(field, number, {})) return false;
        break;
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED: {
        if (!in.ReadVarint32(&size)) return false;
        const auto at = static_cast<size_t>(in.CurrentPosition());
        if (!in.Skip(static_cast<int>(size)) || at + size > bytes.size()) return false;
        if (!take(field, 0, bytes.substr(at, size))) return false;
        break;
      }
      default:
        if (!WireFormatLite::SkipField(&in, tag)) return false;
    }
  }
  return in.ConsumedEntireMessage();
}

bool TakeWithdrawal(DocumentView& view, std::string_view withdrawal) {
  view.withdrawn = true;
  return ForEachField(withdrawal, [&view](int field, uint64_t number, std::string_view) {
    if (field == Withdrawal::kUndoneFieldNumber) view.allowed_again = number != 0;
    view.withdrawn = !view.allowed_again;
    return true;
  });
}

bool TakeContent(DocumentView& view, int field, uint64_t number, std::string_view value) {
  if (field == Document::kTitleFieldNumber) view.title = value;
  if (field == Document::kTextFieldNumber) view.text = value;
  if (field == Document::kLanguageFieldNumber) view.language = value;
  if (field == Document::kGoneFieldNumber) view.gone = number != 0;
  if (field == Document::kWithdrawalFieldNumber) return TakeWithdrawal(view, value);
  return true;
}

}  // namespace

bool ReadDocumentView(std::string_view record, DocumentView& view) {
  return ForEachField(record, [&](int field, uint64_t number, std::string_view value) {
    switch (field) {
      case DedupedDocument::kEnvelopeFieldNumber: {
        // It comes in pieces: each runner appends its step as a further one, and they are one
        // message.
        CodedInputStream piece(reinterpret_cast<const uint8_t*>(value.data()),
                               static_cast<int>(value.size()));
        return view.envelope.MergeFromCodedStream(&piece) && piece.ConsumedEntireMessage();
      }
      case DedupedDocument::kDocumentFieldNumber:
        return ForEachField(value, [&](int inner, uint64_t inner_number, std::string_view text) {
          return TakeContent(view, inner, inner_number, text);
        });
      case DedupedDocument::kArticleIdFieldNumber:
        view.article_id = value;
        return true;
      case DedupedDocument::kClusterIdFieldNumber:
        view.cluster_id = value;
        return true;
      case DedupedDocument::kRevisionFieldNumber:
        view.revision = static_cast<uint32_t>(number);
        return true;
      default:
        return true;
    }
  });
}

}  // namespace sluice::classify_relevance
