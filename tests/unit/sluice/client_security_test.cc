#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/base/strings.h"
#include "services/sluice/call_token.h"
#include "services/sluice/client.h"
#include "tests/support/test_certificates.h"

namespace sluice::cli {
namespace {

using ::testing::HasSubstr;

std::string Error(const ClientOptions& options) {
  return std::string(base::ToStd(CheckClient(options).message()));
}

TEST(ClientSecurityTest, ATokenGoesInPlainTextNoFurtherThanThisMachine) {
  for (const char* inside : {"127.0.0.1:7070", "localhost:7070", "[::1]:7070", "unix:/tmp/s"}) {
    EXPECT_EQ(Error({.address = inside, .token = "secret"}), "") << inside;
  }
  for (const char* outside : {"192.0.2.1:7070", "feed:7070", "dns:///feed:7070", "0.0.0.0:7070"}) {
    EXPECT_EQ(Error({.address = outside}), "");
    EXPECT_EQ(Error({.address = outside, .tls = true, .token = "secret"}), "");
    const std::string error = Error({.address = outside, .token = "secret"});
    EXPECT_THAT(error, HasSubstr(outside));
    EXPECT_THAT(error, HasSubstr("--tls"));
    EXPECT_THAT(error, testing::Not(HasSubstr("secret")));
  }
}

TEST(ClientSecurityTest, FilesThatCannotBeUsedAreNamed) {
  EXPECT_THAT(Error({.files = {.authorities = "/no/such.crt"}}), HasSubstr("/no/such.crt"));
  EXPECT_THAT(
      Error({.files = {.certificate = "/no/such.crt", .key = "/no/such.key", .authorities = {}}}),
      HasSubstr("/no/such.crt"));
  EXPECT_THAT(Error({.token_file = "/no/such"}), HasSubstr("--token-file: cannot read /no/such"));
}

TEST(ClientSecurityTest, TheTokenIsTheFirstLineOfItsFileThatIsNoComment) {
  const support::TemporaryDirectory directory;
  const std::string file = directory.Path("token");
  support::WriteFile(file, "# mine\n\n one \ntwo\n");
  EXPECT_EQ(*ReadCallToken(file), "one");
  support::WriteFile(file, "# none\n");
  EXPECT_THAT(Error({.token_file = file}), HasSubstr("has no token"));
}

}  // namespace
}  // namespace sluice::cli
