#pragma once

#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "pipeline/base/clock.h"
#include "pipeline/base/rate_limit.h"
#include "pipeline/base/strings.h"

namespace sluice::telemetry {

// Structured logs: one line an event, `time level event key=value ...`. Values with blanks,
// quotes and the like are quoted, control characters written as \x0a. Each kind of event is limited
// in rate; the next line that is let through says how many were not. Any thread.
class EventLog {
 public:
  enum class Level { kInfo, kWarning, kError };
  using Fields = std::initializer_list<std::pair<std::string_view, std::string>>;

  using Options = base::RateLimit::Options;  // Of one kind.

  // `clock` and `stream` outlive the log.
  EventLog(const Options& options, const base::Clock& clock, std::FILE* stream);

  void Info(std::string_view event, Fields fields = {}) { Write(Level::kInfo, event, fields); }
  void Warning(std::string_view event, Fields fields = {}) {
    Write(Level::kWarning, event, fields);
  }
  void Error(std::string_view event, Fields fields = {}) { Write(Level::kError, event, fields); }

 private:
  void Write(Level level, std::string_view event, Fields fields);

  const Options options_;
  const base::Clock* clock_;  // Not owned.
  std::FILE* stream_;         // Not owned.
  absl::Mutex mutex_;
  base::StringMap<base::RateLimit> rates_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sluice::telemetry
