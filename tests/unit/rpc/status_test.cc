#include "pipeline/rpc/status.h"

#include <gtest/gtest.h>

namespace sluice::rpc {
namespace {

TEST(StatusTest, KeepsEveryCodeAndTheMessageBothWays) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "what, which, why");
    const grpc::Status wire = ToGrpc(status);
    EXPECT_EQ(wire.error_code(), code);
    EXPECT_EQ(wire.error_message(), "what, which, why");
    EXPECT_EQ(FromGrpc(wire), status);
  }
}

TEST(StatusTest, OkIsOk) {
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
}

}  // namespace
}  // namespace sluice::rpc
