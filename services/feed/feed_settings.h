#pragma once

#include "absl/status/statusor.h"
#include "services/feed/feed_pages.h"
#include "services/feed/feed_rpc.h"
#include "services/feed/feed_stage.h"
#include "services/feed/feed_store.h"
#include "services/feed/outcome_stage.h"
#include "services/feed/outcome_store.h"
#include "sluice/config/v1/feed.pb.h"

namespace sluice::feed {

// The options of all parts of the feed, from its configuration.
struct FeedSettings {
  FeedStage::Options stage;
  FeedStore::Options store;
  FeedRpc::Options rpc;
  FeedPages::Options pages;
  OutcomeStage::Options outcome_stage;
  OutcomeStore::Options outcomes;

  // A field that is left out has its default. kInvalidArgument: a field is out of range; the
  // message names it, its value and the range.
  static absl::StatusOr<FeedSettings> From(const config::v1::Feed& config);
};

}  // namespace sluice::feed
