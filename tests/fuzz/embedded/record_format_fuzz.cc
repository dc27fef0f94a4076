// Stored keys and records may be anything once a disk has lied: they are refused or come back as
// they went in.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pipeline/embedded/record_format.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice::embedded;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto id = DecodeRecordKey(bytes)) {
    const RecordKey key = EncodeRecordKey(*id);
    if (std::string_view(key.data(), key.size()) != bytes) std::abort();
  }
  if (const auto record = DecodeRecord(bytes)) {
    const RecordHead head = EncodeRecordHead(*record);
    std::string again(head.data(), head.size());
    again += record->key;
    again += record->value;
    if (again != bytes) std::abort();
  }
  return 0;
}
