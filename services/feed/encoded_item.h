#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/feed/cursor.h"
#include "services/feed/filter.h"
#include "sluice/data/v1/feed_item.pb.h"

namespace sluice::feed {

// An item as it goes over the wire, encoded once however many read it. Immutable.
struct EncodedItem {
  uint64_t offset = 0;
  absl::Time appended;
  uint64_t id_prefix = 0;
  std::string id;
  std::string article_id;
  std::string cursor;  // Cursor::After this item, encoded.
  std::string
      frame;  // Field `items` of a SubscribeResponse or ListResponse: tag, length, CursorItem.
  size_t item_begin = 0;  // Where in `frame` the FeedItem's own bytes begin; they go to its end.
  ItemFacts facts;

  std::string_view item_bytes() const { return std::string_view(frame).substr(item_begin); }
  Cursor after() const { return Cursor::After(offset, id_prefix, appended); }
};

// Shared by the ring, by batches being built and by readers.
using ItemPtr = std::shared_ptr<const EncodedItem>;

// `bytes` is a FeedItem as it stands in the log and goes on unchanged.
// kInvalidArgument: not a FeedItem, or one without id or article id.
absl::StatusOr<ItemPtr> EncodeItem(uint64_t offset, absl::Time appended, std::string_view bytes);

// Field `cursor` of a SubscribeResponse.
std::string EncodeCursorField(std::string_view cursor);

}  // namespace sluice::feed
