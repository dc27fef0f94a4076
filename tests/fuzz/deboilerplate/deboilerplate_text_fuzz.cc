// Any bytes as flattened text, and twice the same answer.
#include <cstdint>
#include <cstdlib>

#include "pipeline/base/utf8.h"
#include "services/deboilerplate/extractor.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sluice::deboilerplate::Extractor;
  static const auto* const extractor = Extractor::Create({}).value().release();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Extractor::Input input{.content_type = "text/plain"};
  const auto article = extractor->Extract(bytes, input);
  if (!sluice::base::IsValidUtf8(article.text)) std::abort();
  if (extractor->Extract(bytes, input).text != article.text) std::abort();
  return 0;
}
