#include "pipeline/security/certificate_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>

#include <filesystem>

#include "absl/time/clock.h"
#include "pipeline/base/strings.h"
#include "tests/support/test_certificates.h"

namespace sluice::security {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class CertificateFilesTest : public testing::Test {
 protected:
  CertificateFilesTest() { authority_.Issue(directory_.path(), "server"); }

  std::string Check(const CertificateFiles& files) {
    const absl::Status status = CheckCertificateFiles(files, "grpc.tls");
    EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
    return std::string(base::ToStd(status.message()));
  }

  const support::TestAuthority authority_;
  const support::TemporaryDirectory directory_;
  const std::string certificate_ = directory_.Path("tls.crt");
  const std::string key_ = directory_.Path("tls.key");
};

TEST_F(CertificateFilesTest, ACertificateWithItsKeyIsInOrder) {
  EXPECT_EQ(Check({certificate_, key_, authority_.certificate()}), "");
  EXPECT_EQ(Check({certificate_, key_, ""}), "");
  EXPECT_EQ(Check({"", "", authority_.certificate()}), "");
  EXPECT_EQ(Check({}), "");
}

TEST_F(CertificateFilesTest, TheKeyOfAnotherIsNamed) {
  const support::TemporaryDirectory other;
  authority_.Issue(other.path(), "other");
  EXPECT_THAT(Check({certificate_, other.Path("tls.key"), ""}),
              AllOf(StartsWith("grpc.tls: "), HasSubstr(other.Path("tls.key")),
                    HasSubstr("is not the key of " + certificate_)));
}

TEST_F(CertificateFilesTest, WhatIsMissingOrNoPemIsNamed) {
  EXPECT_THAT(Check({"/no/such.crt", key_, ""}), HasSubstr("/no/such.crt cannot be read"));
  EXPECT_THAT(Check({certificate_, "/no/such.key", ""}), HasSubstr("/no/such.key cannot be read"));
  EXPECT_THAT(Check({key_, key_, ""}), HasSubstr("has no certificate in PEM"));
  EXPECT_THAT(Check({certificate_, certificate_, ""}), HasSubstr("has no private key in PEM"));
  EXPECT_THAT(Check({certificate_, key_, key_}), HasSubstr("has no certificate in PEM"));
  EXPECT_THAT(Check({certificate_, "", ""}), HasSubstr("or neither"));
}

TEST_F(CertificateFilesTest, AKeyWithAPasswordIsRefusedWithoutAskingForIt) {
  const std::string locked = directory_.Path("locked.key");
  ASSERT_EQ(std::system(fmt::format("openssl pkey -in {} -aes256 -passout pass:secret -out {}",
                                    key_, locked)
                            .c_str()),
            0);
  EXPECT_THAT(Check({certificate_, locked, ""}), HasSubstr("without a password"));
}

// A connection of the same thread would take such an error for its own.
TEST_F(CertificateFilesTest, LeavesNoErrorInTheQueueOfTheThread) {
  EXPECT_NE(Check({key_, key_, ""}), "");
  EXPECT_NE(Check({certificate_, certificate_, ""}), "");
  EXPECT_FALSE(CertificateExpiry(key_).ok());
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST_F(CertificateFilesTest, TellsWhenTheCertificateEnds) {
  const absl::StatusOr<absl::Time> expiry = CertificateExpiry(certificate_);
  ASSERT_TRUE(expiry.ok()) << expiry.status();
  EXPECT_NEAR(absl::ToDoubleHours(*expiry - absl::Now()), 48, 1);
  EXPECT_FALSE(CertificateExpiry("/no/such.crt").ok());
}

}  // namespace
}  // namespace sluice::security
