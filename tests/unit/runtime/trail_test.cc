#include "pipeline/runtime/trail.h"

#include <gtest/gtest.h>

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
  EXPECT_EQ(letter.attempts(), 3);
  EXPECT_EQ(DeadLetterStep(letter).outcome(), data::v1::STEP_OUTCOME_DEAD_LETTERED);
}

}  // namespace
}  // namespace sluice::runtime
