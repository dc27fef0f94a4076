// Any bytes as a page: all that is made of it is valid UTF-8, and its lines are those that were
// announced.
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
  std::vector<std::string_view> texts = {article.title,    article.text,    article.site,
                                         article.language, article.section, article.canonical_url,
                                         article.image_url};
  texts.insert(texts.end(), article.authors.begin(), article.authors.end());
  texts.insert(texts.end(), article.tags.begin(), article.tags.end());
  for (const std::string_view text : texts) {
    if (!sluice::base::IsValidUtf8(text)) std::abort();
  }
  if (!(article.confidence >= 0 && article.confidence <= 1)) std::abort();
  for (const Extractor::Line& line : lines) {
    if (line.begin >= line.end || line.end > article.text.size()) std::abort();
  }
  return 0;
}
