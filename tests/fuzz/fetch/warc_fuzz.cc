// An archive. However it is cut into pieces, the same must be told, and reading must come to an
// end.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "services/fetch/warc.h"
#include "tests/unit/fetch/piecewise_source.h"

namespace {

using sluice::fetch::WarcReader;

std::string Read(std::string_view input, size_t piece) {
  sluice::fetch::PiecewiseSource source(input, piece);
  const auto reader =
      WarcReader::Create(source, {.record_bytes_max = 1 << 16, .header_bytes_max = 1 << 13});
  if (!reader.ok()) std::abort();
  std::string told;
  for (size_t events = 0;; ++events) {
    if (events > 2 * input.size() + 2) std::abort();
    const auto event = (*reader)->Next();
    if (!event.ok()) std::abort();
    if (*event == WarcReader::Event::kEnd) return told;
    if (*event == WarcReader::Event::kRecord) {
      told.append((*reader)->record().url).append((*reader)->record().block);
    } else {
      told += (*reader)->damage().message;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (Read(input, 1 << 20) != Read(input, 7)) std::abort();
  return 0;
}
