#include "services/sluice/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/temporary_directory.h"

namespace sluice::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Answers each line with its number, which is at least 0 to be read and at most 999 to be worked
// on.
class Numbers final : public BatchJob {
 public:
  absl::StatusOr<std::unique_ptr<BatchItem>> Read(const nlohmann::json& line) const override {
    auto item = std::make_unique<Item>();
    item->number = line.value("n", 0);
    item->bytes = 5;
    if (item->number < 0) return absl::InvalidArgumentError("is too small");
    return item;
  }
  absl::Status Work(BatchItem& item) const override {
    return static_cast<Item&>(item).number < 1000 ? absl::OkStatus()
                                                  : absl::InvalidArgumentError("is too large");
  }
  absl::Status Decide(BatchItem& /*item*/) override {
    ++decided;
    return absl::OkStatus();
  }
  nlohmann::ordered_json Answer(const BatchItem& item) const override {
    return {{"n", static_cast<const Item&>(item).number}};
  }

  int decided = 0;

 private:
  struct Item final : BatchItem {
    int number = 0;
  };
};

class BatchTest : public ::testing::Test {
 protected:
  BatchTest() {
    options_.jsonl = directory_.Path("in.jsonl");
    options_.threads = 2;
    options_.chunk_documents = 10;
    std::ofstream in(options_.jsonl);
    for (int n = 0; n < 35; ++n) in << "{\"n\": " << n << "}\n";
  }

  const support::TemporaryDirectory directory_;
  BatchOptions options_;
  Numbers job_;
  std::ostringstream errors_;
};

TEST_F(BatchTest, AnswersEveryLineInOrder) {
  std::ostringstream answers;
  EXPECT_EQ(RunBatch(options_, job_, answers, errors_), 0);
  std::string expected;
  for (int n = 0; n < 35; ++n) expected += "{\"n\":" + std::to_string(n) + "}\n";
  EXPECT_EQ(answers.str(), expected);
  EXPECT_EQ(errors_.str(), "");
}

TEST_F(BatchTest, SaysWhereALineIsNoJson) {
  std::ofstream(options_.jsonl) << "{\"n\": 1}\n\n[2]\n{\"n\": \"\xff\"}\n{\"n\": 3\n{\"n\": 4}";
  std::ostringstream answers;
  EXPECT_EQ(RunBatch(options_, job_, answers, errors_), 1);
  EXPECT_EQ(answers.str(), "{\"n\":1}\n{\"n\":4}\n");
  EXPECT_THAT(errors_.str(), HasSubstr("line 3: is not a JSON object but array"));
  EXPECT_THAT(errors_.str(), HasSubstr("line 4: is not JSON: byte 8 cannot stand there"));
  EXPECT_THAT(errors_.str(), HasSubstr("line 5: is not JSON: it ends too early"));
}

TEST_F(BatchTest, SaysThatANumberIsTooLargeAndGoesOn) {
  std::ofstream(options_.jsonl) << "{\"n\": 1}\n{\"n\": 2, \"size\": 1e999}\n{\"n\": 3}\n";
  std::ostringstream answers;
  EXPECT_EQ(RunBatch(options_, job_, answers, errors_), 1);
  EXPECT_EQ(answers.str(), "{\"n\":1}\n{\"n\":3}\n");
  EXPECT_THAT(errors_.str(), HasSubstr("line 2: has a number beyond"));
}

TEST_F(BatchTest, CountsBlankLinesAndAnswersNone) {
  std::ofstream(options_.jsonl) << "\n{\"n\": 1}\r\n \t\r\n\n[]\n{\"n\": 2}\n\n";
  std::ostringstream answers;
  EXPECT_EQ(RunBatch(options_, job_, answers, errors_), 1);
  EXPECT_EQ(answers.str(), "{\"n\":1}\n{\"n\":2}\n");
  EXPECT_EQ(errors_.str(),
            "sluice: " + options_.jsonl + ", line 5: is not a JSON object but array\n");
}

TEST_F(BatchTest, ReportsWhatTheJobRefusesAndGoesOn) {
  std::ofstream(options_.jsonl) << "{\"n\": -1}\n{\"n\": 1}\n{\"n\": 1000}\n{\"n\": 2}\n";
  std::ostringstream answers;
  EXPECT_EQ(RunBatch(options_, job_, answers, errors_), 1);
  EXPECT_EQ(answers.str(), "{\"n\":1}\n{\"n\":2}\n");
  EXPECT_THAT(errors_.str(), HasSubstr("line 1: is too small\n"));
  EXPECT_THAT(errors_.str(), HasSubstr("line 3: is too large\n"));
  EXPECT_EQ(job_.decided, 2);
}

TEST_F(BatchTest, ReportsALineOverTheLimitAndGoesOn) {
  options_.line_bytes_max = 100;
  const std::string words(99 - std::string_view(R"({"n": 1, "w": ""})").size(), 'x');
  std::ofstream(options_.jsonl) << "{\"n\": 1, \"w\": \"" << words << "x\"}\n{\"n\": 2, \"w\": \""
                                << words << "xx\"}\n{\"n\": 3, \"w\": \""
                                << std::string(3 << 20, 'x') << "\"}\n{\"n\": 4}\n";
  std::ostringstream answers;
  EXPECT_EQ(RunBatch(options_, job_, answers, errors_), 1);
  EXPECT_EQ(answers.str(), "{\"n\":1}\n{\"n\":4}\n");
  EXPECT_THAT(errors_.str(), HasSubstr("line 2: is over the limit of 100 bytes"));
  EXPECT_THAT(errors_.str(), HasSubstr("line 3: is over the limit of 100 bytes"));
}

TEST_F(BatchTest, AnswersWhatADamagedFileStillHas) {
  // gzip (RFC 1952) around one stored block (RFC 1951) of 18 bytes, which ends after 14.
  const std::string_view head("\x1f\x8b\x08\0\0\0\0\0\0\x03\x01\x12\x00\xed\xff", 15);
  std::ofstream(options_.jsonl, std::ios::binary) << head << "{\"n\": 1}\n{\"n\":";
  std::ostringstream answers;
  EXPECT_EQ(RunBatch(options_, job_, answers, errors_), 1);
  EXPECT_EQ(answers.str(), "{\"n\":1}\n");
  EXPECT_THAT(errors_.str(), HasSubstr("the file is damaged"));
  EXPECT_THAT(errors_.str(), Not(HasSubstr("is not JSON")));
}

TEST_F(BatchTest, TellsWhatItHasDoneInTheLastLineOfErrors) {
  options_.stats = true;
  std::ofstream(options_.jsonl, std::ios::app) << "[]\n";
  std::ostringstream answers;
  EXPECT_EQ(RunBatch(options_, job_, answers, errors_), 1);
  const std::string errors = errors_.str();
  const auto stats = nlohmann::json::parse(errors.substr(errors.rfind('\n', errors.size() - 2)));
  EXPECT_EQ(stats.at("documents"), 35);
  EXPECT_EQ(stats.at("bytes"), 35 * 5);
  EXPECT_GE(stats.at("cpu_seconds"), 0.0);
  EXPECT_GT(stats.at("wall_seconds"), 0.0);
  EXPECT_GT(stats.at("max_rss_bytes"), 1 << 20);
}

TEST_F(BatchTest, SaysThatADirectoryCannotBeRead) {
  options_.jsonl = directory_.path();
  std::ostringstream answers;
  EXPECT_EQ(RunBatch(options_, job_, answers, errors_), 1);
  EXPECT_EQ(errors_.str(), "sluice: " + directory_.path() + ": cannot be read: Is a directory\n");
}

TEST_F(BatchTest, EndsWhereTheAnswersCannotBeWritten) {
  std::ofstream full("/dev/full");
  ASSERT_TRUE(full.is_open());
  EXPECT_EQ(RunBatch(options_, job_, full, errors_), 1);
  EXPECT_THAT(errors_.str(), HasSubstr("the answers cannot be written"));
  EXPECT_EQ(job_.decided, 10) << "no more than the first chunk";
  options_.chunk_bytes = 1;
  std::ofstream full_too("/dev/full");
  EXPECT_EQ(RunBatch(options_, job_, full_too, errors_), 1);
  EXPECT_EQ(job_.decided, 11) << "a chunk is bounded in bytes too";
}

TEST(StringFieldTest, TakesAMemberThatIsMissingOrNullForEmptyAndNoOtherType) {
  const nlohmann::json line = {{"title", "A bridge"}, {"url", nullptr}, {"text", 5}};
  EXPECT_EQ(*StringField(line, "title"), "A bridge");
  EXPECT_EQ(*StringField(line, "url"), "");
  EXPECT_EQ(*StringField(line, "date"), "");
  EXPECT_EQ(StringField(line, "text").status().message(), "`text` is number, not a string");
}

}  // namespace
}  // namespace sluice::cli
