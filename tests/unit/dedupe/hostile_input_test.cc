// Texts made to be expensive. Cost is bounded by counting: what grows with the input must grow no
// faster than it, measured as time for twice the input.
#include <gtest/gtest.h>
#include <time.h>

#include <functional>
#include <string>

#include "pipeline/base/strings.h"
#include "services/dedupe/deduper.h"
#include "tests/unit/dedupe/sample_texts.h"

namespace sluice::dedupe {
namespace {

double CpuSeconds(const std::function<void()>& work) {
  const auto now = [] {
    timespec spec;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spec);
    return static_cast<double>(spec.tv_sec) + 1e-9 * static_cast<double>(spec.tv_nsec);
  };
  const double start = now();
  work();
  return now() - start;
}

// A quadratic step would make eight times the input cost 64 times as much.
void ExpectLinear(const std::function<void(size_t)>& work, size_t size) {
  work(size);  // Warms up.
  const double once = CpuSeconds([&] { work(size); });
  const double eight_times = CpuSeconds([&] { work(8 * size); });
  EXPECT_LT(eight_times, 24 * once + 0.01) << "size " << size;
}

void TakeAll(Deduper& deduper, const std::vector<std::string>& texts,
             std::string_view title = "t") {
  const Fingerprinter fingerprinter{FingerprintOptions()};
  for (const std::string& text : texts) {
    Arrival arrival;
    const uint64_t number = deduper.size().documents;
    arrival.id = {.high = 1, .low = number + 1};
    fingerprinter.Make(title, text, arrival.fingerprint);
    const Ruling ruling = deduper.Decide(arrival, absl::UnixEpoch());
    if (ruling.kind != Ruling::Kind::kNew) continue;
    deduper.Remember(
        deduper.Describe(arrival, ruling.place, {.time = absl::UnixEpoch(), .offset = number}),
        arrival, absl::UnixEpoch());
  }
}

std::string Repeat(std::string_view text, size_t times) {
  std::string repeated;
  for (size_t i = 0; i < times; ++i) repeated += text;
  return repeated;
}

TEST(HostileInputTest, OneWordAMillionTimesIsLinear) {
  ExpectLinear(
      [](size_t words) {
        Deduper deduper{DedupeOptions()};
        TakeAll(deduper, {Repeat("news ", words), Repeat("news ", words + 1)});
      },
      125'000);
}

TEST(HostileInputTest, OneWordOfAMillionLettersIsLinear) {
  ExpectLinear(
      [](size_t letters) {
        Deduper deduper{DedupeOptions()};
        TakeAll(deduper, {std::string(letters, 'a'), Repeat("\u00e9", letters / 2),
                          Repeat("9,", letters / 2), Repeat("\u0301", letters / 2)});
      },
      125'000);
}

TEST(HostileInputTest, ManyDocumentsThatShareOneShingleAreLinear) {
  SampleTexts texts(1);
  std::vector<std::string> all;
  for (int i = 0; i < 8 * 1250; ++i) {
    all.push_back("all rights are reserved by us always " + texts.Article(40));
  }
  ExpectLinear(
      [&](size_t documents) {
        Deduper deduper{DedupeOptions()};
        TakeAll(deduper, {all.begin(), all.begin() + static_cast<ptrdiff_t>(documents)});
      },
      1250);
}

TEST(HostileInputTest, ManyCopiesOfOneTextAreLinear) {
  const std::string text = SampleTexts(2).Article(400);
  ExpectLinear(
      [&](size_t documents) {
        Deduper deduper{DedupeOptions()};
        TakeAll(deduper, std::vector<std::string>(documents, text));
      },
      500);
}

TEST(HostileInputTest, ALongTextThatRepeatsItselfIsLinear) {
  const std::string phrase = SampleTexts(3).Article(40) + " ";
  ExpectLinear(
      [&](size_t times) {
        Deduper deduper{DedupeOptions()};
        TakeAll(deduper, {Repeat(phrase, times), Repeat(phrase, times + 1) + "end"});
      },
      500);
}

TEST(HostileInputTest, EmptyAndWordlessTextsAreOriginals) {
  Deduper deduper{DedupeOptions()};
  TakeAll(deduper, {"", "", " \n ", "...", "\xff\xfe", "one two", "one two"});
  EXPECT_EQ(deduper.size().documents, 7U);
  EXPECT_EQ(deduper.size().texts, 0U);
}

TEST(HostileInputTest, ATitleOfAMillionWordsIsCut) {
  Deduper deduper{DedupeOptions()};
  const uint64_t empty = deduper.size().bytes;
  TakeAll(deduper, {SampleTexts(4).Article(100)}, Repeat("headline ", 1'000'000));
  EXPECT_LT(deduper.size().bytes, empty + 100'000);
}

}  // namespace
}  // namespace sluice::dedupe
