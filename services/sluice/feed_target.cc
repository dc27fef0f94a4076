#include <algorithm>

#include "services/feed/feed_settings.h"
#include "services/feed/outcome_rpc.h"
#include "services/sluice/observers.h"
#include "services/sluice/target.h"

namespace sluice::cli {
namespace {

// Serves the feed and what became of the pages, from replicas.
class FeedTarget final : public Target {
 public:
  FeedTarget(const feed::FeedSettings& settings, const TargetBase& base)
      : settings_(settings),
        observer_(MakeFeedMetrics(base.registry)),
        items_(settings.store),
        outcomes_(settings.outcomes, base.clock),
        feed_rpc_(settings.rpc, items_, base.disk, base.clock, *observer_),
        outcome_rpc_({}, outcomes_, base.disk),
        pages_(settings.pages, items_, base.clock) {}

  std::vector<runtime::StagePlan> Plans() override {
    return {{.spec = feed::FeedStage::Spec(),
             .replica = true,
             .make = [this](log::Partition,
                            const runtime::Wake&) -> absl::StatusOr<std::unique_ptr<stage::Stage>> {
               return feed::FeedStage::Create(settings_.stage, items_);
             }},
            {.spec = feed::OutcomeStage::Spec(),
             .replica = true,
             .make = [this](log::Partition,
                            const runtime::Wake&) -> absl::StatusOr<std::unique_ptr<stage::Stage>> {
               return feed::OutcomeStage::Create(settings_.outcome_stage, outcomes_);
             }}};
  }
  std::vector<TargetService> Services() override {
    return {{.hosted = {service::v1::FeedService::service_full_name(), &feed_rpc_}, .admin = false},
            {.hosted = {service::v1::OutcomeService::service_full_name(), &outcome_rpc_},
             .admin = false}};
  }
  std::vector<http::Route> Routes() override { return pages_.Routes(); }
  AdminRpc::FindDeadLetters DeadLetters() override {
    return [this](const std::string& id, const std::string& stage) {
      return FindDeadLetters(id, stage);
    };
  }
  SourceList Sources() override {
    return [this] { return outcomes_.ListSources(); };
  }
  void Drain() override { feed_rpc_.Drain(); }

 private:
  absl::StatusOr<std::vector<data::v1::DeadLetter>> FindDeadLetters(const std::string& id,
                                                                    const std::string& stage) {
    std::vector<data::v1::DeadLetter> letters;
    // Who names a page wants its letter again, whatever has become of it.
    feed::OutcomeStore::DeadLetterQuery query = {.stage = stage, .id = id, .resolved = !id.empty()};
    do {
      absl::StatusOr<feed::OutcomeStore::DeadLetterPage> page = outcomes_.ListDeadLetters(query);
      if (!page.ok()) return page.status();
      std::ranges::move(page->letters, std::back_inserter(letters));
      query.token = std::move(page->next_token);
    } while (!query.token.empty());
    std::ranges::reverse(letters);
    return letters;
  }

  const feed::FeedSettings settings_;
  const std::unique_ptr<feed::FeedObserver> observer_;
  feed::FeedStore items_;
  feed::OutcomeStore outcomes_;
  feed::FeedRpc feed_rpc_;
  feed::OutcomeRpc outcome_rpc_;
  feed::FeedPages pages_;
};

}  // namespace

absl::Status CheckFeed(const config::v1::Config& config, const std::string& /*config_directory*/) {
  return feed::FeedSettings::From(config.feed()).status();
}

absl::StatusOr<std::unique_ptr<Target>> MakeFeedTarget(const TargetBase& base) {
  absl::StatusOr<feed::FeedSettings> settings = feed::FeedSettings::From(base.config.feed());
  if (!settings.ok()) return settings.status();
  return std::make_unique<FeedTarget>(*settings, base);
}

}  // namespace sluice::cli
