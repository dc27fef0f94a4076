// Cursors come from clients: a text is refused or comes back as it went in. A fuzzer does not find
// checksums, so the input serves as the fields of cursors too, which have to be read again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "services/feed/cursor.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sluice::feed::Cursor;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto cursor = Cursor::Decode(text); cursor.ok() && cursor->Encode() != text) {
    std::abort();
  }
  uint64_t fields[3] = {};
  std::memcpy(fields, data, std::min(size, sizeof fields));
  const absl::Time time = absl::FromUnixMicros(static_cast<int64_t>(fields[2] >> 12));
  for (const Cursor& made :
       {Cursor::After(fields[0] >> 1, fields[1], time), Cursor::At(fields[0], fields[1], time)}) {
    const auto again = Cursor::Decode(made.Encode());
    if (!again.ok() || *again != made) std::abort();
  }
  return 0;
}
