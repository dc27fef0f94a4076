#include "services/deboilerplate/context.h"

#include <algorithm>
#include <array>

#include "absl/container/flat_hash_map.h"
#include "services/deboilerplate/vocabulary.h"

namespace sluice::deboilerplate {
namespace {

constexpr float kStrong = 0.5F;
constexpr uint32_t kStrongWordsMin = 12;
constexpr int kGapMax = 4;  // Weak blocks within a run.
constexpr int kFar = 99;

float Ratio(float part, float whole) { return whole > 0 ? part / whole : 0; }

struct Sum {
  float words = 0;
  float mass = 0;  // Words times probability.
};

}  // namespace

class BlockContext::Writer {
 public:
  Writer(const Page& page, absl::Span<const float> guess) : page_(page), guess_(guess) { Survey(); }

  // Returns how many were written.
  size_t WriteRow(size_t i, float* out) {
    out_ = out;
    WriteNear(static_cast<int>(i));
    WriteOrder(i);
    WriteRun(i);
    WriteContainers(i);
    WriteVocabulary(i);
    return static_cast<size_t>(out_ - out) / kStride;
  }

 private:
  void Put(float value) {
    *out_ = value;
    out_ += kStride;
  }
  void Put(int value) { Put(static_cast<float>(value)); }

  void Survey() {
    const size_t n = page_.blocks.size();
    words_.resize(n + 1);
    mass_.resize(n + 1);
    nodes_.resize(page_.nodes.size());
    last_strong_.resize(n);
    next_strong_.resize(n);
    int last = -kFar;
    for (size_t i = 0; i < n; ++i) {
      const Block& block = page_.blocks[i];
      const auto words = static_cast<float>(block.stats.words);
      words_[i + 1] = words_[i] + words;
      mass_[i + 1] = mass_[i] + words * guess_[i];
      if (block.node >= 0) {
        nodes_[static_cast<size_t>(block.node)].words += words;
        nodes_[static_cast<size_t>(block.node)].mass += words * guess_[i];
      }
      Sum& group = groups_[block.path];
      group.words += words;
      group.mass += words * guess_[i];
      last_strong_[i] = last;
      if (Strong(i)) last = static_cast<int>(i);
    }
    for (size_t i = nodes_.size(); i-- > 1;) {
      const int32_t parent = page_.nodes[i].parent;
      if (parent < 0) continue;
      nodes_[static_cast<size_t>(parent)].words += nodes_[i].words;
      nodes_[static_cast<size_t>(parent)].mass += nodes_[i].mass;
    }
    int next = static_cast<int>(n) + kFar;
    for (size_t i = n; i-- > 0;) {
      next_strong_[i] = next;
      if (Strong(i)) next = static_cast<int>(i);
    }
    FindRuns();
    vocabulary_.Learn(page_, guess_, kStrong);
  }

  bool Strong(size_t i) const {
    return guess_[i] > kStrong && page_.blocks[i].stats.words >= kStrongWordsMin;
  }

  // Runs of strong blocks with few weak ones between; the heaviest is taken for the story.
  void FindRuns() {
    const auto n = static_cast<int>(page_.blocks.size());
    float best = -1;
    for (int i = 0; i < n; ++i) {
      if (!Strong(static_cast<size_t>(i))) continue;
      int end = i;
      for (int j = i + 1; j < n && j - end <= kGapMax + 1; ++j) {
        if (Strong(static_cast<size_t>(j))) end = j;
      }
      const float mass = mass_[static_cast<size_t>(end) + 1] - mass_[static_cast<size_t>(i)];
      if (mass > best) {
        best = mass;
        run_begin_ = i;
        run_end_ = end;
      }
      i = end;
    }
  }

  void WriteNear(int i) {
    const auto n = static_cast<int>(page_.blocks.size());
    Put(guess_[static_cast<size_t>(i)]);
    for (const int offset : {-4, -3, -2, -1, 1, 2, 3, 4}) {
      const int at = i + offset;
      Put(at < 0 || at >= n ? -1.0F : guess_[static_cast<size_t>(at)]);
    }
    for (const int reach : {3, 8, 20, 50}) {
      const auto from = static_cast<size_t>(std::max(0, i - reach));
      const auto to = static_cast<size_t>(std::min(n, i + 1 + reach));
      const auto here = static_cast<size_t>(i);
      Put(Ratio(mass_[here] - mass_[from], words_[here] - words_[from]));
      Put(Ratio(mass_[to] - mass_[here + 1], words_[to] - words_[here + 1]));
    }
    float before = 0;
    float after = 0;
    constexpr int kReach = 10;
    for (int at = std::max(0, i - kReach); at < i; ++at)
      before = std::max(before, guess_[static_cast<size_t>(at)]);
    for (int at = i + 1; at < std::min(n, i + 1 + kReach); ++at)
      after = std::max(after, guess_[static_cast<size_t>(at)]);
    Put(before);
    Put(after);
  }

  void WriteOrder(size_t i) {
    Put(mass_.back());
    Put(Ratio(mass_.back(), words_.back()));
    Put(Ratio(mass_[i], mass_.back()));
    Put(mass_[i]);
    Put(mass_.back() - mass_[i + 1]);
    const auto here = static_cast<int>(i);
    const int last = last_strong_[i];
    const int next = next_strong_[i];
    Put(std::min(kFar, here - last));
    Put(std::min(kFar, next - here));
    Put(last < 0 ? -1.0F : words_[i] - words_[static_cast<size_t>(last) + 1]);
    Put(next >= static_cast<int>(page_.blocks.size())
            ? -1.0F
            : words_[static_cast<size_t>(next)] - words_[i + 1]);
  }

  void WriteRun(size_t i) {
    if (run_begin_ < 0) {
      for (int k = 0; k < 4; ++k) Put(-kFar);
      return;
    }
    const auto here = static_cast<int>(i);
    Put(std::clamp(here - run_begin_, -kFar, kFar));
    Put(std::clamp(here - run_end_, -kFar, kFar));
    Put(Ratio(mass_[static_cast<size_t>(run_end_) + 1] - mass_[static_cast<size_t>(run_begin_)],
              mass_.back()));
    Put(here > run_end_ ? words_[i] - words_[static_cast<size_t>(run_end_) + 1] : 0.0F);
  }

  void WriteContainers(size_t i) {
    const Block& block = page_.blocks[i];
    const float own = static_cast<float>(block.stats.words);
    int32_t at = block.node;
    for (int level = 0; level < 5; ++level) {
      if (level > 0 && at >= 0) at = page_.nodes[static_cast<size_t>(at)].parent;
      if (at < 0 || page_.plain_text) {
        Put(-1.0F);
        Put(-1.0F);
        continue;
      }
      // Of the others in it.
      const Sum& sum = nodes_[static_cast<size_t>(at)];
      const float words = sum.words - own;
      Put(words <= 0 ? -1.0F : (sum.mass - own * guess_[i]) / words);
      Put(Ratio(sum.mass, mass_.back()));
    }
    const Sum& group = groups_.find(block.path)->second;
    const float words = group.words - own;
    Put(words <= 0 || page_.plain_text ? -1.0F : (group.mass - own * guess_[i]) / words);
  }

  void WriteVocabulary(size_t i) {
    const Vocabulary::Known known = vocabulary_.Compare(page_, i);
    Put(known.share);
    Put(known.words);
  }

  const Page& page_;
  const absl::Span<const float> guess_;
  float* out_ = nullptr;
  std::vector<float> words_, mass_;
  std::vector<Sum> nodes_;
  absl::flat_hash_map<uint32_t, Sum> groups_;
  std::vector<int> last_strong_, next_strong_;
  Vocabulary vocabulary_;
  int run_begin_ = -1, run_end_ = -1;
};

BlockContext::BlockContext(const Page& page, absl::Span<const float> guess)
    : writer_(std::make_unique<Writer>(page, guess)) {}

BlockContext::~BlockContext() = default;

size_t BlockContext::Write(size_t block, float* out) const { return writer_->WriteRow(block, out); }

}  // namespace sluice::deboilerplate
