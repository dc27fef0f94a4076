#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

namespace sluice::dedupe {

// What came in order and goes in the same order, found by its number: 0, 1, 2, ... and never again.
// Like a std::deque, with blocks so large that the way to them stays in the cache. T is a plain
// struct or one that can be moved and made empty. Not for several threads.
template <typename T>
class ArrivalQueue {
 public:
  void Add(T value) {
    if (end_ % kBlock == 0) blocks_.push_back(std::make_unique<T[]>(kBlock));
    blocks_.back()[end_ % kBlock] = std::move(value);
    ++end_;
  }
  void Forget() {
    blocks_.front()[begin_ % kBlock] = T();
    ++begin_;
    if (begin_ % kBlock == 0) blocks_.pop_front();
  }
  // `number` is in [begin(), end()).
  const T& operator[](uint64_t number) const {
    return blocks_[number / kBlock - begin_ / kBlock][number % kBlock];
  }

  uint64_t begin() const { return begin_; }
  uint64_t end() const { return end_; }
  size_t size() const { return static_cast<size_t>(end_ - begin_); }

 private:
  static constexpr size_t kBlock = 1 << 12;

  std::deque<std::unique_ptr<T[]>> blocks_;
  uint64_t begin_ = 0;
  uint64_t end_ = 0;
};

}  // namespace sluice::dedupe
