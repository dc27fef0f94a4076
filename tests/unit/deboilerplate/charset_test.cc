#include "services/deboilerplate/charset.h"

#include <gtest/gtest.h>

namespace sluice::deboilerplate {
namespace {

std::string Read(std::string_view bytes, std::string_view hint, std::string* charset = nullptr) {
  Decoded decoded;
  DecodeToUtf8(bytes, hint, decoded);
  if (charset != nullptr) *charset = decoded.charset;
  return std::string(decoded.text);
}

TEST(CharsetTest, ValidUtf8IsNotCopied) {
  const std::string bytes = "<p>Gr\u00FC\u00DFe \u4E2D\u6587</p>";
  Decoded decoded;
  DecodeToUtf8(bytes, "", decoded);
  EXPECT_EQ(decoded.text.data(), bytes.data());
}

TEST(CharsetTest, ByteOrderMarksDecideBeforeAllElse) {
  EXPECT_EQ(Read("\xEF\xBB\xBFhi", "iso-8859-1"), "hi");
  EXPECT_EQ(Read(std::string_view("\xFF\xFEh\0i\0", 6), "utf-8"), "hi");
  EXPECT_EQ(Read(std::string_view("\xFE\xFF\0h\0i", 6), ""), "hi");
}

TEST(CharsetTest, HeaderDecidesBeforeMeta) {
  EXPECT_EQ(Read("<meta charset=koi8-r>\xE4", "windows-1251"), "<meta charset=koi8-r>\u0434");
}

TEST(CharsetTest, LatinInAHeaderIsWhatServersSayWhenNobodyToldThem) {
  EXPECT_EQ(Read("caf\u00E9 \u0414\u0430", "iso-8859-1"), "caf\u00E9 \u0414\u0430");
  EXPECT_EQ(Read("<meta charset=windows-1251>\xCF", "iso-8859-1"),
            "<meta charset=windows-1251>\u041F");
  EXPECT_EQ(Read("<meta charset=utf-8>\xE4", "iso-8859-1"), "<meta charset=utf-8>\u00E4");
}

TEST(CharsetTest, CharsetsThatCannotBeTrueDoNotHideTheMeta) {
  for (const char* before :
       {"<script src=a.js charset=utf-8></script>", "<?xml version='1.0' encoding='utf-8'?>",
        "<link rel=stylesheet href=a.css charset=\"UTF-8\">", "<a href='?charset=none'>"}) {
    EXPECT_EQ(Read(std::string(before) + "<meta charset=windows-1251>\xCF", ""),
              std::string(before) + "<meta charset=windows-1251>\u041F");
  }
}

TEST(CharsetTest, MetaDecidesWhereBytesAreNotUtf8) {
  std::string charset;
  EXPECT_EQ(Read("<meta charset=\"windows-1251\">\xCF\xF0\xE8\xE2\xE5\xF2", "", &charset),
            "<meta charset=\"windows-1251\">\u041F\u0440\u0438\u0432\u0435\u0442");
  EXPECT_EQ(charset, "windows-1251");
  for (const char* meta : {"<meta charset = 'windows-1251' >", "<META CHARSET=windows-1251>",
                           "<meta http-equiv=content-type content='text/html; "
                           "charset=windows-1251'>"}) {
    EXPECT_EQ(Read(std::string(meta) + "\xCF", ""), std::string(meta) + "\u041F");
  }
}

TEST(CharsetTest, UnknownBytesAreWindows1252) {
  EXPECT_EQ(Read("caf\xE9 \x93quoted\x94", ""), "caf\u00E9 \u201Cquoted\u201D");
}

TEST(CharsetTest, PagesOfAnyLengthAreReadWhole) {
  std::string bytes;
  std::string text;
  for (int i = 0; i < 10'000; ++i) {
    bytes += "\x82\xA0";
    text += "\u3042";
    if (i % 100 == 0) bytes += 'x', text += 'x';
  }
  EXPECT_EQ(Read(bytes, "shift_jis"), text);
  EXPECT_EQ(Read(bytes + "\x82", "shift_jis"), text + "\uFFFD") << "cut within a character";
}

TEST(CharsetTest, AFewBadBytesDoNotChangeAUtf8Page) {
  std::string bytes;
  for (int i = 0; i < 50; ++i) bytes += "\u00E4\u00F6\u00FC ";
  EXPECT_EQ(Read(bytes + "\xFF", ""), bytes + "\uFFFD");
}

TEST(CharsetTest, MultiByteCharsetsAreRead) {
  EXPECT_EQ(Read("\xC4\xE3\xBA\xC3", "gb2312"), "\u4F60\u597D");
  EXPECT_EQ(Read("\x82\xA0", "shift_jis"), "\u3042");
}

}  // namespace
}  // namespace sluice::deboilerplate
