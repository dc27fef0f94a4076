#include "services/sluice/observers.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace sluice::cli {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;

Counter& MakeCounter(Registry& registry, const char* name, const char* help,
                     const prometheus::Labels& labels = {}) {
  return BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
}

class FetchMetrics final : public fetch::FetchObserver {
 public:
  explicit FetchMetrics(Registry& registry)
      : robots_refused_(MakeCounter(registry, "sluice_fetch_robots_refused_total",
                                    "Requests that a robots.txt has kept us from.")),
        unchanged_(MakeCounter(registry, "sluice_fetch_unchanged_total",
                               "Visits that found nothing new.")),
        bytes_(MakeCounter(registry, "sluice_fetch_received_bytes_total",
                           "Bytes of bodies, as sent.")),
        duration_(
            prometheus::BuildHistogram()
                .Name("sluice_fetch_request_duration_seconds")
                .Help("Time that a request takes.")
                .Register(registry)
                .Add({}, Histogram::BucketBoundaries{0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60})),
        in_flight_(BuildGauge()
                       .Name("sluice_fetch_requests_in_flight")
                       .Help("Requests under way.")
                       .Register(registry)),
        frontier_urls_(BuildGauge()
                           .Name("sluice_fetch_frontier_urls")
                           .Help("URLs that wait to be asked for.")
                           .Register(registry)),
        frontier_hosts_(BuildGauge()
                            .Name("sluice_fetch_frontier_hosts")
                            .Help("Hosts with URLs that wait.")
                            .Register(registry)),
        sources_(BuildGauge()
                     .Name("sluice_fetch_sources")
                     .Help("Configured sources.")
                     .Register(registry)),
        sources_failing_(BuildGauge()
                             .Name("sluice_fetch_sources_failing")
                             .Help("Sources whose last visit failed.")
                             .Register(registry)) {
    constexpr std::array kClasses = {"error", "1xx", "2xx", "3xx", "4xx", "5xx"};
    for (size_t i = 0; i < kClasses.size(); ++i) {
      requests_[i] = &MakeCounter(
          registry, "sluice_fetch_requests_total",
          "Requests that have ended, by class of the answer's status; error: there was none.",
          {{"status", kClasses[i]}});
    }
  }

  void RequestEnded(fetch::HttpError /*error*/, int status, uint64_t received_bytes,
                    absl::Duration elapsed) override {
    requests_[status >= 100 && status < 600 ? status / 100 : 0]->Increment();
    bytes_.Increment(static_cast<double>(received_bytes));
    duration_.Observe(absl::ToDoubleSeconds(elapsed));
  }
  void RobotsRefused() override { robots_refused_.Increment(); }
  void Unchanged() override { unchanged_.Increment(); }
  void InFlight(uint32_t shard, size_t requests) override { Set(in_flight_, shard, requests); }
  void Frontier(uint32_t shard, size_t urls, size_t hosts) override {
    Set(frontier_urls_, shard, urls);
    Set(frontier_hosts_, shard, hosts);
  }
  void Sources(uint32_t shard, size_t configured, size_t failing) override {
    Set(sources_, shard, configured);
    Set(sources_failing_, shard, failing);
  }

 private:
  // The gauges of a family by shard, looked up by number.
  class ByShard {
   public:
    explicit ByShard(prometheus::Family<Gauge>& family) : family_(&family) {}
    Gauge& at(uint32_t shard) {
      const absl::MutexLock lock(&mutex_);
      if (shard >= gauges_.size()) gauges_.resize(shard + 1);
      if (gauges_[shard] == nullptr)
        gauges_[shard] = &family_->Add({{"shard", std::to_string(shard)}});
      return *gauges_[shard];
    }

   private:
    prometheus::Family<Gauge>* family_;
    absl::Mutex mutex_;
    std::vector<Gauge*> gauges_ ABSL_GUARDED_BY(mutex_);
  };

  static void Set(ByShard& gauges, uint32_t shard, size_t value) {
    gauges.at(shard).Set(static_cast<double>(value));
  }

  std::array<Counter*, 6> requests_{};
  Counter& robots_refused_;
  Counter& unchanged_;
  Counter& bytes_;
  Histogram& duration_;
  ByShard in_flight_;
  ByShard frontier_urls_;
  ByShard frontier_hosts_;
  ByShard sources_;
  ByShard sources_failing_;
};

class FeedMetrics final : public feed::FeedObserver {
 public:
  explicit FeedMetrics(Registry& registry)
      : subscribers_(BuildGauge()
                         .Name("sluice_feed_subscribers")
                         .Help("Open subscriptions.")
                         .Register(registry)
                         .Add({})),
        items_(MakeCounter(registry, "sluice_feed_sent_items_total",
                           "Items handed to the transport.")),
        bytes_(MakeCounter(registry, "sluice_feed_sent_bytes_total",
                           "Bytes handed to the transport.")),
        cut_off_(MakeCounter(registry, "sluice_feed_cut_off_total",
                             "Subscribers cut off since they read too slowly.")) {}

  void SubscriberCame() override { subscribers_.Increment(); }
  void SubscriberWent() override { subscribers_.Decrement(); }
  void Sent(size_t items, size_t bytes) override {
    items_.Increment(static_cast<double>(items));
    bytes_.Increment(static_cast<double>(bytes));
  }
  void CutOff() override { cut_off_.Increment(); }

 private:
  Gauge& subscribers_;
  Counter& items_;
  Counter& bytes_;
  Counter& cut_off_;
};

}  // namespace

std::unique_ptr<fetch::FetchObserver> MakeFetchMetrics(Registry& registry) {
  return std::make_unique<FetchMetrics>(registry);
}

std::unique_ptr<feed::FeedObserver> MakeFeedMetrics(Registry& registry) {
  return std::make_unique<FeedMetrics>(registry);
}

}  // namespace sluice::cli
