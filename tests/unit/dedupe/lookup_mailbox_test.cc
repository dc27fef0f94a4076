#include "services/dedupe/lookup_mailbox.h"

#include <gtest/gtest.h>

namespace sluice::dedupe {
namespace {

LookupMailbox::Lookup LetterTo(std::vector<absl::StatusCode>& answers) {
  LookupMailbox::Lookup letter;
  letter.id = base::HashBytes("a");
  letter.answer = [&answers](absl::StatusOr<Place> place) {
    answers.push_back(place.status().code());
  };
  return letter;
}

TEST(LookupMailboxTest, RefusesWhileNoShardIsOpen) {
  LookupMailbox mailbox;
  std::vector<absl::StatusCode> answers;
  mailbox.Post(LetterTo(answers));
  EXPECT_EQ(answers, std::vector{absl::StatusCode::kUnavailable});
}

TEST(LookupMailboxTest, WakesTheShardForEveryLetter) {
  LookupMailbox mailbox;
  int wakes = 0;
  mailbox.Open([&] { ++wakes; });
  std::vector<absl::StatusCode> answers;
  mailbox.Post(LetterTo(answers));
  mailbox.Post(LetterTo(answers));
  EXPECT_EQ(wakes, 2);
  EXPECT_EQ(mailbox.Take().size(), 2U);
  EXPECT_TRUE(mailbox.Take().empty());
}

TEST(LookupMailboxTest, TellsThoseWhoWaitWhenTheShardCloses) {
  LookupMailbox mailbox;
  mailbox.Open([] {});
  std::vector<absl::StatusCode> answers;
  mailbox.Post(LetterTo(answers));
  mailbox.Post(LookupMailbox::Listing{
      .answer = [&answers](const absl::StatusOr<Withdrawals::ListPage>& page) {
        answers.push_back(page.status().code());
      }});
  mailbox.Close();
  EXPECT_EQ(answers, std::vector(2, absl::StatusCode::kUnavailable));
}

TEST(LookupMailboxTest, RefusesWhereTooManyWait) {
  LookupMailbox mailbox;
  mailbox.Open([] {});
  std::vector<absl::StatusCode> answers;
  for (size_t i = 0; i <= LookupMailbox::kLettersMax; ++i) mailbox.Post(LetterTo(answers));
  EXPECT_EQ(answers, std::vector{absl::StatusCode::kResourceExhausted});
}

}  // namespace
}  // namespace sluice::dedupe
