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

// Answers each line with its number.
class Numbers final : public BatchJob {
 public:
  absl::StatusOr<std::unique_ptr<BatchItem>> Read(const nlohmann::json& line) const override {
    auto item = std::make_unique<Item>();
    item->number = line.value("n", 0);
    return item;
  }
  absl::Status Work(BatchItem& /*item*/) const override { return absl::OkStatus(); }
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
}

}  // namespace
}  // namespace sluice::cli
