#include "tests/contract/copier.h"

#include <algorithm>
#include <random>

#include "pipeline/base/strings.h"

namespace sluice::contract {
namespace {

constexpr char kCounter[] = "counter";

log::Spec SourceSpec() {
  return {.stage = "source",
          .inputs = {"sources"},
          .outputs = {"crawl-targets"},
          .tables = {{.name = "count"}}};
}

log::Spec CopierSpec() {
  return {.stage = "copier",
          .inputs = {"crawl-targets"},
          .outputs = {"clean", "outcomes"},
          .tables = {{.name = "count"}, {.name = "copied"}}};
}

uint64_t Count(const log::Worker& worker) {
  return std::stoull(worker.state().Get("count", kCounter).value_or("0"));
}

absl::StatusOr<std::unique_ptr<log::Worker>> Open(log::Log& log, const log::Spec& spec,
                                                  std::stop_token stop) {
  return log.OpenWorker(spec, 0, [](auto, auto, auto) {}, std::move(stop));
}

}  // namespace

absl::Status RunSource(log::Log& log, uint64_t last, std::stop_token stop) {
  auto worker = Open(log, SourceSpec(), stop);
  if (!worker.ok()) return worker.status();
  std::mt19937 random(1);
  for (uint64_t count = Count(**worker); count < last && !stop.stop_requested();) {
    log::Transaction transaction(&(*worker)->state());
    for (uint64_t some = 1 + random() % 5; some > 0 && count < last; --some) {
      // Some are larger than a block.
      const std::string padding(random() % 8 == 0 ? 30'000 : 100, '.');
      if (auto status =
              transaction.Emit("crawl-targets", "", fmt::format("{} {}", ++count, padding));
          !status.ok()) {
        return status;
      }
    }
    transaction.Put("count", kCounter, std::to_string(count));
    if (auto status = (*worker)->Commit(std::move(transaction), {}); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status RunCopier(log::Log& log, uint64_t last, std::stop_token stop) {
  auto worker = Open(log, CopierSpec(), stop);
  if (!worker.ok()) return worker.status();
  std::mt19937 random(2);
  for (uint64_t count = Count(**worker); count < last;) {
    const auto records = (*worker)->Poll({.records_max = 1 + random() % 6}, absl::InfiniteFuture());
    if (!records.ok()) return records.status();
    log::Transaction transaction(&(*worker)->state());
    for (const log::Record& record : *records) {
      const std::string_view input = record.value.substr(0, record.value.find(' '));
      const std::string copy = fmt::format("{} {}", ++count, input);
      for (const std::string_view topic : {"clean", "outcomes"}) {
        if (auto status = transaction.Emit(topic, "", copy); !status.ok()) return status;
      }
      transaction.Put("copied", input, copy);
    }
    transaction.Put("count", kCounter, std::to_string(count));
    if (auto status = (*worker)->Commit(std::move(transaction), *records); !status.ok())
      return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<CopierTraces> ReadTraces(log::Log& log) {
  CopierTraces traces;
  auto source = Open(log, SourceSpec(), {});
  if (!source.ok()) return source.status();
  traces.appended = Count(**source);
  auto copier = Open(log, CopierSpec(), {});
  if (!copier.ok()) return copier.status();
  traces.copied = Count(**copier);
  (*copier)->state().Scan("copied", "", "", [&](std::string_view, std::string_view value) {
    traces.rows.emplace_back(value);
  });
  for (const auto& [topic, values] :
       {std::pair("clean", &traces.clean), std::pair("outcomes", &traces.outcomes)}) {
    auto reader = log.OpenReplica({.stage = fmt::format("traces of {}", topic),
                                   .inputs = {topic},
                                   .outputs = {},
                                   .tables = {}},
                                  [](auto, auto, auto) {}, {});
    if (!reader.ok()) return reader.status();
    while (values->size() < traces.copied) {
      const auto records = (*reader)->Poll({}, absl::InfiniteFuture());
      if (!records.ok()) return records.status();
      for (const log::Record& record : *records) values->emplace_back(record.value);
    }
    const auto more = (*reader)->Poll({}, absl::InfinitePast());
    if (!more.ok()) return more.status();
    for (const log::Record& record : *more) values->emplace_back(record.value);
  }
  return traces;
}

std::optional<std::string> Contradiction(const CopierTraces& traces) {
  if (traces.copied > traces.appended)
    return fmt::format("{} copies of {} inputs", traces.copied, traces.appended);
  std::vector<std::string> expected;
  for (uint64_t i = 1; i <= traces.copied; ++i) expected.push_back(fmt::format("{} {}", i, i));
  const auto differs = [&](const char* what, std::vector<std::string> found,
                           bool sorted) -> std::optional<std::string> {
    if (!sorted) {
      std::ranges::sort(found, {}, [](const std::string& value) { return std::stoull(value); });
    }
    if (found == expected) return std::nullopt;
    const auto [there, should] = std::ranges::mismatch(found, expected);
    return fmt::format("{}: {} instead of {}, number {} is \"{}\"", what, found.size(),
                       expected.size(), there - found.begin() + 1,
                       there == found.end() ? "missing" : *there);
  };
  for (auto& difference :
       {differs("clean", traces.clean, true), differs("outcomes", traces.outcomes, true),
        differs("rows", traces.rows, false)}) {
    if (difference.has_value()) return difference;
  }
  return std::nullopt;
}

}  // namespace sluice::contract
