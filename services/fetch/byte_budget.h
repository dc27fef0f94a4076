#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace sluice::fetch {

// So many bytes may be held in memory at a time, by whoever holds a share. Any thread; its shares
// may outlive it.
class ByteBudget {
 public:
  // A part of the budget, given back by its destructor. One thread at a time. A default one is of
  // no budget and has no room.
  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept
        : left_(std::move(other.left_)), bytes_(std::exchange(other.bytes_, 0)) {}
    Share& operator=(Share&& other) noexcept {
      if (this != &other) {
        Reset();
        left_ = std::move(other.left_);
        bytes_ = std::exchange(other.bytes_, 0);
      }
      return *this;
    }
    ~Share() { Reset(); }

    // Makes the share `bytes` large. False: there is not so much left; nothing changed.
    [[nodiscard]] bool GrowTo(uint64_t bytes) {
      if (bytes <= bytes_) return true;
      if (left_ == nullptr) return false;
      const uint64_t more = bytes - bytes_;
      uint64_t left = left_->load(std::memory_order_relaxed);
      do {
        if (left < more) return false;
      } while (!left_->compare_exchange_weak(left, left - more, std::memory_order_relaxed));
      bytes_ = bytes;
      return true;
    }

    void Reset() {
      if (left_ != nullptr) left_->fetch_add(bytes_, std::memory_order_relaxed);
      bytes_ = 0;
    }

   private:
    friend class ByteBudget;
    explicit Share(std::shared_ptr<std::atomic<uint64_t>> left) : left_(std::move(left)) {}

    std::shared_ptr<std::atomic<uint64_t>>
        left_;  // Shared: bodies wait in mailboxes after the client's end.
    uint64_t bytes_ = 0;
  };

  explicit ByteBudget(uint64_t bytes) : left_(std::make_shared<std::atomic<uint64_t>>(bytes)) {}

  Share Open() { return Share(left_); }
  uint64_t left() const { return left_->load(std::memory_order_relaxed); }

 private:
  std::shared_ptr<std::atomic<uint64_t>> left_;
};

}  // namespace sluice::fetch
