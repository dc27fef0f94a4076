#include "services/sluice/heap.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace sluice::cli {

void BoundArenas() {
  if (std::getenv("MALLOC_ARENA_MAX") != nullptr) return;
  mallopt(M_ARENA_MAX, static_cast<int>(std::max(2U, std::thread::hardware_concurrency())));
}

void ReturnFreePages() { malloc_trim(0); }

}  // namespace sluice::cli
