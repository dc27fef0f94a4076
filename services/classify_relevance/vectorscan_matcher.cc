#include <hs.h>

#include <algorithm>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "pipeline/base/strings.h"
#include "services/classify_relevance/term_matcher.h"

namespace sluice::classify_relevance {
namespace {

struct DatabaseDeleter {
  void operator()(hs_database_t* database) const { hs_free_database(database); }
};
struct ScratchDeleter {
  void operator()(hs_scratch_t* scratch) const { hs_free_scratch(scratch); }
};
using Database = std::unique_ptr<hs_database_t, DatabaseDeleter>;
using Scratch = std::unique_ptr<hs_scratch_t, ScratchDeleter>;

absl::StatusOr<Scratch> NewScratch(const hs_database_t* database) {
  hs_scratch_t* scratch = nullptr;
  if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS) {
    return absl::ResourceExhaustedError("no memory for the term automaton's working space");
  }
  return Scratch(scratch);
}

int Report(unsigned literal, unsigned long long /*from*/, unsigned long long to, unsigned /*flags*/,
           void* context) {
  (*static_cast<TermMatcher::Found*>(context))(literal, static_cast<uint32_t>(to));
  return 0;
}

class VectorscanMatcher final : public TermMatcher {
 public:
  VectorscanMatcher(Database database, Scratch scratch)
      : database_(std::move(database)), prototype_(std::move(scratch)) {}

  void Match(std::string_view text, Found found) const override {
    Scratch scratch = Take();
    // Only a broken database or scratch fails here, and both were made by us.
    const hs_error_t error =
        hs_scan(database_.get(), text.data(), static_cast<unsigned>(text.size()), 0, scratch.get(),
                Report, &found);
    if (error != HS_SUCCESS) std::abort();
    absl::MutexLock lock(&mutex_);
    idle_.push_back(std::move(scratch));
  }

 private:
  // A scan needs working space of its own; there are never more than threads that scan at once.
  Scratch Take() const {
    {
      absl::MutexLock lock(&mutex_);
      if (!idle_.empty()) {
        Scratch scratch = std::move(idle_.back());
        idle_.pop_back();
        return scratch;
      }
    }
    hs_scratch_t* scratch = nullptr;
    if (hs_clone_scratch(prototype_.get(), &scratch) != HS_SUCCESS) std::abort();  // Out of memory.
    return Scratch(scratch);
  }

  const Database database_;
  const Scratch prototype_;
  mutable absl::Mutex mutex_;
  mutable std::vector<Scratch> idle_ ABSL_GUARDED_BY(mutex_);
};

// Matches nothing: Vectorscan refuses an empty list.
class EmptyMatcher final : public TermMatcher {
 public:
  void Match(std::string_view /*text*/, Found /*found*/) const override {}
};

}  // namespace

absl::StatusOr<std::unique_ptr<TermMatcher>> MakeVectorscanMatcher(
    const std::vector<std::string>& literals) {
  if (literals.empty()) return std::make_unique<EmptyMatcher>();
  std::vector<const char*> expressions;
  std::vector<size_t> lengths;
  std::vector<unsigned> ids;
  for (const std::string& literal : literals) {
    ids.push_back(static_cast<unsigned>(expressions.size()));
    expressions.push_back(literal.c_str());
    lengths.push_back(literal.size());
  }
  const std::vector<unsigned> flags(literals.size(), 0);
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  const hs_error_t result = hs_compile_lit_multi(
      expressions.data(), flags.data(), ids.data(), lengths.data(),
      static_cast<unsigned>(literals.size()), HS_MODE_BLOCK, nullptr, &database, &error);
  if (result != HS_SUCCESS) {
    const std::string message = fmt::format(
        "the automaton of {} terms could not be built: {}", literals.size(),
        error != nullptr && error->message != nullptr ? error->message : "no reason given");
    hs_free_compile_error(error);
    return result == HS_NOMEM ? absl::ResourceExhaustedError(message)
                              : absl::InternalError(message);
  }
  Database owned(database);
  absl::StatusOr<Scratch> scratch = NewScratch(owned.get());
  if (!scratch.ok()) return scratch.status();
  return std::make_unique<VectorscanMatcher>(std::move(owned), *std::move(scratch));
}

}  // namespace sluice::classify_relevance
