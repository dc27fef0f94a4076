#include "pipeline/security/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/base/strings.h"
#include "tests/support/test_certificates.h"

namespace sluice::security {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kReader = "reader-0123456789abcdef0123456789";
const std::string kOther = "another-0123456789abcdef0123456789";
const std::string kOperator = "operator-0123456789abcdef0123456789";

std::string Message(const absl::Status& status) {
  return std::string(base::ToStd(status.message()));
}

Tokens::Source Values(Scope scope, std::vector<std::string> values) {
  return {.scope = scope, .setting = "tokens.here", .values = std::move(values), .file = {}};
}

Tokens::Source File(Scope scope, std::string file) {
  return {.scope = scope, .setting = "tokens.here", .values = {}, .file = std::move(file)};
}

TEST(TokensTest, EveryTokenOfAScopeCounts) {
  const auto tokens =
      Tokens::Create({Values(Scope::kRead, {kReader, kOther}), Values(Scope::kAdmin, {kOperator})});
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  EXPECT_EQ((*tokens)->Find(kReader), Scope::kRead);
  EXPECT_EQ((*tokens)->Find(kOther), Scope::kRead);
  EXPECT_EQ((*tokens)->Find(kOperator), Scope::kAdmin);
}

TEST(TokensTest, NothingElseIsAToken) {
  const auto tokens = Tokens::Create({Values(Scope::kRead, {kReader})});
  ASSERT_TRUE(tokens.ok());
  for (const std::string& wrong :
       {std::string(), kOther, kReader + "0", kReader.substr(1), kReader.substr(0, 32)}) {
    EXPECT_EQ((*tokens)->Find(wrong), Scope::kOpen) << wrong;
  }
}

TEST(TokensTest, ATokenOfTwoScopesHasTheLarger) {
  const auto tokens =
      Tokens::Create({Values(Scope::kAdmin, {kReader}), Values(Scope::kRead, {kReader})});
  ASSERT_TRUE(tokens.ok());
  EXPECT_EQ((*tokens)->Find(kReader), Scope::kAdmin);
}

TEST(TokensTest, RefusesWhatIsNoTokenWithoutShowingIt) {
  for (const std::string& wrong :
       {std::string(), std::string("secret"), std::string(31, 'x'), std::string(1025, 'x'),
        "secret " + kReader, "secret\n" + kReader, kReader + "\xc3\xa9"}) {
    const absl::Status status = Tokens::Create({Values(Scope::kRead, {kReader, wrong})}).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(Message(status), HasSubstr("tokens.here[1]"));
    EXPECT_THAT(Message(status), Not(HasSubstr("secret")));
  }
}

TEST(TokensTest, TakesTokensFromTheShortestToTheLongest) {
  for (const size_t length : {Tokens::kLengthMin, Tokens::kLengthMax}) {
    const std::string token(length, 'x');
    const auto tokens = Tokens::Create({Values(Scope::kRead, {token})});
    ASSERT_TRUE(tokens.ok()) << tokens.status();
    EXPECT_EQ((*tokens)->Find(token), Scope::kRead);
  }
}

TEST(TokensTest, AFileHasOneTokenALineWithComments) {
  const support::TemporaryDirectory directory;
  const std::string file = directory.Path("tokens");
  support::WriteFile(file, fmt::format("# newsroom\n{}\r\n\n  {}  ", kReader, kOther));
  const auto tokens = Tokens::Create({File(Scope::kSubmit, file)});
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  EXPECT_EQ((*tokens)->Find(kReader), Scope::kSubmit);
  EXPECT_EQ((*tokens)->Find(kOther), Scope::kSubmit);
}

TEST(TokensTest, AReloadReplacesTheTokensOfAFile) {
  const support::TemporaryDirectory directory;
  const std::string file = directory.Path("tokens");
  support::WriteFile(file, kReader);
  const auto tokens =
      Tokens::Create({File(Scope::kRead, file), Values(Scope::kAdmin, {kOperator})});
  ASSERT_TRUE(tokens.ok());
  EXPECT_EQ((*tokens)->Reload().value(), false);
  support::WriteFile(file, kOther);
  EXPECT_EQ((*tokens)->Reload().value(), true);
  EXPECT_EQ((*tokens)->Find(kReader), Scope::kOpen);
  EXPECT_EQ((*tokens)->Find(kOther), Scope::kRead);
  EXPECT_EQ((*tokens)->Find(kOperator), Scope::kAdmin);
}

TEST(TokensTest, AReloadThatFailsLeavesTheTokens) {
  const support::TemporaryDirectory directory;
  const std::string file = directory.Path("tokens");
  support::WriteFile(file, kReader);
  const auto tokens = Tokens::Create({File(Scope::kRead, file)});
  ASSERT_TRUE(tokens.ok());
  for (const std::string& wrong : {std::string(), std::string("# none\n"), kOther + "\nshort\n"}) {
    support::WriteFile(file, wrong);
    EXPECT_TRUE(absl::IsInvalidArgument((*tokens)->Reload().status())) << wrong;
    EXPECT_EQ((*tokens)->Find(kReader), Scope::kRead);
  }
}

TEST(TokensTest, AWrongTokenInAFileIsNamedByItsLine) {
  const support::TemporaryDirectory directory;
  const std::string file = directory.Path("tokens");
  support::WriteFile(file, fmt::format("# newsroom\n{}\n\nshort\n", kReader));
  const absl::Status status = Tokens::Create({File(Scope::kRead, file)}).status();
  EXPECT_THAT(Message(status), HasSubstr(file + ", line 4: "));
}

TEST(TokensTest, AFileThatIsNotThereOrADirectoryIsNamed) {
  const support::TemporaryDirectory directory;
  for (const std::string& file : {directory.Path("none"), directory.path()}) {
    const absl::Status status = Tokens::Create({File(Scope::kRead, file)}).status();
    EXPECT_TRUE(absl::IsNotFound(status)) << status;
    EXPECT_THAT(Message(status), HasSubstr("tokens.here_file " + file));
  }
}

}  // namespace
}  // namespace sluice::security
