#include "services/fetch/jsonl_pages.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "services/fetch/feed_date.h"

namespace sluice::fetch {
namespace {

using nlohmann::json;

// The line's object without what is nested in its members; discarded where it is no JSON.
json ParseFlat(std::string_view line) {
  const auto keep = [](int depth, json::parse_event_t event, json&) {
    const bool nested =
        event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
    return !nested || depth == 0;
  };
  return json::parse(line, keep, /*allow_exceptions=*/false);
}

// Whether there is the member; null says that there is none.
bool Has(const json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && !member->is_null();
}

// Moves the member's text to `text`. False: there is no such member, or it is no text.
bool TakeText(json& object, const char* name, std::string& text) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_string()) return false;
  text = std::move(member->get_ref<std::string&>());
  return true;
}

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

absl::StatusOr<JsonlPages::Event> JsonlPages::Next() {
  while (true) {
    const absl::StatusOr<bool> taken = TakeLine();
    if (!taken.ok()) return taken.status();
    if (!*taken) return Event::kEnd;
    if (!too_long_ && IsBlank(text_)) continue;
    problem_.clear();
    ReadPage(text_);
    if (problem_.empty()) return Event::kPage;
    problem_ = fmt::format("line {}: {}", line_, problem_);
    return Event::kBadLine;
  }
}

// Puts the next line into text_. Of one that is too long only the length is known: it is passed
// over.
absl::StatusOr<bool> JsonlPages::TakeLine() {
  buffer_.Consume(std::exchange(line_bytes_, 0));
  ++line_;
  too_long_ = false;
  size_t searched = 0;
  while (true) {
    const size_t held = buffer_.bytes().size();
    const size_t end = buffer_.bytes().find('\n', searched);
    if (end != std::string_view::npos || buffer_.source_ended()) {
      const size_t length = std::min(end, held);
      text_ = buffer_.bytes().substr(0, length);
      line_bytes_ = std::min(length + 1, held);
      return line_bytes_ > 0 || too_long_;
    }
    searched = held;
    if (held > limits_.line_bytes_max) {
      too_long_ = true;
      buffer_.Consume(held);
      searched = 0;
    }
    if (absl::Status status = buffer_.Fill(buffer_.bytes().size() + 1); !status.ok()) return status;
  }
}

void JsonlPages::ReadPage(std::string_view line) {
  if (too_long_) {
    problem_ = fmt::format("longer than {} bytes", limits_.line_bytes_max);
    return;
  }
  page_ = {};
  json object = ParseFlat(line);
  std::string date;
  if (!object.is_object()) {
    problem_ = "no JSON object in UTF-8; write {\"url\": ..., \"html\" or \"text\": ...}";
  } else if (!TakeText(object, "url", page_.url) || page_.url.empty()) {
    problem_ = "\"url\" is missing or no text";
  } else if (Has(object, "html") == Has(object, "text")) {
    problem_ = "one of \"html\" and \"text\" must be given";
  } else if (!TakeText(object, Has(object, "html") ? "html" : "text", page_.body)) {
    problem_ = "\"html\" or \"text\" is no text";
  } else if (Has(object, "title") && !TakeText(object, "title", page_.title)) {
    problem_ = "\"title\" is no text";
  } else if (Has(object, "date") && !TakeText(object, "date", date)) {
    problem_ = "\"date\" is no text; write \"2026-01-31T12:00:00Z\"";
  } else if (!date.empty()) {
    page_.date = ParseFeedDate(date);
    if (!page_.date)
      problem_ = fmt::format("\"date\" {:?} is no date; write 2026-01-31T12:00:00Z", date);
  }
  page_.is_html = object.is_object() && Has(object, "html");
}

}  // namespace sluice::fetch
