#include "pipeline/url/ip_address.h"

#include <gtest/gtest.h>

namespace sluice::url {
namespace {

std::string Normal(std::string_view text) {
  const auto address = IpAddress::Parse(text);
  return address ? address->ToString() : "none";
}

TEST(IpAddressTest, ReadsFourDecimalNumbersOnly) {
  EXPECT_EQ(Normal("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(Normal("255.255.255.255"), "255.255.255.255");
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "0x7f.0.0.1",
                           "1.2.3.", "1..2.3", "1.2.3.4 ", "-1.2.3.4", "1234.1.1.1"}) {
    EXPECT_EQ(Normal(text), "none") << text;
  }
}

TEST(IpAddressTest, ReadsCompressedAndMixedIpv6) {
  EXPECT_EQ(Normal("::"), "::");
  EXPECT_EQ(Normal("::1"), "::1");
  EXPECT_EQ(Normal("1::"), "1::");
  EXPECT_EQ(Normal("2001:DB8:0:0:8:800:200C:417A"), "2001:db8::8:800:200c:417a");
  EXPECT_EQ(Normal("::ffff:192.0.2.1"), "::ffff:c000:201");
  EXPECT_EQ(Normal("1:2:3:4:5:6:7::"), "1:2:3:4:5:6:7:0");
  EXPECT_EQ(Normal("::2:3:4:5:6:7:8"), "0:2:3:4:5:6:7:8");
}

TEST(IpAddressTest, RefusesIllFormedIpv6) {
  for (const char* text : {":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::",
                           "1:", ":1", "fe80::1%eth0", "[::1]", "1:2:3:4:5:6:7:8::", "::1.2.3",
                           "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6::1.2.3.4", "g::"}) {
    EXPECT_EQ(Normal(text), "none") << text;
  }
}

TEST(IpAddressTest, CompressesTheFirstOfTheLongestRunsOfZeros) {
  EXPECT_EQ(Normal("1:0:0:2:0:0:0:3"), "1:0:0:2::3");
  EXPECT_EQ(Normal("1:0:0:2:0:0:3:4"), "1::2:0:0:3:4");
  EXPECT_EQ(Normal("1:0:2:0:3:0:4:0"), "1:0:2:0:3:0:4:0");
}

TEST(IpAddressTest, ComparesPrefixesBitByBit) {
  const IpAddress address = *IpAddress::Parse("172.31.255.255");
  EXPECT_TRUE(address.InPrefix(*IpAddress::Parse("172.16.0.0"), 12));
  EXPECT_FALSE(address.InPrefix(*IpAddress::Parse("172.16.0.0"), 13));
  EXPECT_TRUE(address.InPrefix(*IpAddress::Parse("8.8.8.8"), 0));
  EXPECT_TRUE(address.InPrefix(address, 32));
  EXPECT_FALSE(address.InPrefix(*IpAddress::Parse("::"), 0)) << "of another family";
  EXPECT_TRUE(IpAddress::Parse("fd12::1")->InPrefix(*IpAddress::Parse("fc00::"), 7));
}

}  // namespace
}  // namespace sluice::url
