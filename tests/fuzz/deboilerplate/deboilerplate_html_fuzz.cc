// Any bytes as a page: the text is valid UTF-8, and its lines are those that were announced.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "pipeline/base/utf8.h"
#include "services/deboilerplate/extractor.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sluice::deboilerplate::Extractor;
  static const auto* const extractor = Extractor::Create({}).value().release();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::vector<Extractor::Line> lines;
  const auto article = extractor->Extract(
      bytes, {.url = "https://example.org/2024/05/03/x", .content_type = "text/html"}, &lines);
  if (!sluice::base::IsValidUtf8(article.text) || !sluice::base::IsValidUtf8(article.title))
    std::abort();
  if (!(article.confidence >= 0 && article.confidence <= 1)) std::abort();
  for (const Extractor::Line& line : lines) {
    if (line.begin >= line.end || line.end > article.text.size()) std::abort();
  }
  return 0;
}
