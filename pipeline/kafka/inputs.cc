#include "pipeline/kafka/inputs.h"

#include <algorithm>

#include "pipeline/base/strings.h"

namespace sluice::kafka {

size_t Inputs::Find(std::string_view name, int32_t partition) const {
  const auto found = std::ranges::find_if(inputs_, [&](const Input& input) {
    return input.partition == partition && input.name == name;
  });
  return static_cast<size_t>(found - inputs_.begin());
}

absl::Time Inputs::HandOut(size_t input, int64_t offset, absl::Time appended) {
  Input& at = inputs_[input];
  // Leaders have clocks of their own.
  at.appended = std::max(at.appended, appended);
  at.seen = offset + 1;
  ++at.handed_out;
  handed_out_.push_back({.input = input, .offset = offset, .appended = at.appended});
  return at.appended;
}

void Inputs::Reached(size_t input, int64_t offset) {
  Input& at = inputs_[input];
  at.seen = std::max(at.seen, offset);
  if (at.handed_out == 0) at.consumed = at.seen;
}

absl::Status Inputs::Check(absl::Span<const log::Record> records) const {
  for (size_t i = 0; i < records.size(); ++i) {
    const bool known = i < handed_out_.size();
    const Input* input = known ? &inputs_[handed_out_[i].input] : nullptr;
    if (known && input->topic == records[i].topic &&
        input->partition == static_cast<int32_t>(records[i].partition) &&
        handed_out_[i].offset == static_cast<int64_t>(records[i].offset)) {
      continue;
    }
    return absl::InvalidArgumentError(fmt::format(
        "what was consumed is not what was polled: record {} of {} is {}.{} offset {}, expected {}",
        i, records.size(), records[i].topic, records[i].partition, records[i].offset,
        known
            ? fmt::format("{}.{} offset {}", input->topic, input->partition, handed_out_[i].offset)
            : "none"));
  }
  return absl::OkStatus();
}

std::vector<Inputs::Next> Inputs::After(size_t count) const {
  std::vector<Next> next;
  std::vector<uint64_t> left;
  for (const Input& input : inputs_) {
    next.push_back({.offset = input.consumed, .appended = input.consumed_appended});
    left.push_back(input.handed_out);
  }
  for (size_t i = 0; i < count; ++i) {
    const HandedOut& record = handed_out_[i];
    const bool last = --left[record.input] == 0;
    next[record.input] = {.offset = last ? inputs_[record.input].seen : record.offset + 1,
                          .appended = record.appended};
  }
  return next;
}

void Inputs::Committed(size_t count) {
  const std::vector<Next> next = After(count);
  for (size_t i = 0; i < count; ++i) --inputs_[handed_out_[i].input].handed_out;
  handed_out_.erase(handed_out_.begin(), handed_out_.begin() + static_cast<ptrdiff_t>(count));
  for (size_t i = 0; i < inputs_.size(); ++i) {
    inputs_[i].consumed = inputs_[i].committed = next[i].offset;
    inputs_[i].consumed_appended = next[i].appended;
  }
}

bool Inputs::unsettled() const {
  return std::ranges::any_of(inputs_,
                             [](const Input& input) { return input.consumed != input.committed; });
}

std::optional<absl::Time> Inputs::oldest_handed_out() const {
  if (handed_out_.empty()) return std::nullopt;
  return handed_out_.front().appended;
}

void Note(absl::Span<const Inputs::Input> inputs, state::v1::KafkaCheckpoint& checkpoint) {
  for (const Inputs::Input& input : inputs) {
    state::v1::KafkaCheckpoint::Position& position = *checkpoint.add_inputs();
    position.set_topic(input.name);
    position.set_partition(input.partition);
    position.set_offset(input.consumed);
    position.set_appended_millis(absl::ToUnixMillis(input.consumed_appended));
  }
}

void Note(absl::Span<const Inputs::Next> next, state::v1::KafkaCheckpoint& checkpoint) {
  for (size_t i = 0; i < next.size(); ++i) {
    state::v1::KafkaCheckpoint::Position& position =
        *checkpoint.mutable_inputs(static_cast<int>(i));
    position.set_offset(next[i].offset);
    position.set_appended_millis(absl::ToUnixMillis(next[i].appended));
  }
}

}  // namespace sluice::kafka
