#include "services/fetch/xml_encoding.h"

#include <gtest/gtest.h>

namespace sluice::fetch {
namespace {

using namespace std::string_view_literals;

// "encoding: text".
std::string Read(std::string_view bytes, std::string_view charset = "") {
  const DecodedText text = DecodeXml(bytes, charset);
  return text.encoding + ": " + text.utf8;
}

TEST(XmlEncodingTest, BelievesTheByteOrderMarkFirst) {
  EXPECT_EQ(Read("\xEF\xBB\xBF<a>é", "koi8-r"), "utf-8: <a>é");
  EXPECT_EQ(Read("\xFE\xFF\0<\0a"sv), "utf-16be: <a");
  EXPECT_EQ(Read("\xFF\xFE<\0a\0"sv), "utf-16le: <a");
  EXPECT_EQ(Read("\xFF\xFE\0\0<\0\0\0"sv), "utf-32le: <");
}

TEST(XmlEncodingTest, SeesWideCharactersWithoutAMark) {
  EXPECT_EQ(Read("\0<\0a"sv), "utf-16be: <a");
  EXPECT_EQ(Read("<\0a\0"sv, "utf-8"), "utf-16le: <a");
  EXPECT_EQ(Read("\0\0\0<"sv), "utf-32be: <");
}

TEST(XmlEncodingTest, BelievesTheHeaderBeforeTheDeclaration) {
  EXPECT_EQ(Read("<?xml version='1.0' encoding='koi8-r'?>\xC9", "windows-1251"),
            "windows-1251: <?xml version='1.0' encoding='koi8-r'?>Й");
  EXPECT_EQ(Read("<?xml encoding=\"koi8-r\"?>\xC9"), "koi8-r: <?xml encoding=\"koi8-r\"?>и");
}

TEST(XmlEncodingTest, DoesNotBelieveALatinHeaderOverPlainUtf8) {
  EXPECT_EQ(Read("<a>é", "iso-8859-1"), "utf-8: <a>é");
  EXPECT_EQ(Read("<a>\xE9", "iso-8859-1"), "windows-1252: <a>é");
  EXPECT_EQ(Read("<a>b", "us-ascii"), "windows-1252: <a>b");
}

TEST(XmlEncodingTest, ReadsADeclaredUtf16ThatIsAscii) {
  EXPECT_EQ(Read("<?xml encoding='utf-16'?>"), "utf-8: <?xml encoding='utf-16'?>");
}

TEST(XmlEncodingTest, ReadsStrayBytesInUtf8AsWindows1252) {
  EXPECT_EQ(Read("<a>Ѩ Espa\xF1"
                 "a \x93x\x94"),
            "windows-1252: <a>Ѩ España “x”");
}

TEST(XmlEncodingTest, GuessesByTheLettersWhereNothingTells) {
  constexpr std::string_view kEucJp =
      "<a>"
      "\xC5\xEC\xB5\xFE\xA4\xC7\xA5\xCB\xA5\xE5\xA1\xBC\xA5\xB9\xA4\xF2\xC6\xC9\xA4\xE0\xBF\xCD\xA1"
      "\xA3</a>";
  EXPECT_EQ(Read(kEucJp), "euc-jp: <a>東京でニュースを読む人。</a>");
}

TEST(XmlEncodingTest, PassesOverUnknownLabels) {
  EXPECT_EQ(Read("<?xml encoding='no-such'?>é", "x-nothing"), "utf-8: <?xml encoding='no-such'?>é");
}

TEST(XmlEncodingTest, NamesEncodingsByAnyLabel) {
  EXPECT_EQ(EncodingOfLabel("ISO-8859-1"), "windows-1252");
  EXPECT_EQ(EncodingOfLabel("gb2312"), "gbk");
  EXPECT_EQ(EncodingOfLabel("UTF-32BE"), "utf-32be");
  EXPECT_EQ(EncodingOfLabel("x-nothing"), "");
}

TEST(XmlEncodingTest, FindsTheCharsetOfAContentType) {
  EXPECT_EQ(CharsetOfContentType("text/xml; charset=utf-8"), "utf-8");
  EXPECT_EQ(CharsetOfContentType("text/xml;x=y; CHARSET = \"koi8-r\" ; z"), "koi8-r");
  EXPECT_EQ(CharsetOfContentType("text/xml;charset= 'us-ascii'"), "us-ascii");
  EXPECT_EQ(CharsetOfContentType("text/xml"), "");
  EXPECT_EQ(CharsetOfContentType("text/xml; charset=\"\""), "");
}

TEST(XmlEncodingTest, WritesNoSurrogates) {
  std::string out;
  for (const char32_t point : {U'a', U'é', U'€', U'💩', char32_t{0xD800}, char32_t{0x110000}}) {
    AppendUtf8(point, out);
  }
  EXPECT_EQ(out, "aé€💩\uFFFD\uFFFD");
}

}  // namespace
}  // namespace sluice::fetch
