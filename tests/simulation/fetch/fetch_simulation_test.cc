#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "pipeline/base/strings.h"
#include "pipeline/log/topics.h"
#include "pipeline/url/registrable_domain.h"
#include "pipeline/url/url.h"
#include "services/fetch/drop_reasons.h"
#include "tests/fakes/fetch_shard.h"
#include "tests/simulation/fetch/simulated_web.h"

namespace sluice::fetch {
namespace {

using fakes::FetchShard;

struct Scenario {
  uint32_t seed = 1;
  int sites = 8;
  log::Partition shards = 1;
  int crashes = 0;  // Of the whole process, and as many of one shard's commit.
};

// Runs shards against a simulated web, second by simulated second, and watches every request that
// they make.
class Simulation {
 public:
  static constexpr absl::Duration kPublishing = absl::Hours(2);
  static constexpr absl::Duration kEnd = absl::Hours(12);

  explicit Simulation(const Scenario& scenario)
      : scenario_(scenario),
        random_(scenario.seed),
        start_(clock_.Now()),
        web_(scenario.seed * 7919 + 1, scenario.sites, start_, kPublishing),
        log_({.keyed_partitions = scenario.shards}, clock_) {
    options_.host_interval = absl::Seconds(1);
    options_.revisits.clear();  // Every answer is then one target's.
    options_.resubmit_after = absl::Hours(24 * 365);
    for (const SimulatedWeb::Site& site : web_.sites()) {
      SourceOptions source;
      source.id = site.host;
      source.url = fmt::format("https://{}/feed.xml", site.host);
      if (site.section) MakeSection(source, site);
      options_.sources.push_back(source);
    }
    for (log::Partition shard = 0; shard < scenario.shards; ++shard) {
      shards_.push_back(std::make_unique<Shard>(*this));
      shards_.back()->shard = std::make_unique<FetchShard>(
          FetchShard::Setting{.options = options_, .shard = shard, .shards = scenario.shards}, log_,
          clock_, shards_.back()->http);
    }
  }

  void Run() {
    for (const auto& shard : shards_) ASSERT_TRUE(shard->shard->Open().ok());
    const absl::Time end = start_ + kEnd;
    while (clock_.Now() < end) {
      MaybeSubmit();
      MaybeBreak();
      Turns();
      absl::Time next = std::min(end, clock_.Now() + absl::Minutes(1));
      for (const auto& shard : shards_) {
        next = std::min(next, shard->shard->NextWake());
        if (!shard->answers.empty()) next = std::min(next, shard->answers.begin()->first);
      }
      clock_.Set(std::max(next, clock_.Now()));
      for (const auto& shard : shards_) shard->Deliver();
    }
    Turns();
  }

  // The conservation law, and the end that each page had to come to.
  void Check() {
    std::map<std::string, int> targets;
    int moved = 0;
    for (const data::v1::CrawlTarget& target : FetchShard::Targets(log_)) {
      ++targets[target.envelope().url()];
      moved += target.hops() > 0 ? 1 : 0;
    }
    int accepted = 0;
    for (const auto& [url, count] : targets) accepted += count;
    std::map<std::string, std::vector<std::string>> ends;  // By the URL first asked for.
    const auto first_url = [](const data::v1::Envelope& envelope) {
      return envelope.requested_url().empty() ? envelope.url() : envelope.requested_url();
    };
    int dropped = 0;
    for (const data::v1::Outcome& outcome : FetchShard::Outcomes(log_)) {
      if (!outcome.final()) continue;
      ++dropped;
      ends[first_url(outcome.envelope())].push_back(outcome.envelope().trail().rbegin()->reason());
    }
    const std::vector<data::v1::RawPage> pages = FetchShard::Pages(log_);
    for (const data::v1::RawPage& page : pages) {
      ends[first_url(page.envelope())].push_back("page");
      EXPECT_EQ(page.envelope().url(), web_.pages().at(first_url(page.envelope())).page_url);
    }
    EXPECT_EQ(accepted, dropped + moved + static_cast<int>(pages.size()));
    EXPECT_GT(web_.older_lists_asked(), 0);
    EXPECT_GT(pages.size(), 20U);

    std::set<std::string> fetched;
    for (const data::v1::RawPage& page : pages) fetched.insert(page.envelope().url());
    for (const auto& [url, reasons] : ends) {
      const SimulatedWeb::Page& page = web_.pages().at(url);
      // Named again: known, whatever became of it the first time.
      const auto first =
          std::ranges::find_if(reasons, [](const std::string& reason) { return reason != kKnown; });
      if (first != reasons.end()) {
        EXPECT_TRUE(page.ends.contains(*first)) << url << " " << *first;
      }
      if (first == reasons.end()) {
        // By itself, or since a redirect had led there before.
        EXPECT_TRUE(page.ends.contains(std::string(kKnown)) || fetched.contains(url)) << url;
      }
      if (!page.page_url.empty()) {
        EXPECT_TRUE(fetched.contains(page.page_url)) << url;
      }
    }
    // All that the feeds and sections have named has come to an end.
    for (const SimulatedWeb::Site& site : web_.sites()) {
      const bool open = !web_.Forbids(fmt::format("https://{}/", site.host));
      for (const std::string& url : site.pages) {
        if (open) {
          EXPECT_TRUE(ends.contains(url) || fetched.contains(url)) << url;
        }
      }
    }
    CheckRequests();
  }

  uint64_t faults() const { return log_.faults_fired(); }

 private:
  // A shard and its client, which asks the web and remembers when the answer is due.
  struct Shard {
    explicit Shard(Simulation& simulation) : http(simulation, *this) {}

    struct Client final : HttpClient {
      Client(Simulation& owner, Shard& of) : simulation(&owner), shard(&of) {}
      void Start(HttpRequest request, Done done) override {
        simulation->Asked(*shard, request, std::move(done));
      }
      Simulation* simulation;  // Not owned.
      Shard* shard;            // Not owned.
    };
    struct Waiting {
      std::string url;
      HttpResponse response;
      HttpClient::Done done;
    };

    void Deliver() {
      while (!answers.empty() && answers.begin()->first <= http.simulation->clock_.Now()) {
        Waiting waiting = std::move(answers.begin()->second);
        answers.erase(answers.begin());
        http.simulation->Answered(waiting.url, waiting.response);
        delivered.push_back(waiting.url);
        waiting.done(std::move(waiting.response));
      }
    }

    std::unique_ptr<FetchShard> shard;
    Client http;
    std::multimap<absl::Time, Waiting> answers;
    std::vector<std::string> delivered;  // Since the last turns that went well.
  };

  struct HostHistory {
    int in_flight = 0;
    absl::Time rested = absl::InfinitePast();  // It may be asked again.
    bool robots_read = false;
  };

  static void MakeSection(SourceOptions& source, const SimulatedWeb::Site& site) {
    source.kind = data::v1::SOURCE_KIND_SECTION;
    source.url = fmt::format("https://{}/news/", site.host);
    source.pages_max = 20;
    for (const std::string_view pattern : {"/*", "/*/*"}) {
      source.rules.links.push_back(*LinkPattern::Parse(pattern));
    }
    for (const std::string_view pattern : {"/about", "/news", "/trap/excluded"}) {
      source.rules.except.push_back(*LinkPattern::Parse(pattern));
    }
  }

  static std::string HostOf(const std::string& url) {
    return std::string(url::Url::Parse(url)->host());
  }

  void Asked(Shard& shard, const HttpRequest& request, HttpClient::Done done) {
    HostHistory& host = hosts_[HostOf(request.url)];
    const bool robots = request.url.ends_with("/robots.txt");
    EXPECT_FALSE(SimulatedWeb::IsTrap(request.url)) << request.url;
    EXPECT_EQ(host.in_flight, 0) << request.url;
    EXPECT_GE(clock_.Now(), host.rested) << request.url;
    if (!robots) {
      EXPECT_TRUE(host.robots_read) << request.url;
      EXPECT_FALSE(web_.Forbids(request.url)) << request.url;
      ++asked_[request.url];
    }
    ++host.in_flight;
    SimulatedWeb::Answer answer = web_.Ask(request, clock_.Now());
    if (robots && answer.response.error == HttpError::kNone && answer.response.status < 500)
      host.robots_read = true;
    shard.answers.emplace(clock_.Now() + answer.latency,
                          Shard::Waiting{request.url, std::move(answer.response), std::move(done)});
  }

  void Answered(const std::string& url, const HttpResponse& response) {
    Rest(url);
    absl::Duration asked;
    if (absl::ParseDuration(response.retry_after + "s", &asked)) {
      hosts_[HostOf(url)].rested = std::max(hosts_[HostOf(url)].rested, clock_.Now() + asked);
    }
  }

  void Rest(const std::string& url) {
    HostHistory& host = hosts_[HostOf(url)];
    --host.in_flight;
    absl::Duration interval = options_.host_interval;
    if (const SimulatedWeb::Site* site = web_.FindSite(HostOf(url))) {
      // Nobody can know of the delay before robots.txt has come.
      interval = std::max(interval, site->crawl_delay);
    }
    host.rested = std::max(host.rested, clock_.Now() + interval);
  }

  void MaybeSubmit() {
    if (random_() % 8 == 0 && clock_.Now() < start_ + kPublishing)
      FetchShard::Submit(log_, web_.AnyPage(random_));
  }

  void MaybeBreak() {
    if (clock_.Now() > start_ + kPublishing * 2 || random_() % 300 != 0) return;
    if (kills_ < scenario_.crashes && kills_ <= commits_) {
      ++kills_;
      log_.KillAtStep(1 + random_() % 20);
    } else if (commits_ < scenario_.crashes) {
      ++commits_;
      log_.FailCommit(1 + random_() % 5, absl::AbortedError("another owner"),
                      random_() % 2 == 0 ? fakes::MemoryLog::Effect::kNone
                                         : fakes::MemoryLog::Effect::kApplied);
    }
  }

  void Turns() {
    for (bool again = true; again;) {
      again = false;
      for (const auto& shard : shards_) {
        const absl::Status status = shard->shard->Run();
        if (status.ok()) {
          shard->delivered.clear();
          continue;
        }
        again = true;
        if (log_.killed()) {
          for (const auto& any : shards_) Crash(*any);
          log_.Restart();
          for (const auto& any : shards_) Open(*any);
        } else {
          Crash(*shard);
          Open(*shard);
        }
        break;
      }
    }
  }

  // What was under way is lost, and may be asked for once more.
  void Crash(Shard& shard) {
    shard.shard->Crash();
    for (const auto& [time, waiting] : shard.answers) {
      ++lost_[waiting.url];
      Rest(waiting.url);
    }
    for (const std::string& url : shard.delivered) {
      ++lost_[url];
      hosts_[HostOf(url)].rested = clock_.Now() + options_.host_interval;  // And what it asked for.
    }
    shard.answers.clear();
    shard.delivered.clear();
  }

  static void Open(Shard& shard) { ASSERT_TRUE(shard.shard->Open().ok()); }

  void CheckRequests() {
    for (const auto& [url, count] : asked_) {
      if (!web_.pages().contains(url)) continue;  // The feeds, and what is not there.
      const SimulatedWeb::Page& page = web_.pages().at(url);
      // What failed may be submitted again.
      if (page.page_url == url && Leads(url) == 0) {
        EXPECT_LE(count, web_.Tries(url) + lost_[url]) << url;
      }
    }
  }

  // How many redirects name a URL: each may bring a request of its own.
  int Leads(const std::string& url) const {
    int leads = 0;
    for (const auto& [from, page] : web_.pages())
      leads += page.page_url == url && from != url ? 1 : 0;
    return leads;
  }

  const Scenario scenario_;
  std::mt19937 random_;
  fakes::ManualClock clock_;
  const absl::Time start_;
  SimulatedWeb web_;
  fakes::MemoryLog log_;
  FetchOptions options_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::map<std::string, HostHistory> hosts_;
  std::map<std::string, int> asked_;  // Requests, by URL; robots.txt apart.
  std::map<std::string, int> lost_;   // Answers that no commit has kept.
  int kills_ = 0;
  int commits_ = 0;
};

class FetchSimulationTest : public ::testing::TestWithParam<Scenario> {};

TEST_P(FetchSimulationTest, EveryPageComesToItsOneEndPolitely) {
  const Scenario& scenario = GetParam();
  SCOPED_TRACE(fmt::format("seed {}, shards {}, crashes {}", scenario.seed, scenario.shards,
                           scenario.crashes));
  Simulation simulation(scenario);
  simulation.Run();
  simulation.Check();
  if (scenario.crashes > 0) {
    EXPECT_GE(simulation.faults(), static_cast<uint64_t>(scenario.crashes));
  }
}

INSTANTIATE_TEST_SUITE_P(Calm, FetchSimulationTest,
                         ::testing::Values(Scenario{.seed = 1}, Scenario{.seed = 2},
                                           Scenario{.seed = 3},
                                           Scenario{.seed = 4, .sites = 20, .shards = 3},
                                           Scenario{.seed = 5, .sites = 20, .shards = 3}));
INSTANTIATE_TEST_SUITE_P(
    Crashing, FetchSimulationTest,
    ::testing::Values(Scenario{.seed = 11, .crashes = 6}, Scenario{.seed = 12, .crashes = 6},
                      Scenario{.seed = 13, .crashes = 6}, Scenario{.seed = 14, .crashes = 6},
                      Scenario{.seed = 15, .sites = 12, .shards = 3, .crashes = 6},
                      Scenario{.seed = 16, .sites = 12, .shards = 3, .crashes = 6}));

}  // namespace
}  // namespace sluice::fetch
