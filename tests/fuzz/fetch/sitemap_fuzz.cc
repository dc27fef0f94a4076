// A sitemap document.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pipeline/base/utf8.h"
#include "services/fetch/sitemap.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto sitemap = sluice::fetch::ParseSitemap(input, "", {});
  if (!sitemap.ok()) return 0;
  for (const auto& entry : sitemap->entries) {
    if (entry.loc.empty() || !sluice::base::IsValidUtf8(entry.loc)) std::abort();
  }
  return 0;
}
