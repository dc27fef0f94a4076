#include "pipeline/telemetry/event_log.h"

#include <algorithm>
#include <optional>

namespace sluice::telemetry {
namespace {

constexpr std::string_view LevelName(EventLog::Level level) {
  switch (level) {
    case EventLog::Level::kInfo:
      return "info";
    case EventLog::Level::kWarning:
      return "warning";
    case EventLog::Level::kError:
      return "error";
  }
  return "";
}

// What would move a terminal, or end the line.
bool IsControl(unsigned char c) { return c < ' ' || c == 0x7f; }

void AppendValue(std::string_view value, std::string& line) {
  const bool plain = !value.empty() && std::ranges::all_of(value, [](unsigned char c) {
    return !IsControl(c) && c != ' ' && c != '"' && c != '=';
  });
  if (plain) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') line += '\\';
    if (IsControl(static_cast<unsigned char>(c))) {
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      line += c;
    }
  }
  line += '"';
}

}  // namespace

EventLog::EventLog(const Options& options, const base::Clock& clock, std::FILE* stream)
    : options_(options), clock_(&clock), stream_(stream) {}

void EventLog::Write(Level level, std::string_view event, Fields fields) {
  const absl::Time now = clock_->Now();
  const absl::MutexLock lock(&mutex_);
  const std::optional<int> held_back = rates_.try_emplace(event).first->second.Admit(options_, now);
  if (!held_back.has_value()) return;
  std::string line = fmt::format("{} {} {}", now, LevelName(level), event);
  for (const auto& [key, value] : fields) {
    line += fmt::format(" {}=", key);
    AppendValue(value, line);
  }
  if (*held_back > 0) line += fmt::format(" suppressed={}", *held_back);
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stream_);
  std::fflush(stream_);
}

}  // namespace sluice::telemetry
