#include "pipeline/embedded/record_format.h"

#include "absl/base/internal/endian.h"

namespace sluice::embedded {

RecordKey EncodeRecordKey(const RecordId& id) {
  RecordKey key;
  absl::big_endian::Store32(key.data(), id.partition);
  absl::big_endian::Store64(key.data() + 4, id.offset);
  return key;
}

std::optional<RecordId> DecodeRecordKey(std::string_view bytes) {
  if (bytes.size() != kRecordKeyBytes) return std::nullopt;
  return RecordId{.partition = absl::big_endian::Load32(bytes.data()),
                  .offset = absl::big_endian::Load64(bytes.data() + 4)};
}

RecordHead EncodeRecordHead(const StoredRecord& record) {
  RecordHead head;
  absl::big_endian::Store64(head.data(),
                            static_cast<uint64_t>(absl::ToUnixMicros(record.appended)));
  absl::big_endian::Store64(head.data() + 8, record.bytes_before);
  absl::big_endian::Store32(head.data() + 16, static_cast<uint32_t>(record.key.size()));
  return head;
}

std::optional<StoredRecord> DecodeRecord(std::string_view bytes) {
  if (bytes.size() < kRecordHeadBytes) return std::nullopt;
  const size_t key_bytes = absl::big_endian::Load32(bytes.data() + 16);
  if (key_bytes > bytes.size() - kRecordHeadBytes) return std::nullopt;
  StoredRecord record;
  record.appended =
      absl::FromUnixMicros(static_cast<int64_t>(absl::big_endian::Load64(bytes.data())));
  record.bytes_before = absl::big_endian::Load64(bytes.data() + 8);
  record.key = bytes.substr(kRecordHeadBytes, key_bytes);
  record.value = bytes.substr(kRecordHeadBytes + key_bytes);
  return record;
}

}  // namespace sluice::embedded
