#include "services/fetch/gzip_meter.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/fakes/scripted_http_server.h"

namespace sluice::fetch {
namespace {

using fakes::ScriptedHttpServer;
using Verdict = GzipMeter::Verdict;

// Feeds in pieces of `size` bytes.
Verdict Feed(GzipMeter& meter, std::string_view bytes, size_t size) {
  while (!bytes.empty()) {
    if (const Verdict verdict = meter.Add(bytes.substr(0, size)); verdict != Verdict::kGoOn)
      return verdict;
    bytes.remove_prefix(std::min(size, bytes.size()));
  }
  return Verdict::kGoOn;
}

TEST(GzipMeterTest, MeasuresWhateverThePiecesAre) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919) + " ";
  const std::string packed = ScriptedHttpServer::Gzip(text);
  for (const size_t size : {size_t{1}, size_t{7}, size_t{4096}, packed.size()}) {
    GzipMeter meter({});
    EXPECT_EQ(Feed(meter, packed, size), Verdict::kGoOn);
    EXPECT_TRUE(meter.complete());
    EXPECT_EQ(meter.members(), 1U);
    EXPECT_EQ(meter.first_member_bytes(), packed.size());
    EXPECT_EQ(meter.inflated_bytes(), text.size());
    EXPECT_EQ(meter.hash(), base::HashBytes(text));
  }
}

TEST(GzipMeterTest, CountsMembersAndPassesOverWhatFollows) {
  const std::string packed = ScriptedHttpServer::Gzip("Hello ");
  for (const size_t size : {size_t{1}, size_t{100}}) {
    GzipMeter meter({});
    EXPECT_EQ(Feed(meter, packed + ScriptedHttpServer::Gzip("you") + "tail", size), Verdict::kGoOn);
    EXPECT_TRUE(meter.complete());
    EXPECT_EQ(meter.members(), 2U);
    EXPECT_EQ(meter.first_member_bytes(), packed.size());
    EXPECT_EQ(meter.hash(), base::HashBytes("Hello you"));
  }
  GzipMeter lookalike({});
  EXPECT_EQ(Feed(lookalike, packed + "\x1f\x8b no member", 1), Verdict::kGoOn);
  EXPECT_TRUE(lookalike.complete());
  EXPECT_EQ(lookalike.members(), 1U);
}

TEST(GzipMeterTest, IsIncompleteUntilTheTrailer) {
  const std::string packed = ScriptedHttpServer::Gzip("Hello");
  GzipMeter meter({});
  EXPECT_EQ(Feed(meter, packed.substr(0, packed.size() - 1), 3), Verdict::kGoOn);
  EXPECT_FALSE(meter.complete());
}

TEST(GzipMeterTest, SeesDamage) {
  std::string packed = ScriptedHttpServer::Gzip(std::string(1000, 'a'));
  packed[packed.size() - 6] ^= 1;  // The checksum.
  GzipMeter checksum({});
  EXPECT_EQ(Feed(checksum, packed, 100), Verdict::kDamaged);
  GzipMeter plain({});
  EXPECT_EQ(Feed(plain, "<html>", 100), Verdict::kDamaged);
}

TEST(GzipMeterTest, StopsAtTheSizeAndAtTheRatio) {
  const std::string packed = ScriptedHttpServer::Gzip(std::string(4 << 20, 'a'));
  GzipMeter size({.inflated_bytes_max = 1 << 20, .ratio_max = 2000});
  EXPECT_EQ(Feed(size, packed, 512), Verdict::kTooLarge);
  EXPECT_LT(size.inflated_bytes(), (1U << 20) + (64U << 10));
  GzipMeter ratio({.inflated_bytes_max = 8 << 20, .ratio_max = 100});
  EXPECT_EQ(Feed(ratio, packed, 512), Verdict::kBomb);
  GzipMeter both({.inflated_bytes_max = 1 << 20, .ratio_max = 100});
  EXPECT_EQ(Feed(both, packed, packed.size()), Verdict::kBomb);
}

TEST(GzipMeterTest, AllowsASmallPageAnyRatio) {
  const std::string packed = ScriptedHttpServer::Gzip(std::string(900'000, 'a'));
  GzipMeter meter({.ratio_max = 10});
  EXPECT_EQ(Feed(meter, packed, packed.size()), Verdict::kGoOn);
}

}  // namespace
}  // namespace sluice::fetch
