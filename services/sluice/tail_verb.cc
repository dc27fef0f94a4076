#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "services/sluice/cursor_file.h"
#include "services/sluice/tail.h"
#include "services/sluice/verbs.h"

namespace sluice::cli {
namespace {

struct TailFlags {
  TailOptions options;
  std::string format = "text";
  std::string idle_exit;
  std::vector<std::string> topics, languages, sources, kinds, facets;
  double score_min = 0;
  double related_min = 0;
  bool one_per_cluster = false;
  bool no_follow = false;
  std::string since;
};

void AddFilterOptions(CLI::App& verb, TailFlags& flags) {
  constexpr char kGroup[] = "Filters (an item has to pass all that are given)";
  verb.add_option("--topic", flags.topics, "Only of this topic; may be repeated.")->group(kGroup);
  verb.add_option("--score-min", flags.score_min,
                  "Least probability that the topic is the article's subject.")
      ->check(CLI::Range(0.0, 1.0))
      ->group(kGroup);
  verb.add_option("--related-min", flags.related_min,
                  "Least probability that it matters to a follower of the topic.")
      ->check(CLI::Range(0.0, 1.0))
      ->group(kGroup);
  verb.add_option("--language", flags.languages, "Only in this language (en, zh, ...).")
      ->group(kGroup);
  verb.add_option("--source", flags.sources, "Only of this source's id.")->group(kGroup);
  verb.add_option("--kind", flags.kinds, "Only of this kind: article, live_blog, ...")
      ->group(kGroup);
  verb.add_option("--facet", flags.facets,
                  "Only with this facet; of one name any value, of several names all.")
      ->type_name("NAME=VALUE")
      ->group(kGroup);
  verb.add_flag("--one-per-cluster", flags.one_per_cluster, "Leave copies out.")->group(kGroup);
  verb.add_option("--since", flags.since, "Only events from this time on.")
      ->type_name("TIME")
      ->group(kGroup);
}

absl::Status FillFilter(const TailFlags& flags, service::v1::Filter& filter) {
  filter.mutable_topics()->Add(flags.topics.begin(), flags.topics.end());
  filter.mutable_languages()->Add(flags.languages.begin(), flags.languages.end());
  filter.mutable_source_ids()->Add(flags.sources.begin(), flags.sources.end());
  filter.mutable_kinds()->Add(flags.kinds.begin(), flags.kinds.end());
  filter.mutable_facets()->Add(flags.facets.begin(), flags.facets.end());
  filter.set_score_min(flags.score_min);
  filter.set_related_min(flags.related_min);
  filter.set_one_per_cluster(flags.one_per_cluster);
  if (flags.since.empty()) return absl::OkStatus();
  auto since = ParseFrom(flags.since, absl::Now());
  if (!since.ok() || !since->has_time()) {
    return absl::InvalidArgumentError(fmt::format(
        "--since \"{}\" is no time; write 2026-11-22T08:00:00Z, 2026-11-22, or an age such as 2h",
        flags.since));
  }
  *filter.mutable_since() = since->time();
  return absl::OkStatus();
}

int Tail(TailFlags& flags) {
  if (!flags.idle_exit.empty()) flags.options.idle_exit = ParseSpan(flags.idle_exit);
  if (flags.options.idle_exit <= absl::ZeroDuration()) {
    return Report(absl::InvalidArgumentError(
        fmt::format("--idle-exit \"{}\" is no duration; write 5s, 2m or 1h", flags.idle_exit)));
  }
  flags.options.follow = !flags.no_follow;
  flags.options.jsonl = flags.format == "jsonl";
  flags.options.sync_output = [] { return SyncOutput(STDOUT_FILENO); };
  if (absl::Status status = FillFilter(flags, flags.options.filter); !status.ok()) {
    return Report(status);
  }
  return Report(RunTail(flags.options, std::cout, std::cerr));
}

}  // namespace

void AddTailVerb(CLI::App& app, int& exit_status) {
  auto flags = std::make_shared<TailFlags>();
  CLI::App* verb = app.add_subcommand(
      "tail",
      "Prints the clean feed as it comes, and goes on where it was when the server comes back.\n\n"
      "All that is kept, then live:      sluice tail --from beginning\n"
      "The last two hours as JSON:       sluice tail --from 2h --format jsonl --no-follow\n"
      "A program that may be restarted:  sluice tail --state feed.cursor --format jsonl | ...");
  AddClientOptions(*verb, flags->options.client);
  verb->add_option(
          "--from", flags->options.from,
          "Where to begin: beginning, now, a time (2026-11-22T08:00:00Z or 2026-11-22), an "
          "age (2h, 7d), or the cursor of an item, to begin behind it.")
      ->type_name("WHERE")
      ->capture_default_str();
  verb->add_option("--state", flags->options.state,
                   "Keeps the cursor in this file, and begins from there when it has one.")
      ->type_name("FILE");
  verb->add_option("--limit", flags->options.limit, "Ends after so many items.")
      ->type_name("N")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 53));
  verb->add_flag("--no-follow", flags->no_follow,
                 "Ends when everything that the feed has now is printed.");
  verb->add_option("--idle-exit", flags->idle_exit,
                   "Ends with status 0 when nothing has come for so long.")
      ->type_name("DURATION");
  verb->add_option("--format", flags->format, "text, for people, or jsonl, one object a line.")
      ->check(CLI::IsMember({"text", "jsonl"}))
      ->capture_default_str();
  AddFilterOptions(*verb, *flags);
  verb->callback([flags, &exit_status] { exit_status = Tail(*flags); });
}

}  // namespace sluice::cli
