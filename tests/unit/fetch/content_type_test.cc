#include "services/fetch/content_type.h"

#include <gtest/gtest.h>

namespace sluice::fetch {
namespace {

TEST(ContentTypeTest, TakesTheHeaderApart) {
  struct Case {
    std::string_view header, media_type, charset;
  };
  const Case cases[] = {
      {"text/html", "text/html", ""},
      {"Text/HTML; Charset=UTF-8", "text/html", "UTF-8"},
      {"text/html;charset=\"koi8-r\"", "text/html", "koi8-r"},
      {"text/html; charset='utf-8'", "text/html", "utf-8"},
      {"text/html; boundary=x; charset = big5 ; charset=utf-8", "text/html", "big5"},
      {" application/xhtml+xml ;", "application/xhtml+xml", ""},
      {"", "", ""},
      {"html", "", ""},
      {"text/", "", ""},
      {"text/html, text/plain", "", ""},
      {"; charset=utf-8", "", "utf-8"},
      {"text/html; charset=", "text/html", ""},
      {"text/html; charset=a b", "text/html", ""},
  };
  for (const Case& c : cases) {
    const ContentType parsed = ParseContentType(c.header);
    EXPECT_EQ(parsed.media_type, c.media_type) << c.header;
    EXPECT_EQ(parsed.charset, c.charset) << c.header;
  }
}

TEST(ContentTypeTest, BoundsACharset) {
  EXPECT_EQ(ParseContentType("text/html; charset=" + std::string(1000, 'x')).charset, "");
}

TEST(ContentTypeTest, TellsPagesFromOtherMedia) {
  EXPECT_TRUE(IsPage("text/html"));
  EXPECT_TRUE(IsPage("application/xhtml+xml"));
  EXPECT_TRUE(IsPage("text/plain"));
  EXPECT_TRUE(IsPage(""));
  EXPECT_FALSE(IsPage("application/pdf"));
  EXPECT_FALSE(IsPage("application/rss+xml"));
  EXPECT_FALSE(IsPage("image/png"));
}

}  // namespace
}  // namespace sluice::fetch
