#include "services/dedupe/lookup_mailbox.h"

#include <utility>

namespace sluice::dedupe {
namespace {

absl::Status NoShard() {
  return absl::UnavailableError(
      "no dedupe shard is open in this process; ask the one that runs it");
}

void Refuse(LookupMailbox::Letter& letter, const absl::Status& why) {
  std::visit([&why](auto& question) { question.answer(why); }, letter);
}

}  // namespace

void LookupMailbox::Open(std::function<void()> wake) {
  const absl::MutexLock lock(&mutex_);
  wake_ = std::move(wake);
}

void LookupMailbox::Close() {
  std::vector<Letter> left;
  {
    const absl::MutexLock lock(&mutex_);
    wake_ = nullptr;
    left.swap(letters_);
  }
  for (Letter& letter : left) Refuse(letter, NoShard());
}

std::vector<LookupMailbox::Letter> LookupMailbox::Take() {
  const absl::MutexLock lock(&mutex_);
  return std::exchange(letters_, {});
}

void LookupMailbox::Post(Letter letter) {
  absl::Status refusal;
  std::function<void()> wake;
  {
    const absl::MutexLock lock(&mutex_);
    if (wake_ == nullptr) {
      refusal = NoShard();
    } else if (letters_.size() >= kLettersMax) {
      refusal = absl::ResourceExhaustedError("too many lookups wait; try again later");
    } else {
      letters_.push_back(std::move(letter));
      wake = wake_;
    }
  }
  if (!refusal.ok()) {
    Refuse(letter, refusal);
    return;
  }
  wake();
}

}  // namespace sluice::dedupe
