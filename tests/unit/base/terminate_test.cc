#include "pipeline/base/terminate.h"

#include <gtest/gtest.h>

namespace sluice::base {
namespace {

TEST(TerminateDeathTest, SaysWhatCannotBe) {
  EXPECT_DEATH(Terminate("two is three"), "this cannot be: two is three");
}

}  // namespace
}  // namespace sluice::base
