// How fast articles are judged: matching alone, folding alone, and the whole stage, with the ratio
// of the last to the first; and an automaton of 100,000 terms.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <random>
#include <string>

#include "pipeline/log/transaction.h"
#include "services/classify_relevance/classifier.h"
#include "services/classify_relevance/classify_relevance_stage.h"
#include "services/classify_relevance/term_matcher.h"
#include "services/classify_relevance/text_folding.h"
#include "sluice/data/v1/deduped_document.pb.h"

namespace sluice::classify_relevance {
namespace {

// News prose of our own, one sentence in `every` about the topic (0: none), 3 kB.
std::string Article(size_t every, uint32_t seed) {
  static const char* const kPlain[] = {
      "The council met on Tuesday evening to hear how the new tram line would change the market "
      "square. ",
      "Residents along the river said the repairs had taken longer than anyone was told in "
      "spring. ",
      "“We waited two winters for this bridge,” said a shopkeeper, pointing at the scaffolding. ",
      "The orchestra opened its season with a programme that nobody in the hall had heard before. ",
      "Farmers in the valley expect an early harvest after a dry August and a windy September. ",
      "A spokeswoman for the railway said the timetable would be published at the end of the "
      "month. ",
      "The museum has bought a painting that had hung for sixty years in a café by the harbour. ",
      "Engineers are checking whether the dam can hold the water of another wet decade. "};
  static const char* const kOnTopic[] = {
      "Lawmakers passed a bill that lets pharmacies hand out naloxone as overdose deaths from "
      "fentanyl rise. ",
      "Both governments agreed to a working group on precursor chemicals and on fentanyl "
      "trafficking. ",
      "The tariff on imports stays until the flow of synthetic opioids across the border ends, "
      "officials said. "};
  std::mt19937 random(seed);
  std::string text;
  for (size_t i = 0; text.size() < 3000; ++i) {
    text += every > 0 && i % every == 0 ? kOnTopic[random() % std::size(kOnTopic)]
                                        : kPlain[random() % std::size(kPlain)];
    if (i % 4 == 3) text.back() = '\n';
  }
  return text;
}

// One article in ten is on the topic, as in a feed chosen by section, and half of the rest is not
// even near it.
const std::vector<std::string>& Articles() {
  static const std::vector<std::string> made = [] {
    std::vector<std::string> list;
    for (uint32_t i = 0; i < 200; ++i) list.push_back(Article(i % 10 == 0 ? 3 : 0, i));
    return list;
  }();
  return made;
}

const Classifier& TheClassifier() {
  static const std::unique_ptr<Classifier> made =
      Classifier::Open({std::string(SLUICE_SOURCE_DIR) + "/topics/fentanyl-policy.yaml"}, {})
          .value();
  return *made;
}

void CountArticles(benchmark::State& state, size_t bytes) {
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes));
}

void FoldAlone(benchmark::State& state) {
  size_t i = 0;
  FoldedText folded;
  for (auto _ : state) {
    folded.Clear();
    folded.Append(Articles()[i++ % Articles().size()]);
    benchmark::DoNotOptimize(folded.text().data());
  }
  CountArticles(state, Articles()[0].size());
}
BENCHMARK(FoldAlone);

void MatchAlone(benchmark::State& state) {
  std::vector<std::string> folded;
  for (const std::string& article : Articles()) folded.push_back(Fold(article));
  size_t i = 0;
  size_t hits = 0;
  for (auto _ : state) {
    TheClassifier().lexicon().matcher().Match(folded[i++ % folded.size()],
                                              [&](uint32_t, uint32_t) { ++hits; });
  }
  state.counters["terms"] = static_cast<double>(TheClassifier().lexicon().literals());
  state.counters["hits"] = static_cast<double>(hits) / static_cast<double>(state.iterations());
  CountArticles(state, Articles()[0].size());
}
BENCHMARK(MatchAlone);

void ClassifyAlone(benchmark::State& state) {
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        TheClassifier().Classify("", Articles()[i++ % Articles().size()], "en", 0.3));
  }
  CountArticles(state, Articles()[0].size());
}
BENCHMARK(ClassifyAlone);

// Prepare and Apply of records. Argument: one sentence in so many is on the topic; 0: the mixture.
void WholeStage(benchmark::State& state) {
  auto stage = ClassifyRelevanceStage::Create({}, TheClassifier()).value();
  std::vector<std::string> values;
  for (uint32_t i = 0; i < 200; ++i) {
    data::v1::DedupedDocument document;
    document.mutable_envelope()->set_id(fmt::format("{:032x}", i));
    document.mutable_envelope()->set_url(fmt::format("https://news.example/{}", i));
    document.set_article_id(fmt::format("{:032x}", i));
    document.set_cluster_id(fmt::format("{:032x}", i));
    document.set_revision(1);
    document.mutable_document()->set_title("The council and the river");
    document.mutable_document()->set_language("en");
    document.mutable_document()->set_text(
        state.range(0) == 0 ? Articles()[i] : Article(static_cast<size_t>(state.range(0)), i));
    values.push_back(document.SerializeAsString());
  }
  size_t i = 0;
  for (auto _ : state) {
    log::Record record;
    record.value = values[i++ % values.size()];
    auto prepared = stage->Prepare(record).value();
    log::Transaction transaction(nullptr);
    benchmark::DoNotOptimize(stage->Apply(*prepared, record, transaction));
  }
  CountArticles(state, values[0].size());
}
BENCHMARK(WholeStage)->Arg(0)->Arg(3)->Arg(1);

// An operator's word list: 100,000 names over the same articles.
void MatchHundredThousandTerms(benchmark::State& state) {
  std::mt19937 random(7);
  std::vector<std::string> terms;
  for (size_t i = 0; i < 100'000; ++i) {
    std::string term;
    for (size_t n = 6 + random() % 12; term.size() < n;) {
      term += static_cast<char>('a' + random() % 26);
    }
    terms.push_back(term + fmt::format(" {}", i));
  }
  const std::unique_ptr<TermMatcher> matcher = MakeVectorscanMatcher(terms).value();
  size_t i = 0;
  for (auto _ : state) {
    matcher->Match(Articles()[i++ % Articles().size()], [](uint32_t, uint32_t) {});
  }
  CountArticles(state, Articles()[0].size());
}
BENCHMARK(MatchHundredThousandTerms);

}  // namespace
}  // namespace sluice::classify_relevance
