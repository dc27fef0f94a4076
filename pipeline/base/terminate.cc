#include "pipeline/base/terminate.h"

#include <cstdio>
#include <cstdlib>

namespace sluice::base {

void Terminate(std::string_view belief) {
  std::fprintf(stderr, "sluice: this cannot be: %.*s\n", static_cast<int>(belief.size()),
               belief.data());
  std::abort();
}

}  // namespace sluice::base
