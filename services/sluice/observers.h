#pragma once

#include <memory>

#include "services/feed/feed_observer.h"
#include "services/fetch/fetch_observer.h"

namespace prometheus {
class Registry;
}

namespace sluice::cli {

// What stages tell of themselves, as metrics. `registry` outlives the result.
std::unique_ptr<fetch::FetchObserver> MakeFetchMetrics(prometheus::Registry& registry);
std::unique_ptr<feed::FeedObserver> MakeFeedMetrics(prometheus::Registry& registry);

}  // namespace sluice::cli
