// A JSONL file of pages. Every line is told once at most.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "services/fetch/gunzip_source.h"
#include "services/fetch/jsonl_pages.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  sluice::fetch::MemorySource memory(input);
  const auto source = sluice::fetch::GunzipSource::Create(memory);
  if (!source.ok()) return 0;
  sluice::fetch::JsonlPages pages(**source, {.line_bytes_max = 4096});
  uint64_t line = 0;
  while (true) {
    const auto event = pages.Next();
    if (!event.ok() || *event == sluice::fetch::JsonlPages::Event::kEnd) return 0;
    if (pages.line() <= line) std::abort();
    line = pages.line();
  }
}
