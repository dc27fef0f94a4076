#include "services/dedupe/page_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::dedupe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Arrival At(std::string_view url) {
  Arrival arrival;
  SetAddress(url, arrival);
  return arrival;
}

TEST(PageAddressTest, IsThatOfTheUrlInItsOneSpelling) {
  const Arrival page = At("https://news.x.example/a%7Eb?utm_source=mail&id=1#top");
  EXPECT_THAT(page.urls, ElementsAre(HashUrl("https://news.x.example/a~b?id=1")));
  EXPECT_EQ(page.site, HashSite("x.example"));
  EXPECT_EQ(At("https://www.x.example/2").site, page.site);
  EXPECT_NE(At("https://y.example/2").site, page.site);
}

TEST(PageAddressTest, IsAsItIsWrittenWhereItIsNoWebAddress) {
  EXPECT_THAT(At("x.example/1").urls, ElementsAre(HashUrl("https://x.example/1")));
  EXPECT_EQ(At("x.example/1").site, 0U);
  EXPECT_THAT(At("").urls, IsEmpty());
  EXPECT_THAT(At("https://x.example/").urls, IsEmpty()) << "no page of its own";
}

TEST(PageAddressTest, KnowsAPageByItsUrlHoweverItIsWritten) {
  EXPECT_EQ(HashUrl("https://www.x.example/a/"), HashUrl("http://x.example/a#b"));
  EXPECT_NE(HashUrl("https://x.example/a"), HashUrl("https://x.example/b"));
  for (const std::string_view root : {"", "https://x.example", "https://www.x.example/#top"}) {
    EXPECT_EQ(HashUrl(root), 0U) << root;
  }
  EXPECT_NE(HashUrl("https://x.example/?p=1"), 0U);
}

}  // namespace
}  // namespace sluice::dedupe
