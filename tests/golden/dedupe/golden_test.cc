// Every .jsonl beside this file is a stream of documents in order of arrival, each with what is to
// be said of it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "services/dedupe/deduper.h"
#include "services/dedupe/page_address.h"

namespace sluice::dedupe {
namespace {

std::string NameOf(Relation relation) {
  constexpr const char* kNames[] = {"original", "copy", "update", "exact"};
  return kNames[static_cast<size_t>(relation)];
}

absl::Time ParseDate(const std::string& text) {
  absl::Time time;
  if (!absl::ParseTime("%Y-%m-%dT%H:%M:%S", text, &time, nullptr)) {
    EXPECT_TRUE(absl::ParseTime("%Y-%m-%d", text, &time, nullptr)) << text;
  }
  return time;
}

void RunStream(const std::filesystem::path& path) {
  DedupeOptions options;
  options.date_past_max = options.date_future_max = absl::InfiniteDuration();
  Deduper deduper(options);
  const Fingerprinter fingerprinter(options.fingerprint);
  std::map<base::Hash128, std::string> names;
  std::ifstream stream(path);
  std::string line;
  uint64_t number = 0;
  while (std::getline(stream, line)) {
    const nlohmann::json document = nlohmann::json::parse(line);
    const std::string id = document["id"].get<std::string>();
    SCOPED_TRACE(id);
    Arrival arrival;
    arrival.id = base::HashBytes(id);
    arrival.urls = {HashUrl(document["url"].get<std::string>())};
    arrival.date = ParseDate(document["date"].get<std::string>());
    fingerprinter.Make(document["title"].get<std::string>(), document["text"].get<std::string>(),
                       arrival.fingerprint);
    names[arrival.id] = id;
    std::string looks;
    const Ruling ruling = deduper.Decide(arrival, absl::UnixEpoch(), [&](const Look& look) {
      looks += names[look.id] + ": " + std::string(look.judgement.reason) + ", coverage " +
               std::to_string(look.evidence.coverage()) + "\n";
    });
    EXPECT_EQ(names[ruling.place.cluster_id], document["want"]["cluster_id"].get<std::string>())
        << looks;
    EXPECT_EQ(NameOf(ruling.place.relation), document["want"]["relation"].get<std::string>())
        << looks;
    if (ruling.kind == Ruling::Kind::kNew) {
      deduper.Remember(
          deduper.Describe(arrival, ruling.place, {.time = absl::UnixEpoch(), .offset = number++}),
          arrival, absl::UnixEpoch());
    }
  }
  EXPECT_GT(number, 0U);
}

TEST(DedupeGoldenTest, SaysOfEveryDocumentWhatIsExpected) {
  size_t streams = 0;
  const std::filesystem::path folder = SLUICE_SOURCE_DIR "/tests/golden/dedupe";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".jsonl") continue;
    SCOPED_TRACE(entry.path().filename().string());
    RunStream(entry.path());
    ++streams;
  }
  EXPECT_EQ(streams, 3U);
}

}  // namespace
}  // namespace sluice::dedupe
