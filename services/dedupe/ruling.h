#pragma once

#include <cstdint>
#include <vector>

#include "pipeline/base/hash.h"

namespace sluice::dedupe {

enum class Relation : uint8_t { kOriginal, kCopy, kUpdate, kExact };

// Where a document stands among those before it. None of it ever changes.
struct Place {
  base::Hash128 id;
  base::Hash128 article_id;  // Of the first capture seen under any of the document's URLs.
  base::Hash128 cluster_id;  // Of the cluster's first document.
  uint32_t revision = 1;     // Of the article.
  Relation relation = Relation::kOriginal;
  base::Hash128 of;                         // The twin; zero for an original.
  double similarity = 0;                    // Share of the shorter text found in the other.
  uint32_t shared_words = 0;                // Of the shorter text.
  std::vector<base::Hash128> also_matches;  // Further clusters.
};

// What is decided of a document that comes.
struct Ruling {
  enum class Kind {
    kNew,          // `place` is to be passed on and remembered.
    kUnchanged,    // Its article has this text; `place` is as if it were another exact copy.
    kRedelivered,  // Its id is known; `place` is what was said then.
    kGone,         // `place` is the article's latest, to be passed on and remembered.
    kUnknownGone,
  };
  Kind kind = Kind::kNew;
  Place place;
};

}  // namespace sluice::dedupe
