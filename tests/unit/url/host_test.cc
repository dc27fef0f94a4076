#include "pipeline/url/host.h"

#include <gtest/gtest.h>

#include "pipeline/url/idna.h"

namespace sluice::url {
namespace {

std::string Special(std::string_view input) {
  const auto host = ParseHost(input, true);
  return host.ok() ? host->text : "none";
}

TEST(HostTest, LowersAsciiDomains) {
  EXPECT_EQ(Special("EXAMPLE.Com"), "example.com");
  EXPECT_EQ(Special("a_b-.example"), "a_b-.example");
}

TEST(HostTest, ReadsEveryFormOfAnIpv4Address) {
  for (const char* input :
       {"127.0.0.1", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "0x7F000001", "127.0.0.1.",
        "%31%32%37.0.0.1", "１２７.0.0.1", "127。0。0。1"}) {
    const auto host = ParseHost(input, true);
    ASSERT_TRUE(host.ok()) << input;
    EXPECT_EQ(host->text, "127.0.0.1") << input;
    ASSERT_TRUE(host->address.has_value()) << input;
    EXPECT_EQ(host->address->v4_bits(), 0x7F000001U) << input;
  }
}

TEST(HostTest, RefusesWhatEndsInANumberAndIsNoAddress) {
  for (const char* input : {"1.2.3.256", "256.1.1.1", "4294967296", "1.2.3.4.5", "a.1", "1..2",
                            "0x100000000", "08.1.1.1"}) {
    EXPECT_EQ(Special(input), "none") << input;
  }
  EXPECT_EQ(Special("1.0x"), "1.0.0.0") << "0x alone is zero";
}

TEST(HostTest, KeepsNamesThatOnlyLookLikeNumbers) {
  EXPECT_EQ(Special("10.example"), "10.example");
  EXPECT_EQ(Special("0x7f.example"), "0x7f.example");
  EXPECT_FALSE(ParseHost("10.example", true)->address.has_value());
}

TEST(HostTest, RefusesForbiddenCharacters) {
  for (const char* input : {"a b", "a%00b", "a<b", "a^b", "a|b", "a%25b", "a\x7F", "a:b", ""}) {
    EXPECT_EQ(Special(input), "none") << input;
  }
}

TEST(HostTest, EncodesOpaqueHostsInsteadOfMappingThem) {
  EXPECT_EQ(ParseHost("Ab%20é", false)->text, "Ab%20%C3%A9");
  EXPECT_FALSE(ParseHost("a b", false).ok());
}

TEST(HostTest, SerializesIpv6InBrackets) {
  EXPECT_EQ(Special("[0:0::1]"), "[::1]");
  EXPECT_EQ(Special("[::1"), "none");
  EXPECT_EQ(Special("[1.2.3.4]"), "none");
}

TEST(IdnaTest, MapsByUts46WithTheCurrentTables) {
  EXPECT_EQ(*DomainToAscii("Bücher.example"), "xn--bcher-kva.example");
  EXPECT_EQ(*DomainToAscii("faß.de"), "xn--fa-hia.de") << "not transitional";
  EXPECT_EQ(*DomainToAscii("ẞ.de"), "xn--zca.de") << "as of Unicode 15.1";
  EXPECT_EQ(*DomainToAscii("a\u00ADb.é"), "ab.xn--9ca");
}

TEST(IdnaTest, TakesAnyAsciiDomainAsItIs) { EXPECT_EQ(*DomainToAscii("XN--0.Com"), "xn--0.com"); }

TEST(IdnaTest, ChecksBidiJoinersMarksAndPunycodeBesideOtherScripts) {
  for (const char* domain : {"אa", "0à.א", "ab\u200Dc", "\u0301a", "é.xn--0", "é.xn--",
                             "é.xn--abc-", "\u00AD", "\uFFFD.com", "xn--tešla"}) {
    EXPECT_FALSE(DomainToAscii(domain).ok()) << domain;
  }
  EXPECT_TRUE(DomainToAscii("אב.example").ok());
  EXPECT_TRUE(DomainToAscii("क्\u200Dष").ok()) << "a joiner after a virama";
}

}  // namespace
}  // namespace sluice::url
