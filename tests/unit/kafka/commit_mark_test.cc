#include "pipeline/kafka/commit_mark.h"

#include <gtest/gtest.h>

namespace sluice::kafka {
namespace {

TEST(CommitMarkTest, ComesBackAsItWasWritten) {
  const CommitMark mark{
      .sequence = 12, .owner = "9f3c.1", .appended = absl::FromUnixMillis(1763777777000)};
  EXPECT_EQ(Encode(mark), "seq=12 owner=9f3c.1 appended=1763777777000");
  const auto decoded = DecodeCommitMark(Encode(mark));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(*decoded, mark);
  EXPECT_EQ(decoded->appended, mark.appended);
}

TEST(CommitMarkTest, IsOfOneOwner) {
  const CommitMark mine{.sequence = 3, .owner = "a", .appended = absl::UnixEpoch()};
  const CommitMark theirs{.sequence = 3, .owner = "b", .appended = absl::UnixEpoch()};
  EXPECT_FALSE(mine == theirs);
}

TEST(CommitMarkTest, TakesFieldsThatALaterVersionAdds) {
  const auto mark = DecodeCommitMark("seq=1 owner=a appended=5 color=green");
  ASSERT_TRUE(mark.has_value());
  EXPECT_EQ(mark->sequence, 1U);
}

TEST(CommitMarkTest, IsNotFoundInWhatOthersWrite) {
  for (const char* metadata :
       {"", "seq", "seq=", "seq=x owner=a appended=5", "seq=1 owner=a", "seq=1 appended=5",
        "owner=a seq=1 appended=5", "seq=-1 owner=a appended=5", "seq=1 owner=a appended=5x",
        "\xff\xfe"}) {
    EXPECT_FALSE(DecodeCommitMark(metadata).has_value()) << metadata;
  }
}

}  // namespace
}  // namespace sluice::kafka
