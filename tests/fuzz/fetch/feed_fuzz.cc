// A feed document. Whatever comes out must be valid UTF-8.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pipeline/base/utf8.h"
#include "services/fetch/feed.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto feed = sluice::fetch::ParseFeed(
      {.body = input, .url = "https://paper.example/feed.xml", .content_type = "text/xml"}, {});
  if (!feed.ok()) return 0;
  for (const auto& entry : feed->entries) {
    for (const auto* text : {&entry.link, &entry.title, &entry.id, &entry.language}) {
      if (!sluice::base::IsValidUtf8(*text)) std::abort();
    }
  }
  return 0;
}
