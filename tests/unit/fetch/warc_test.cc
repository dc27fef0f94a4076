#include "services/fetch/warc.h"

#include <absl/strings/ascii.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/codec/compress.h"
#include "tests/unit/fetch/piecewise_source.h"

namespace sluice::fetch {
namespace {

using codec::testing::Gzip;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Record(std::string_view url, std::string_view block, std::string_view length = "") {
  return fmt::format(
      "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {}\r\nWARC-Date: "
      "2024-01-02T03:04:05Z\r\n"
      "Content-Type: application/http; msgtype=response\r\nContent-Length: {}\r\n\r\n{}\r\n\r\n",
      url, length.empty() ? std::to_string(block.size()) : std::string(length), block);
}

// What the reader tells: "url: block" of records, "! kind offset" of damage.
std::vector<std::string> Read(std::string_view bytes, const WarcReader::Limits& limits = {},
                              size_t piece = 1 << 20) {
  PiecewiseSource source(bytes, piece);
  const auto reader = WarcReader::Create(source, limits);
  EXPECT_TRUE(reader.ok());
  std::vector<std::string> told;
  while (true) {
    const auto event = (*reader)->Next();
    EXPECT_TRUE(event.ok()) << event.status();
    if (!event.ok() || *event == WarcReader::Event::kEnd) return told;
    if (*event == WarcReader::Event::kRecord) {
      const WarcRecord& record = (*reader)->record();
      told.push_back(fmt::format("{}: {}", record.url, record.block));
    } else {
      const WarcDamage& damage = (*reader)->damage();
      told.push_back(fmt::format("! {} {}", NameOf(damage.kind), damage.offset));
    }
  }
}

TEST(WarcTest, ReadsPlainRecords) {
  EXPECT_THAT(Read(Record("a", "one") + Record("<b>", "") + Record("c", "three")),
              ElementsAre("a: one", "b: ", "c: three"));
  EXPECT_THAT(Read(""), ElementsAre());
}

TEST(WarcTest, ReadsAMemberARecordAndOneStreamAroundAll) {
  const std::string a = Record("a", "one");
  const std::string b = Record("b", "two");
  EXPECT_THAT(Read(Gzip(a) + Gzip(b)), ElementsAre("a: one", "b: two"));
  EXPECT_THAT(Read(Gzip(a + b)), ElementsAre("a: one", "b: two"));
  EXPECT_THAT(Read(Gzip(a) + Gzip("") + Gzip(b)), ElementsAre("a: one", "b: two"));
}

TEST(WarcTest, ReadsTheSameHoweverTheBytesCome) {
  std::string plain, gzip;
  for (int i = 0; i < 20; ++i) {
    const std::string record =
        Record(fmt::format("u{}", i), std::string(static_cast<size_t>(i) * 997, 'x'));
    plain += record;
    gzip += Gzip(record);
  }
  for (const std::string& bytes : {plain, gzip, Gzip(plain)}) {
    const auto whole = Read(bytes);
    EXPECT_EQ(whole.size(), 20U);
    EXPECT_EQ(Read(bytes, {}, 1), whole);
    EXPECT_EQ(Read(bytes, {}, 13), whole);
  }
}

TEST(WarcTest, ReadsRecordsWhoseLinesEndWithoutACarriageReturn) {
  const auto bare = [](std::string record) {
    std::erase(record, '\r');
    return record;
  };
  const std::string a = bare(Record("a", "one"));
  const std::string b = bare("WARC/1.0\nX: 1\n\t2\nWARC-Target-URI: b\nContent-Length: 0\n\n\n\n");
  EXPECT_THAT(Read(a + b + a), ElementsAre("a: one", "b: ", "a: one"));
  EXPECT_THAT(Read(Gzip(a) + Gzip(b)), ElementsAre("a: one", "b: "));
}

TEST(WarcTest, KeepsTheHeadersOfARecordThatMovesItsWindow) {
  const std::string bytes = Record("a", std::string(300'000, 'x'));
  for (const std::string& archive : {bytes, Gzip(bytes)}) {
    PiecewiseSource source(archive, 10'000);
    const auto reader = WarcReader::Create(source, {});
    ASSERT_EQ(*(*reader)->Next(), WarcReader::Event::kRecord);
    const WarcRecord& record = (*reader)->record();
    EXPECT_EQ(record.headers.size(), 5U);
    EXPECT_EQ(record.type, "response");
    EXPECT_EQ(record.header("content-length"), "300000");
  }
}

TEST(WarcTest, TellsHeadersTypeDateAndOffset) {
  const std::string bytes = Record("a", "x") +
                            "WARC/1.1\r\nwarc-type: Resource\r\nX-Folded: one\r\n two\r\n"
                            "CONTENT-LENGTH: 1\r\n\r\ny\r\n\r\n";
  MemorySource source(bytes);
  const auto reader = WarcReader::Create(source, {});
  ASSERT_EQ(*(*reader)->Next(), WarcReader::Event::kRecord);
  EXPECT_EQ((*reader)->record().date, "2024-01-02T03:04:05Z");
  EXPECT_TRUE((*reader)->record().is_http());
  ASSERT_EQ(*(*reader)->Next(), WarcReader::Event::kRecord);
  const WarcRecord& record = (*reader)->record();
  EXPECT_EQ(record.type, "Resource");
  EXPECT_EQ(record.header("x-folded"), "one   two");
  EXPECT_EQ(record.offset, Record("a", "x").size());
  EXPECT_FALSE(record.is_http());
}

TEST(WarcTest, GivesTheOffsetOfTheMember) {
  const std::string first = Gzip(Record("a", "x"));
  const std::string bytes = first + Gzip(Record("b", "y"));
  MemorySource source(bytes);
  const auto reader = WarcReader::Create(source, {});
  ASSERT_EQ(*(*reader)->Next(), WarcReader::Event::kRecord);
  EXPECT_EQ((*reader)->record().offset, 0U);
  ASSERT_EQ(*(*reader)->Next(), WarcReader::Event::kRecord);
  EXPECT_EQ((*reader)->record().offset, first.size());
}

TEST(WarcTest, TakesALastRecordWithoutItsLineEnds) {
  std::string bytes = Record("a", "x") + Record("b", "y");
  bytes.resize(bytes.size() - 4);
  EXPECT_THAT(Read(bytes), ElementsAre("a: x", "b: y"));
  EXPECT_THAT(Read(Gzip(bytes)), ElementsAre("a: x", "b: y"));
}

TEST(WarcTest, TellsNoRecordThatIsCutOff) {
  const std::string a = Record("a", "x");
  const std::string b = Record("b", "a longer block");
  for (size_t keep = 1; keep < b.size() - 4; ++keep) {
    const auto told = Read(a + b.substr(0, keep));
    ASSERT_EQ(told.size(), 2U) << keep;
    EXPECT_EQ(told[0], "a: x");
    // Less than its first word could be anything.
    EXPECT_EQ(told[1], fmt::format("! {} {}", keep < 5 ? "bad header" : "truncated", a.size()));
  }
  const std::string gzip = Gzip(b);
  for (size_t keep = 1; keep < gzip.size(); ++keep) {
    const auto told = Read(Gzip(a) + gzip.substr(0, keep));
    ASSERT_EQ(told.size(), 2U) << keep;
    EXPECT_THAT(told[1], HasSubstr("! ")) << keep;
  }
}

TEST(WarcTest, TellsNoRecordWhoseLengthLiesAndGoesOnAtTheNext) {
  const std::string a = Record("a", "x");
  const std::string c = Record("c", "z");
  for (const std::string_view length :
       {"1", "9", "11", "40", "500", "99999999999999999999", "-5", "x", "1 2", "0x1"}) {
    const auto told = Read(a + Record("b", "0123456789", length) + c);
    const bool number = length.size() < 10 && std::ranges::all_of(length, absl::ascii_isdigit);
    const std::string_view kind = length == "500" ? "truncated"
                                  : number        ? "bad length"
                                                  : "bad header";
    EXPECT_THAT(told, ElementsAre("a: x", fmt::format("! {} {}", kind, a.size()), "c: z"))
        << length;
    EXPECT_THAT(Read(Gzip(a) + Gzip(Record("b", "0123456789", length)) + Gzip(c)),
                ElementsAre("a: x", HasSubstr("! "), "c: z"))
        << length;
  }
}

TEST(WarcTest, GoesOnBehindGarbageAndDamagedMembers) {
  const std::string a = Record("a", "x");
  EXPECT_THAT(Read("<html>no\n</html>\n" + a), ElementsAre("! bad header 0", "a: x"));
  EXPECT_THAT(Read(a + "garbage"), ElementsAre("a: x", HasSubstr("! bad header")));
  std::string damaged = Gzip(Record("b", std::string(500, 'q') + "unlike"));
  damaged[damaged.size() - 6] ^= 0x20;  // Its checksum.
  EXPECT_THAT(Read(damaged + Gzip(a)), ElementsAre("! corrupt 0", "a: x"));
  EXPECT_THAT(Read(Gzip(a) + "junk" + Gzip(a)),
              ElementsAre("a: x", HasSubstr("! corrupt"), "a: x"));
  EXPECT_THAT(Read(Gzip(a) + std::string(100, '\0')), ElementsAre("a: x")) << "padding";
}

TEST(WarcTest, FindsTheNextRecordBehindGarbageOfAnyLength) {
  const std::string a = Record("a", "x");
  for (const size_t lines : {1, 800, 7'900}) {
    for (size_t shift = 1; shift < 2'100; shift += 70) {
      std::string garbage(shift, 'g');
      for (size_t i = 0; i < lines; ++i) garbage += "\nWARC/1";
      EXPECT_THAT(Read(garbage + "\n" + a), ElementsAre("! bad header 0", "a: x"))
          << lines << ' ' << shift;
    }
  }
}

TEST(WarcTest, TakesNoLineOfGarbageForARecord) {
  const std::string a = Record("a", "x");
  for (const char* line :
       {"WARC/1.0", "WARC/1.0 is what this archive is in:", "WARC/1.0\n", "WARC/1.0\n: nothing",
        "WARC/1.0\nno header", "WARC/", "its WARC/1.0\nWARC-Type: response"}) {
    EXPECT_THAT(Read("garbage\n" + std::string(line) + "\n" + a),
                ElementsAre("! bad header 0", "a: x"))
        << line;
  }
}

TEST(WarcTest, IsNotFooledByABlockThatLooksLikeARecord) {
  EXPECT_THAT(Read(Record("a", "\r\n\r\n" + Record("no", "x"))).size(), 1U);
}

TEST(WarcTest, PassesOverRecordsAboveTheLimit) {
  const WarcReader::Limits limits = {.record_bytes_max = 1000, .header_bytes_max = 500};
  const std::string large = Record("large", std::string(50'000, 'x'));
  const std::string small = Record("small", "y");
  EXPECT_THAT(Read(large + small, limits), ElementsAre("! too large 0", "small: y"));
  EXPECT_THAT(Read(Gzip(large) + Gzip(small), limits), ElementsAre("! too large 0", "small: y"));
  EXPECT_THAT(Read(Gzip(large + small), limits), ElementsAre("! too large 0", "small: y"));
}

TEST(WarcTest, TakesNothingInARecordAboveTheLimitForRecords) {
  const WarcReader::Limits limits = {.record_bytes_max = 1000, .header_bytes_max = 500};
  const std::string forged = "\r\n\r\n" + Record("forged", "x");
  const std::string large =
      Record("large", std::string(100'000, 'x') + forged + forged + Record("no", ""));
  const std::string small = Record("small", "y");
  for (const size_t piece : {size_t{7}, size_t{1} << 20}) {
    EXPECT_THAT(Read(large + small, limits, piece), ElementsAre("! too large 0", "small: y"));
    EXPECT_THAT(Read(Gzip(large) + Gzip(small), limits, piece),
                ElementsAre("! too large 0", "small: y"));
    EXPECT_THAT(Read(Gzip(large + small), limits, piece), ElementsAre("! too large 0", "small: y"));
  }
}

TEST(WarcTest, LooksForTheNextRecordWhereTheLengthOfALargeOneLies) {
  const WarcReader::Limits limits = {.record_bytes_max = 1000, .header_bytes_max = 500};
  const std::string large = Record("large", std::string(5'000, 'x'), "2000");
  const std::string small = Record("small", "y");
  EXPECT_THAT(Read(large + small, limits), ElementsAre("! too large 0", "small: y"));
  // As many as the line ends that follow it are: the next record begins where this one says.
  const std::string more = Record("large", std::string(5'000, 'x'), "5004");
  EXPECT_THAT(Read(more + small, limits), ElementsAre("! too large 0", "small: y"));
  // Nothing tells what is in a record that reaches beyond the end from what follows a lie.
  const std::string endless = Record("large", "x", "18446744073709551615");
  EXPECT_THAT(Read(endless + small, limits), ElementsAre("! too large 0"));
  EXPECT_THAT(Read(Gzip(endless) + Gzip(small), limits), ElementsAre("! too large 0", "small: y"));
}

TEST(WarcTest, BoundsTheHeader) {
  const WarcReader::Limits limits = {.record_bytes_max = 100'000, .header_bytes_max = 8192};
  const std::string endless = "WARC/1.0\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n";
  EXPECT_THAT(Read(endless + Record("a", "x"), limits), ElementsAre("! bad header 0", "a: x"));
}

TEST(WarcTest, ReadsMembersTooLargeToBeInflatedAtOnce) {
  // Incompressible, so that the member is larger than a window of raw bytes.
  std::string block(3 << 20, '\0');
  uint32_t state = 1;
  for (char& byte : block) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  const auto told = Read(Gzip(Record("a", block)) + Gzip(Record("b", "y")));
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0], "a: " + block);
  EXPECT_EQ(told[1], "b: y");
  std::string damaged = Gzip(Record("a", block));
  damaged[damaged.size() - 6] ^= 0x20;  // Its checksum.
  EXPECT_THAT(Read(damaged + Gzip(Record("b", "y"))), ElementsAre("! corrupt 0", "b: y"));
}

// Gives these bytes and then fails.
class Broken final : public ByteSource {
 public:
  explicit Broken(std::string_view bytes) : bytes_(bytes) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    const absl::StatusOr<size_t> taken = bytes_.Read(buffer, size);
    return *taken > 0 ? taken : absl::UnavailableError("disk gone");
  }

 private:
  MemorySource bytes_;
};

TEST(WarcTest, PassesOnTheErrorsOfTheSourceWhereverTheyCome) {
  const WarcReader::Limits limits = {.record_bytes_max = 1000, .header_bytes_max = 500};
  const std::string plain = Record("a", "x") + Record("lies", "x", "9") + "garbage\n" +
                            Record("large", std::string(2'000, 'x')) + Record("b", "y");
  for (const std::string& archive : {plain, Gzip(plain)}) {
    for (size_t keep = 0; keep <= archive.size(); ++keep) {
      Broken source(std::string_view(archive).substr(0, keep));
      const auto reader = WarcReader::Create(source, limits);
      absl::Status status = reader.status();
      while (status.ok()) {
        const auto event = (*reader)->Next();
        status = event.status();
        ASSERT_FALSE(event.ok() && *event == WarcReader::Event::kEnd) << keep;
      }
      EXPECT_TRUE(absl::IsUnavailable(status)) << status << ' ' << keep;
    }
  }
}

}  // namespace
}  // namespace sluice::fetch
