#include "pipeline/url/normalized_url.h"

#include <gtest/gtest.h>

#include "absl/container/flat_hash_set.h"

namespace sluice::url {
namespace {

std::string Normal(std::string_view input) {
  const auto url = NormalizedUrl::Parse(input);
  return url.ok() ? url->text() : "none";
}

TEST(NormalizedUrlTest, GivesEqualPagesOneSpelling) {
  EXPECT_EQ(Normal("HTTP://A.Example.:80/%7efoo/?b=%7a#top"), "http://a.example/~foo/?b=z");
  EXPECT_EQ(Normal("https://a.example?"), "https://a.example/");
  EXPECT_EQ(Normal("https://a.example/%e2%82%ac"), "https://a.example/%E2%82%AC");
}

TEST(NormalizedUrlTest, TakesTrackingParametersOut) {
  EXPECT_EQ(Normal("https://a.example/p?utm_source=x&id=7&UTM_Medium=y&fbclid=z&gclid=1"),
            "https://a.example/p?id=7");
  EXPECT_EQ(Normal("https://a.example/p?utm%5Fsource=x&&a"), "https://a.example/p?a");
  EXPECT_EQ(Normal("https://a.example/p?mc_cid=1"), "https://a.example/p");
}

TEST(NormalizedUrlTest, KeepsWhatServersTellApart) {
  EXPECT_EQ(Normal("http://www.a.example/x/?b=2&a=1&a="), "http://www.a.example/x/?b=2&a=1&a=");
  EXPECT_EQ(Normal("https://a.example/a%2Fb"), "https://a.example/a%2Fb");
  EXPECT_EQ(Normal("https://a.example/?source=rss&ref=home"),
            "https://a.example/?source=rss&ref=home");
}

TEST(NormalizedUrlTest, IsStable) {
  for (const char* input :
       {"https://a.example/%7e?x=%41%zz#f", "http://a.example:8080/a//b?utm_x=1",
        "https://bücher.example/ü?ü=1&fbclid="}) {
    const std::string once = Normal(input);
    EXPECT_EQ(Normal(once), once) << input;
  }
}

TEST(NormalizedUrlTest, RefusesOtherSchemesAndCredentials) {
  EXPECT_EQ(Normal("ftp://a.example/"), "none");
  EXPECT_EQ(Normal("mailto:x@a.example"), "none");
  EXPECT_EQ(Normal("https://user@a.example/"), "none");
  const auto status = NormalizedUrl::Parse("https://user:secret@a.example/").status();
  EXPECT_EQ(status.message().find("secret"), std::string::npos) << status.message();
}

TEST(NormalizedUrlTest, KnowsItsPartition) {
  const auto url = NormalizedUrl::Parse("https://news.bbc.co.uk:444/x");
  EXPECT_EQ(url->registrable_domain(), "bbc.co.uk");
  EXPECT_EQ(url->port(), 444);
}

TEST(NormalizedUrlTest, HashesAsItCompares) {
  absl::flat_hash_set<NormalizedUrl> known;
  known.insert(*NormalizedUrl::Parse("http://a.example/"));
  EXPECT_TRUE(known.contains(*NormalizedUrl::Parse("http://A.example:80#x")));
  EXPECT_FALSE(known.contains(*NormalizedUrl::Parse("http://a.example/b")));
}

}  // namespace
}  // namespace sluice::url
