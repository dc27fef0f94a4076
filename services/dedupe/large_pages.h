#pragma once

#include <cstddef>

namespace sluice::dedupe {

// A block of zeroed memory straight from the kernel: it takes up room only where it is written, in
// large pages where the system has them, and goes back at once. For tables that are read at random.
class LargePages {
 public:
  static constexpr size_t kBytes = 2 << 20;

  LargePages();  // Ends the program where there is no memory left.
  ~LargePages();
  LargePages(LargePages&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  LargePages& operator=(LargePages&& other) = delete;

  template <typename T>
  T* As() const {
    return static_cast<T*>(data_);
  }

 private:
  void* data_;
};

}  // namespace sluice::dedupe
