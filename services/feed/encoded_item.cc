#include "services/feed/encoded_item.h"

#include <google/protobuf/io/coded_stream.h>

#include "pipeline/base/strings.h"
#include "sluice/service/v1/feed.pb.h"

namespace sluice::feed {
namespace {

using google::protobuf::io::CodedOutputStream;

void AppendVarint(uint64_t value, std::string& bytes) {
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  bytes += static_cast<char>(value);
}

// A field of bytes, or its beginning where `bytes` is to follow later.
void AppendHead(int field, size_t length, std::string& bytes) {
  AppendVarint(static_cast<uint64_t>(field) << 3 | 2, bytes);
  AppendVarint(length, bytes);
}

size_t FieldBytes(size_t length) {
  return 1 + CodedOutputStream::VarintSize64(length) + length;  // Our fields' numbers are below 16.
}

}  // namespace

absl::StatusOr<ItemPtr> EncodeItem(uint64_t offset, absl::Time appended, std::string_view bytes) {
  data::v1::FeedItem item;
  if (!item.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError(
        fmt::format("the record of {} bytes at offset {} is no FeedItem", bytes.size(), offset));
  }
  if (item.envelope().id().empty() || item.article_id().empty()) {
    return absl::InvalidArgumentError(
        fmt::format("the FeedItem at offset {} has no id or no article_id", offset));
  }
  auto encoded = std::make_shared<EncodedItem>();
  encoded->offset = offset;
  encoded->appended = appended;
  encoded->id = item.envelope().id();
  encoded->id_prefix = IdPrefix(encoded->id);
  encoded->article_id = item.article_id();
  encoded->cursor = encoded->after().Encode();
  const size_t inner = FieldBytes(encoded->cursor.size()) + FieldBytes(bytes.size());
  std::string& frame = encoded->frame;
  frame.reserve(FieldBytes(inner));
  AppendHead(service::v1::SubscribeResponse::kItemsFieldNumber, inner, frame);
  AppendHead(service::v1::CursorItem::kCursorFieldNumber, encoded->cursor.size(), frame);
  frame += encoded->cursor;
  AppendHead(service::v1::CursorItem::kItemFieldNumber, bytes.size(), frame);
  encoded->item_begin = frame.size();
  frame += bytes;
  encoded->facts = FactsOf(item);
  return encoded;
}

std::string EncodeCursorField(std::string_view cursor) {
  std::string bytes;
  AppendHead(service::v1::SubscribeResponse::kCursorFieldNumber, cursor.size(), bytes);
  bytes += cursor;
  return bytes;
}

}  // namespace sluice::feed
