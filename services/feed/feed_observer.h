#pragma once

#include <cstddef>

namespace sluice::feed {

// Told what goes out to subscribers. Any thread, many at once; must not block. One implementation
// counts for the metrics, tests have others.
class FeedObserver {
 public:
  virtual ~FeedObserver() = default;
  virtual void SubscriberCame() = 0;
  virtual void SubscriberWent() = 0;
  // A message was handed to the transport: with this many items (none: a sign of progress).
  virtual void Sent(size_t items, size_t bytes) = 0;
  // A subscriber was cut off since it read too slowly.
  virtual void CutOff() = 0;
};

}  // namespace sluice::feed
