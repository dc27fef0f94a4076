#include "pipeline/runtime/trail.h"

#include <gtest/gtest.h>

#include "pipeline/base/version.h"
#include "sluice/data/v1/document.pb.h"

namespace sluice::runtime {
namespace {

data::v1::Document MakeDocument() {
  data::v1::Document document;
  document.mutable_envelope()->set_id("00112233445566778899aabbccddeeff");
  document.mutable_envelope()->set_url("https://example.org/a");
  document.mutable_envelope()->add_trail()->set_stage("fetch");
  document.set_title("A title");
  return document;
}

TEST(TrailTest, AppendsAStepWithoutTouchingTheRest) {
  std::string message = MakeDocument().SerializeAsString();
  AppendStep(MakeStep("deboilerplate", stage::Verdict::Passed("why"), absl::FromUnixSeconds(7)),
             message);

  data::v1::Document document;
  ASSERT_TRUE(document.ParseFromString(message));
  EXPECT_EQ(document.title(), "A title");
  EXPECT_EQ(document.envelope().url(), "https://example.org/a");
  ASSERT_EQ(document.envelope().trail_size(), 2);
  EXPECT_EQ(document.envelope().trail(0).stage(), "fetch");
  EXPECT_EQ(document.envelope().trail(1).stage(), "deboilerplate");
  EXPECT_EQ(document.envelope().trail(1).outcome(), data::v1::STEP_OUTCOME_PASSED);
  EXPECT_EQ(document.envelope().trail(1).detail(), "why");
  EXPECT_EQ(document.envelope().trail(1).time().seconds(), 7);
}

TEST(TrailTest, ReadsTheEnvelopeOfAnyDataMessage) {
  const auto envelope = ReadEnvelope(MakeDocument().SerializeAsString());
  ASSERT_TRUE(envelope.ok());
  EXPECT_EQ(envelope->id(), "00112233445566778899aabbccddeeff");
}

TEST(TrailTest, RefusesBytesThatAreNoMessage) {
  EXPECT_EQ(ReadEnvelope("\xff\xff\xff").status().code(), absl::StatusCode::kInvalidArgument);
}

// proto3 refuses to parse a string that is no UTF-8, so such a step would make its page unreadable.
TEST(TrailTest, CutsALongDetailAtACharacter) {
  std::string detail = "x";
  for (int i = 0; i < 600; ++i) detail += "ж";
  data::v1::TrailStep step;
  ASSERT_TRUE(step.ParseFromString(
      MakeStep("dedupe", stage::Verdict::Dropped("withdrawn", detail), absl::UnixEpoch())
          .SerializeAsString()));
  EXPECT_EQ(step.detail(), detail.substr(0, kDetailBytesMax - 1));
}

TEST(TrailTest, RepairsADetailThatIsNoUtf8) {
  data::v1::TrailStep step;
  ASSERT_TRUE(step.ParseFromString(
      MakeStep("fetch", stage::Verdict::Dropped("http_error", "caf\xE9"), absl::UnixEpoch())
          .SerializeAsString()));
  EXPECT_EQ(step.detail(), "caf\xEF\xBF\xBD");
}

TEST(TrailTest, BoundsAndRepairsADeadLettersDetail) {
  const std::string value = MakeDocument().SerializeAsString();
  const log::Record record = {
      .topic = "documents", .partition = 2, .offset = 9, .key = "example.org", .value = value};
  const data::v1::DeadLetter letter =
      MakeDeadLetter("dedupe", record, absl::InternalError("\xFF" + std::string(5000, 'y')), 3, 10,
                     absl::UnixEpoch());
  data::v1::DeadLetter read;
  ASSERT_TRUE(read.ParseFromString(letter.SerializeAsString()));
  EXPECT_EQ(read.detail(), "\xEF\xBF\xBD" + std::string(kDetailBytesMax - 3, 'y'));
  EXPECT_TRUE(data::v1::TrailStep().ParseFromString(DeadLetterStep(letter).SerializeAsString()));
}

TEST(TrailTest, KeepsTheBeginningOfAnOversizedRecordInADeadLetter) {
  const std::string value = MakeDocument().SerializeAsString();
  const log::Record record = {
      .topic = "documents", .partition = 2, .offset = 9, .key = "example.org", .value = value};
  const data::v1::DeadLetter letter = MakeDeadLetter(
      "dedupe", record, absl::InvalidArgumentError("no text"), 3, 10, absl::FromUnixSeconds(1));
  EXPECT_EQ(letter.stage(), "dedupe");
  EXPECT_EQ(letter.code(), "INVALID_ARGUMENT");
  EXPECT_EQ(letter.detail(), "no text");
  EXPECT_EQ(letter.record(), value.substr(0, 10));
  EXPECT_EQ(letter.record_bytes(), value.size());
  EXPECT_TRUE(letter.truncated());
  EXPECT_EQ(letter.envelope().url(), "https://example.org/a");
  EXPECT_EQ(letter.topic(), "documents");
  EXPECT_EQ(letter.partition(), 2);
  EXPECT_EQ(letter.offset(), 9);
  EXPECT_EQ(letter.key(), "example.org");
  EXPECT_EQ(letter.time().seconds(), 1);
  EXPECT_EQ(letter.version(), base::kVersion);
  EXPECT_EQ(letter.attempts(), 3);
  const data::v1::TrailStep step = DeadLetterStep(letter);
  EXPECT_EQ(step.outcome(), data::v1::STEP_OUTCOME_DEAD_LETTERED);
  EXPECT_EQ(step.stage(), "dedupe");
  EXPECT_EQ(step.reason(), "INVALID_ARGUMENT");
  EXPECT_EQ(step.detail(), "no text");
  EXPECT_EQ(step.time().seconds(), 1);
  EXPECT_EQ(step.version(), base::kVersion);
  const data::v1::DeadLetter whole = MakeDeadLetter(
      "dedupe", record, absl::InvalidArgumentError("no text"), 1, value.size(), absl::UnixEpoch());
  EXPECT_EQ(whole.record(), value);
  EXPECT_FALSE(whole.truncated());
}

}  // namespace
}  // namespace sluice::runtime
