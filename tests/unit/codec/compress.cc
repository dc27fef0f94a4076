#include "tests/unit/codec/compress.h"

#include <zlib.h>

namespace sluice::codec::testing {
namespace {

std::string Deflate(std::string_view text, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

std::string Gzip(std::string_view text) { return Deflate(text, 15 + 16); }
std::string Zlib(std::string_view text) { return Deflate(text, 15); }
std::string RawDeflate(std::string_view text) { return Deflate(text, -15); }

}  // namespace sluice::codec::testing
