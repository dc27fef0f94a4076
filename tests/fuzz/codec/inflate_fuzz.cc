// The first byte picks the coding and the size of the pieces. Pieces must give what the whole
// gives.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pipeline/codec/inflate.h"

using sluice::codec::ContentCoding;
using sluice::codec::Inflater;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto coding = static_cast<ContentCoding>(data[0] % 5);
  const size_t piece = 1 + data[0] / 5;
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Inflater::Limits limits = {.bytes_max = 1 << 20, .ratio_max = 1e9};
  const auto whole = sluice::codec::Inflate(input, coding, limits);
  const auto inflater = Inflater::Create(coding, limits);
  std::string out;
  absl::Status status;
  while (status.ok() && !input.empty()) {
    status = inflater->Write(input.substr(0, piece), out);
    input.remove_prefix(std::min(piece, input.size()));
  }
  if (status.ok()) status = inflater->Close();
  if (whole.ok() != status.ok() || (whole.ok() && *whole != out)) std::abort();
  return 0;
}
