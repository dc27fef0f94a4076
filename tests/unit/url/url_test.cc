#include "pipeline/url/url.h"

#include <gtest/gtest.h>

namespace sluice::url {
namespace {

std::string Href(std::string_view input) {
  const auto url = Url::Parse(input);
  return url.ok() ? url->href() : "none";
}

std::string Resolved(std::string_view base, std::string_view input) {
  const auto parsed = Url::Parse(base);
  EXPECT_TRUE(parsed.ok()) << base;
  const auto url = Url::Parse(input, *parsed);
  return url.ok() ? url->href() : "none";
}

TEST(UrlTest, TellsTheParts) {
  const Url url = *Url::Parse("https://us%er:p:w@News.Example:8443/a/./b/../c?q=1#frag ment");
  EXPECT_EQ(url.href(), "https://us%er:p%3Aw@news.example:8443/a/c?q=1#frag%20ment");
  EXPECT_EQ(url.scheme(), "https");
  EXPECT_EQ(url.username(), "us%er");
  EXPECT_EQ(url.password(), "p%3Aw");
  EXPECT_EQ(url.host(), "news.example");
  EXPECT_EQ(url.port(), 8443);
  EXPECT_EQ(url.path(), "/a/c");
  EXPECT_EQ(url.query(), "q=1");
  EXPECT_EQ(url.fragment(), "frag%20ment");
  EXPECT_EQ(url.Origin(), "https://news.example:8443");
  EXPECT_EQ(url.PathAndQuery(), "/a/c?q=1");
}

TEST(UrlTest, DropsTheDefaultPortAndKeepsZero) {
  EXPECT_EQ(Href("http://a:80/"), "http://a/");
  EXPECT_EQ(Href("https://a:0443/"), "https://a/");
  EXPECT_EQ(Href("http://a:/"), "http://a/");
  EXPECT_EQ(Href("http://a:0/"), "http://a:0/");
  EXPECT_EQ(Url::Parse("https://a/")->EffectivePort(), 443);
  EXPECT_EQ(Href("http://a:65536/"), "none");
  EXPECT_EQ(Href("http://a:8a/"), "none");
}

TEST(UrlTest, DropsControlsAroundAndLineEndsInside) {
  EXPECT_EQ(Href("\x01 ht\ntp://a/\tb \x1F"), "http://a/b");
}

TEST(UrlTest, TakesSlashesOfSpecialSchemesAsTheyCome) {
  EXPECT_EQ(Href("http:a/b"), "http://a/b");
  EXPECT_EQ(Href("http:\\\\a\\b"), "http://a/b");
  EXPECT_EQ(Href("https:////a"), "https://a/");
  EXPECT_EQ(Href("http://a\\@b/"), "http://a/@b/");
}

TEST(UrlTest, LetsTheLastAtSignEndTheCredentials) {
  const Url url = *Url::Parse("http://a@b@127.0.0.1/");
  EXPECT_EQ(url.host(), "127.0.0.1");
  EXPECT_EQ(url.username(), "a%40b");
  EXPECT_TRUE(url.HasCredentials());
  EXPECT_EQ(Href("http://user@/"), "none");
}

TEST(UrlTest, RemovesDotSegmentsHoweverTheyAreWritten) {
  EXPECT_EQ(Href("http://a/b/%2e%2E/c/%2e"), "http://a/c/");
  EXPECT_EQ(Href("http://a/../../b/.."), "http://a/");
  EXPECT_EQ(Href("https://example.com/aaa/bbb/%2e%2e?query"), "https://example.com/aaa/?query");
}

TEST(UrlTest, ResolvesRelativeReferences) {
  constexpr const char* kBase = "http://a/b/c/d?q#f";
  EXPECT_EQ(Resolved(kBase, "g"), "http://a/b/c/g");
  EXPECT_EQ(Resolved(kBase, "../g"), "http://a/b/g");
  EXPECT_EQ(Resolved(kBase, "/g"), "http://a/g");
  EXPECT_EQ(Resolved(kBase, "//g"), "http://g/");
  EXPECT_EQ(Resolved(kBase, "?y"), "http://a/b/c/d?y");
  EXPECT_EQ(Resolved(kBase, "#s"), "http://a/b/c/d?q#s");
  EXPECT_EQ(Resolved(kBase, ""), "http://a/b/c/d?q");
  EXPECT_EQ(Resolved(kBase, "http:g"), "http://a/b/c/g") << "the same scheme is no scheme";
  EXPECT_EQ(Resolved(kBase, "https:g"), "https://g/");
}

TEST(UrlTest, NeedsABaseForRelativeReferences) {
  EXPECT_EQ(Href("/a"), "none");
  EXPECT_EQ(Href(""), "none");
  EXPECT_EQ(Resolved("mailto:x@y", "a"), "none");
  EXPECT_EQ(Resolved("mailto:x@y", "#a"), "mailto:x@y#a");
}

TEST(UrlTest, KnowsDriveLettersOfFileUrls) {
  EXPECT_EQ(Href("file:///C|/a/../.."), "file:///C:/");
  EXPECT_EQ(Href("file://localhost/x"), "file:///x");
  EXPECT_EQ(Resolved("file:///C:/a/b", "/x"), "file:///C:/x");
  EXPECT_EQ(Resolved("file:///C:/a/b", "D|/x"), "file:///D:/x");
}

TEST(UrlTest, KeepsOpaquePathsAndTheirLastBlank) {
  EXPECT_EQ(Href("javascript:alert(1) ?x"), "javascript:alert(1)%20?x");
  EXPECT_TRUE(Url::Parse("tag:a.example,2004:x")->HasOpaquePath());
  EXPECT_EQ(Href("foo:/.//p"), "foo:/.//p") << "or the path would become a host";
}

TEST(UrlTest, EncodesByPart) {
  EXPECT_EQ(Href("http://a/ \"^`{}?'\"<> #`\""),
            "http://a/%20%22%5E%60%7B%7D?%27%22%3C%3E%20#%60%22");
  EXPECT_EQ(Href("foo://a/?'"), "foo://a/?'");
}

TEST(UrlTest, ReplacesIllFormedUtf8) { EXPECT_EQ(Href("http://a/\xFF"), "http://a/%EF%BF%BD"); }

TEST(UrlTest, RefusesWhatIsLongerThanTheLimit) {
  const std::string path(100, 'x');
  EXPECT_FALSE(Url::Parse("http://a/" + path, Url::Limits{.input_bytes_max = 50}).ok());
}

TEST(UrlTest, SaysWhatIsWrong) {
  EXPECT_NE(Url::Parse("http://a:99999/").status().message().find("65535"), std::string::npos);
}

}  // namespace
}  // namespace sluice::url
