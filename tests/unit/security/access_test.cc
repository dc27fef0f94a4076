#include "pipeline/security/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "absl/strings/escaping.h"
#include "pipeline/base/strings.h"

namespace sluice::security {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kReader = "reader-0123456789abcdef0123456789";
const std::string kSubmitter = "submitter-0123456789abcdef0123456789";
const std::string kOperator = "operator-0123456789abcdef0123456789";
const std::string kStranger = "stranger-0123456789abcdef0123456789";

constexpr MethodScope kTable[] = {{"/health", Scope::kOpen},
                                  {"/read", Scope::kRead},
                                  {"/submit", Scope::kSubmit},
                                  {"/stop", Scope::kAdmin}};

class Counts final : public AccessObserver {
 public:
  void Refused(std::string_view reason) override { ++by_reason[std::string(reason)]; }
  std::map<std::string, int> by_reason;
};

class AccessTest : public testing::Test {
 protected:
  absl::StatusCode Call(std::string_view method, std::string_view token) {
    return access_.CheckMethod(method, fmt::format("Bearer {}", token)).code();
  }

  const std::unique_ptr<Tokens> tokens_ = *Tokens::Create(
      {{.scope = Scope::kRead, .setting = "r", .values = {kReader}, .file = {}},
       {.scope = Scope::kSubmit, .setting = "s", .values = {kSubmitter}, .file = {}},
       {.scope = Scope::kAdmin, .setting = "a", .values = {kOperator}, .file = {}}});
  Counts counts_;
  const Access access_{kTable, *tokens_, counts_};
};

TEST_F(AccessTest, AScopeIncludesThoseBeforeIt) {
  const std::vector<std::string> tokens = {kReader, kSubmitter, kOperator};
  const std::vector<std::string> methods = {"/read", "/submit", "/stop"};
  for (size_t has = 0; has < tokens.size(); ++has) {
    for (size_t needed = 0; needed < methods.size(); ++needed) {
      EXPECT_EQ(Call(methods[needed], tokens[has]),
                has >= needed ? absl::StatusCode::kOk : absl::StatusCode::kPermissionDenied);
    }
  }
}

TEST_F(AccessTest, AnOpenMethodAsksForNothing) {
  EXPECT_TRUE(access_.CheckMethod("/health", std::nullopt).ok());
  EXPECT_EQ(Call("/health", kStranger), absl::StatusCode::kOk);
}

TEST_F(AccessTest, AMethodThatTheTableDoesNotNameIsForOperatorsAlone) {
  EXPECT_EQ(Call("/new", kSubmitter), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Call("", kSubmitter), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Call("/new", kOperator), absl::StatusCode::kOk);
  EXPECT_TRUE(absl::IsUnauthenticated(access_.CheckMethod("/new", std::nullopt)));
}

TEST_F(AccessTest, SaysWhatToDoAndNeverTheToken) {
  const auto message = [](const absl::Status& status) {
    return std::string(base::ToStd(status.message()));
  };
  const absl::Status none = access_.CheckMethod("/submit", std::nullopt);
  EXPECT_TRUE(absl::IsUnauthenticated(none));
  EXPECT_THAT(message(none), HasSubstr("/submit needs a token of scope submit"));
  EXPECT_THAT(message(none), HasSubstr("--token-file"));
  const absl::Status unknown = access_.CheckMethod("/submit", "Bearer " + kStranger);
  EXPECT_TRUE(absl::IsUnauthenticated(unknown));
  EXPECT_THAT(message(unknown), HasSubstr("not known"));
  EXPECT_THAT(message(unknown), Not(HasSubstr(kStranger)));
  const absl::Status lesser = access_.CheckMethod("/submit", "Bearer " + kReader);
  EXPECT_TRUE(absl::IsPermissionDenied(lesser));
  EXPECT_THAT(message(lesser), HasSubstr("has scope read"));
}

TEST_F(AccessTest, CountsRefusalsByReason) {
  (void)access_.CheckMethod("/read", std::nullopt);
  (void)access_.CheckMethod("/read", "Bearer " + kStranger);
  (void)access_.CheckMethod("/read", "Bearer " + kStranger);
  (void)access_.CheckMethod("/stop", "Bearer " + kReader);
  (void)access_.CheckMethod("/read", "Bearer " + kReader);
  EXPECT_EQ(counts_.by_reason,
            (std::map<std::string, int>{{"no_token", 1}, {"unknown_token", 2}, {"scope", 1}}));
}

TEST_F(AccessTest, TakesTheTokenAsBrowsersSendIt) {
  const auto basic = [](const std::string& pair) {
    return "Basic " + absl::Base64Escape(base::ToAbsl(pair));
  };
  EXPECT_TRUE(access_.CheckMethod("/read", basic("anybody:" + kReader)).ok());
  EXPECT_TRUE(access_.CheckMethod("/read", basic(":" + kReader)).ok());
  EXPECT_FALSE(access_.CheckMethod("/read", basic(kReader)).ok());
  EXPECT_FALSE(access_.CheckMethod("/read", basic(kReader + ":")).ok());
  EXPECT_FALSE(access_.CheckMethod("/read", "Basic " + kReader).ok());
}

TEST_F(AccessTest, ASchemeIsTheSameInAnyCase) {
  EXPECT_TRUE(access_.CheckMethod("/read", "bearer " + kReader).ok());
  EXPECT_TRUE(access_.CheckMethod("/read", "BEARER  " + kReader + " ").ok());
  for (const std::string& header :
       {"Bearer" + kReader, kReader, "Digest " + kReader, std::string("Bearer"), std::string()}) {
    EXPECT_FALSE(access_.CheckMethod("/read", header).ok()) << header;
  }
}

}  // namespace
}  // namespace sluice::security
