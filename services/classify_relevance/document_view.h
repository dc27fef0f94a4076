#pragma once

#include <cstdint>
#include <string_view>

#include "sluice/data/v1/envelope.pb.h"

namespace sluice::classify_relevance {

// The parts of a serialised DedupedDocument that decide its fate, as views into the record. Most
// documents are dropped, and copying and checking their texts field by field costs more than
// matching them; what is published is parsed whole.
struct DocumentView {
  data::v1::Envelope envelope;
  std::string_view article_id;
  std::string_view cluster_id;
  uint32_t revision = 0;
  std::string_view title;
  std::string_view text;
  std::string_view language;
  bool gone = false;
  bool withdrawn = false;      // An operator has withdrawn the article,
  bool allowed_again = false;  // or undone that.
};

// False: the bytes are no such message, or its envelope is none.
bool ReadDocumentView(std::string_view record, DocumentView& view);

}  // namespace sluice::classify_relevance
