#include "pipeline/url/registrable_domain.h"

#include <gtest/gtest.h>

namespace sluice::url {
namespace {

TEST(RegistrableDomainTest, TakesOneLabelMoreThanThePublicSuffix) {
  EXPECT_EQ(RegistrableDomain("news.bbc.co.uk"), "bbc.co.uk");
  EXPECT_EQ(RegistrableDomain("example.com"), "example.com");
  EXPECT_EQ(RegistrableDomain("a.city.kawasaki.jp"), "city.kawasaki.jp")
      << "an exception of the list";
  EXPECT_EQ(RegistrableDomain("shop.xn--85x722f.xn--55qx5d.cn"), "xn--85x722f.xn--55qx5d.cn");
}

TEST(RegistrableDomainTest, CountsPrivateSuffixes) {
  EXPECT_EQ(RegistrableDomain("x.alice.github.io"), "alice.github.io");
}

TEST(RegistrableDomainTest, LeavesAddressesSuffixesAndSingleLabels) {
  EXPECT_EQ(RegistrableDomain("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(RegistrableDomain("[::1]"), "[::1]");
  EXPECT_EQ(RegistrableDomain("co.uk"), "co.uk");
  EXPECT_EQ(RegistrableDomain("localhost"), "localhost");
  EXPECT_EQ(RegistrableDomain(""), "");
}

TEST(RegistrableDomainTest, PassesOverTheFinalDot) {
  EXPECT_EQ(RegistrableDomain("a.example.com."), "example.com");
}

TEST(RegistrableDomainTest, TellsSitesApart) {
  EXPECT_TRUE(SameSite("www.example.com", "m.example.com"));
  EXPECT_FALSE(SameSite("alice.github.io", "bob.github.io"));
}

}  // namespace
}  // namespace sluice::url
