#include "services/deboilerplate/inflate.h"

#include <gtest/gtest.h>
#include <libdeflate.h>
#include <zstd.h>

namespace sluice::deboilerplate {
namespace {

std::string Gzip(const std::string& text) {
  libdeflate_compressor* compressor = libdeflate_alloc_compressor(6);
  std::string out(libdeflate_gzip_compress_bound(compressor, text.size()), '\0');
  out.resize(
      libdeflate_gzip_compress(compressor, text.data(), text.size(), out.data(), out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}

std::string Zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

TEST(InflateTest, OpensBothCodecs) {
  const std::string text(100'000, 'x');
  EXPECT_EQ(*Inflate(Gzip(text), Codec::kGzip, 1 << 20), text);
  EXPECT_EQ(*Inflate(Zstd(text), Codec::kZstd, 1 << 20), text);
  EXPECT_EQ(*Inflate(text, Codec::kIdentity, 1 << 20), text);
}

TEST(InflateTest, OpensSeveralGzipMembers) {
  EXPECT_EQ(*Inflate(Gzip("one ") + Gzip("two"), Codec::kGzip, 1000), "one two");
}

TEST(InflateTest, BombsAreCutAtTheLimit) {
  const std::string bomb(50 << 20, '\0');
  EXPECT_EQ(Inflate(Gzip(bomb), Codec::kGzip, 1 << 20)->size(), 1U << 20);
  EXPECT_EQ(Inflate(Zstd(bomb), Codec::kZstd, 1 << 20)->size(), 1U << 20);
}

TEST(InflateTest, GarbageIsDataLoss) {
  EXPECT_EQ(Inflate("no gzip at all, not at all", Codec::kGzip, 1000).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(Inflate("no zstd", Codec::kZstd, 1000).status().code(), absl::StatusCode::kDataLoss);
}

TEST(InflateTest, WhatCameBeforeDamageIsKept) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i * 7919 % 10'007);
  const std::string packed = Gzip(text);
  const auto opened = Inflate(packed.substr(0, packed.size() / 2), Codec::kGzip, 8 << 20);
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(text.starts_with(*opened));
  EXPECT_GT(opened->size(), text.size() / 4);
}

}  // namespace
}  // namespace sluice::deboilerplate
