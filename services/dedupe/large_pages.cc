#include "services/dedupe/large_pages.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace sluice::dedupe {

LargePages::LargePages() {
  // Twice as much holds an aligned block; what is around it is given back.
  void* mapped =
      mmap(nullptr, 2 * kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto* begin = static_cast<char*>(mapped);
  const size_t before = (kBytes - reinterpret_cast<uintptr_t>(begin) % kBytes) % kBytes;
  if (before > 0) munmap(begin, before);
  munmap(begin + before + kBytes, kBytes - before);
  data_ = begin + before;
  madvise(data_, kBytes, MADV_HUGEPAGE);  // A wish; without it the table is slower.
}

LargePages::~LargePages() {
  if (data_ != nullptr) munmap(data_, kBytes);
}

}  // namespace sluice::dedupe
