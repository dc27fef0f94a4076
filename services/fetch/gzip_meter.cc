#include "services/fetch/gzip_meter.h"

#include <xxhash.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>

namespace sluice::fetch {
namespace {

constexpr int kGzipOnly = MAX_WBITS + 16;

}  // namespace

struct GzipMeter::Stream {
  explicit Stream(const Limits& limits) : limits(limits), hash(XXH3_createState()) {
    // The only failure is want of memory, and nothing here goes on without.
    if (hash == nullptr || inflateInit2(&zlib, kGzipOnly) != Z_OK) throw std::bad_alloc();
    XXH3_128bits_reset(hash);
  }
  ~Stream() {
    inflateEnd(&zlib);
    XXH3_freeState(hash);
  }

  Verdict Add(std::string_view bytes);
  Verdict Judge() const;
  // Between members. False: what comes is no member.
  bool BeginMember(unsigned char next);

  const Limits limits;
  z_stream zlib = {};
  XXH3_state_t* hash;  // Owned.
  std::array<unsigned char, 32 << 10> window;
  uint64_t sent = 0;
  uint64_t inflated = 0;
  uint64_t first_member = 0;
  uint32_t members = 0;        // Ended.
  bool inside = true;          // A member.
  bool trailing = false;       // All that comes is passed over.
  uint64_t member_output = 0;  // Of the member that we are in.
};

GzipMeter::Verdict GzipMeter::Stream::Judge() const {
  if (inflated > limits.inflated_bytes_max) return Verdict::kTooLarge;
  if (inflated > kRatioBytesMin && inflated / limits.ratio_max > sent) return Verdict::kBomb;
  return Verdict::kGoOn;
}

bool GzipMeter::Stream::BeginMember(unsigned char next) {
  constexpr unsigned char kMagic = 0x1f;
  if (next != kMagic) return false;
  inflateReset(&zlib);
  member_output = 0;
  inside = true;
  return true;
}

GzipMeter::Verdict GzipMeter::Stream::Add(std::string_view bytes) {
  sent += bytes.size();
  // zlib's interface has no const here; it only reads.
  zlib.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
  zlib.avail_in = static_cast<uInt>(bytes.size());
  while (!trailing) {
    if (!inside) {
      if (zlib.avail_in == 0) break;
      if (!BeginMember(*zlib.next_in)) {
        trailing = true;
        break;
      }
    }
    zlib.next_out = window.data();
    zlib.avail_out = static_cast<uInt>(window.size());
    const int result = inflate(&zlib, Z_NO_FLUSH);
    const size_t output = window.size() - zlib.avail_out;
    XXH3_128bits_update(hash, window.data(), output);
    inflated += output;
    member_output += output;
    // The bomb first: it is the better name for what is both.
    if (const Verdict verdict = Judge(); verdict != Verdict::kGoOn) {
      const bool bomb = inflated > kRatioBytesMin && inflated / limits.ratio_max > sent;
      return bomb ? Verdict::kBomb : verdict;
    }
    if (result == Z_STREAM_END) {
      inside = false;
      if (++members == 1) first_member = sent - zlib.avail_in;
      continue;
    }
    if (result != Z_OK && result != Z_BUF_ERROR) {
      // Bytes behind a member that only looked like another one.
      if (members == 0 || member_output > 0) return Verdict::kDamaged;
      trailing = true;
      inside = false;
    }
    if (zlib.avail_in == 0 && zlib.avail_out > 0) break;
  }
  return Verdict::kGoOn;
}

GzipMeter::GzipMeter(const Limits& limits) : stream_(std::make_unique<Stream>(limits)) {}
GzipMeter::~GzipMeter() = default;

GzipMeter::Verdict GzipMeter::Add(std::string_view bytes) { return stream_->Add(bytes); }
bool GzipMeter::complete() const { return stream_->members > 0 && !stream_->inside; }
uint32_t GzipMeter::members() const { return stream_->members; }
uint64_t GzipMeter::first_member_bytes() const { return stream_->first_member; }
uint64_t GzipMeter::inflated_bytes() const { return stream_->inflated; }

base::Hash128 GzipMeter::hash() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(stream_->hash);
  return {.high = hash.high64, .low = hash.low64};
}

}  // namespace sluice::fetch
