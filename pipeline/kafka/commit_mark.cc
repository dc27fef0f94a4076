#include "pipeline/kafka/commit_mark.h"

#include <charconv>

#include "pipeline/base/strings.h"

namespace sluice::kafka {
namespace {

// Takes "NAME=VALUE" and the blank behind it from the front of `text`.
std::optional<std::string_view> Take(std::string_view name, std::string_view& text) {
  if (!text.starts_with(name) || !text.substr(name.size()).starts_with('=')) return std::nullopt;
  text.remove_prefix(name.size() + 1);
  const std::string_view value = text.substr(0, text.find(' '));
  text.remove_prefix(value.size());
  if (text.starts_with(' ')) text.remove_prefix(1);
  return value;
}

template <typename Number>
bool Parse(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string Encode(const CommitMark& mark) {
  return fmt::format("seq={} owner={} appended={}", mark.sequence, mark.owner,
                     absl::ToUnixMillis(mark.appended));
}

std::optional<CommitMark> DecodeCommitMark(std::string_view metadata) {
  CommitMark mark;
  int64_t appended = 0;
  const std::optional<std::string_view> sequence = Take("seq", metadata);
  if (!sequence.has_value() || !Parse(*sequence, mark.sequence)) return std::nullopt;
  const std::optional<std::string_view> owner = Take("owner", metadata);
  if (!owner.has_value()) return std::nullopt;
  mark.owner = *owner;
  const std::optional<std::string_view> time = Take("appended", metadata);
  if (!time.has_value() || !Parse(*time, appended)) return std::nullopt;
  mark.appended = absl::FromUnixMillis(appended);
  return mark;
}

}  // namespace sluice::kafka
