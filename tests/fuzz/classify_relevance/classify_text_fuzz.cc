// Texts: the first byte is the title's length. Scores are probabilities, evidence lies inside the
// text, and records are read without harm.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "services/classify_relevance/classifier.h"
#include "services/classify_relevance/document_view.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice::classify_relevance;
  static const std::unique_ptr<Classifier> classifier =
      Classifier::Open({std::string(SLUICE_SOURCE_DIR) + "/topics/fentanyl-policy.yaml"}, {})
          .value();
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  DocumentView view;
  (void)ReadDocumentView(all, view);
  const size_t title_bytes = size == 0 ? 0 : std::min<size_t>(data[0], size - 1);
  const std::string_view title = all.substr(std::min<size_t>(1, size), title_bytes);
  const std::string_view text = all.substr(std::min(size, 1 + title_bytes));
  for (const auto& match : classifier->Classify(title, text, "")) {
    if (!(match.score() >= 0 && match.score() <= match.related() && match.related() <= 1)) {
      std::abort();
    }
    for (const auto& item : match.evidence()) {
      const std::string_view source = item.zone() == sluice::data::v1::ZONE_TITLE ? title : text;
      if (item.offset() + item.surface().size() > source.size()) std::abort();
    }
  }
  return 0;
}
