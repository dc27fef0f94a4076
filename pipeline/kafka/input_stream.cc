#include "pipeline/kafka/input_stream.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "pipeline/base/strings.h"

namespace sluice::kafka {
namespace {

// A clock that stands still, or jumps, is looked at again after so long.
constexpr absl::Duration kPauseMax = absl::Seconds(1);

// Brokers answer sooner; a position that is not there makes them tell.
constexpr absl::Duration kLookAheadMax = absl::Seconds(1);

size_t Bytes(const rd_kafka_message_t& message) { return message.len + message.key_len; }

absl::Time Appended(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  return absl::FromUnixMillis(std::max<int64_t>(rd_kafka_message_timestamp(&message, &kind), 0));
}

std::string_view View(const void* data, size_t size) {
  return data == nullptr ? std::string_view()
                         : std::string_view(static_cast<const char*>(data), size);
}

}  // namespace

InputStream::InputStream(const Base& base, Identity identity, std::unique_ptr<Reader> reader,
                         Inputs inputs, absl::Span<const int64_t> ends, std::stop_token stop)
    : base_(base),
      identity_(std::move(identity)),
      stop_(std::move(stop)),
      reader_(std::move(reader)),
      inputs_(std::move(inputs)),
      idle_since_(base.clock->Now()) {
  const absl::MutexLock lock(&mutex_);
  for (size_t i = 0; i < inputs_.all().size(); ++i) {
    const Inputs::Input& input = inputs_.all()[i];
    unread_.push_back({.topic = input.topic,
                       .name = input.name,
                       .partition = input.partition,
                       .consumed = input.consumed,
                       .end = ends[i],
                       .since = input.consumed_appended});
  }
}

absl::StatusOr<std::unique_ptr<InputStream>> InputStream::Open(const Base& base, Identity identity,
                                                               std::unique_ptr<Reader> reader,
                                                               std::vector<Inputs::Input> inputs,
                                                               absl::Span<const int64_t> ends,
                                                               std::stop_token stop) {
  std::vector<Place> places;
  places.reserve(inputs.size());
  for (const Inputs::Input& input : inputs) {
    places.push_back({.topic = input.name, .partition = input.partition, .offset = input.seen});
  }
  if (absl::Status status = reader->Assign(places); !status.ok()) return status;
  const bool unread = std::ranges::any_of(places, [&](const Place& place) {
    return place.offset < ends[static_cast<size_t>(&place - places.data())];
  });
  std::unique_ptr<InputStream> stream(new InputStream(base, std::move(identity), std::move(reader),
                                                      Inputs(std::move(inputs)), ends,
                                                      std::move(stop)));
  if (unread) stream->LookAhead();
  return stream;
}

void InputStream::LookAhead() {
  const absl::Time deadline = absl::Now() + kLookAheadMax;
  while (absl::Now() < deadline && !stop_.stop_requested()) {
    Reader::Event event = reader_->Poll(deadline - absl::Now());
    switch (event.kind) {
      case Reader::Event::Kind::kRecord: {
        held_ = std::move(event.message);
        const absl::MutexLock lock(&mutex_);
        oldest_known_ = Appended(*held_);
        return;
      }
      case Reader::Event::Kind::kEnd:
        inputs_.Reached(
            inputs_.Find(rd_kafka_topic_name(event.message->rkt), event.message->partition),
            event.message->offset);
        break;
      case Reader::Event::Kind::kOutside:
        pending_ = Outside(*event.message);
        return;
      case Reader::Event::Kind::kNothing:
      case Reader::Event::Kind::kTrouble:
        break;
    }
  }
}

void InputStream::Wake() {
  {
    const absl::MutexLock lock(&mutex_);
    woken_ = true;
  }
  reader_->Wake();
}

absl::StatusOr<std::vector<log::Record>> InputStream::Poll(
    const log::Limits& limits, absl::Time deadline, absl::FunctionRef<absl::Status()> settle) {
  if (!over_.ok()) return over_;
  absl::StatusOr<std::vector<log::Record>> records = PollOnce(limits, deadline, settle);
  if (!records.ok()) over_ = records.status();
  return records;
}

absl::Status InputStream::Conclude(absl::Status status) {
  if (!status.ok()) over_ = status;
  return status;
}

absl::StatusOr<std::vector<log::Record>> InputStream::PollOnce(
    const log::Limits& limits, absl::Time deadline, absl::FunctionRef<absl::Status()> settle) {
  const std::stop_callback wake_on_stop(stop_, [this] { reader_->Wake(); });
  polled_.clear();
  if (!pending_.ok()) return pending_;
  std::vector<log::Record> records;
  size_t bytes = 0;
  bool full = held_ != nullptr && !HandOut(std::move(held_), limits, bytes, records);
  while (!full && records.size() < std::max<size_t>(limits.records_max, 1)) {
    if (records.empty() && stop_.stop_requested()) {
      return absl::CancelledError(fmt::format("{} was stopped", identity_.who));
    }
    Reader::Event event = reader_->Poll(records.empty() ? Pause(deadline) : absl::ZeroDuration());
    switch (event.kind) {
      case Reader::Event::Kind::kRecord:
        full = !HandOut(std::move(event.message), limits, bytes, records);
        continue;
      case Reader::Event::Kind::kEnd:
        inputs_.Reached(
            inputs_.Find(rd_kafka_topic_name(event.message->rkt), event.message->partition),
            event.message->offset);
        if (!records.empty()) continue;  // Other partitions may have more.
        break;
      case Reader::Event::Kind::kOutside:
        pending_ = Outside(*event.message);
        break;
      case Reader::Event::Kind::kTrouble:
        if (base_.options->on_waiting != nullptr) {
          base_.options->on_waiting(identity_.who, event.failure.text);
        }
        break;
      case Reader::Event::Kind::kNothing:
        break;
    }
    if (!records.empty()) break;
    if (!pending_.ok()) return pending_;
    const absl::Time now = base_.clock->Now();
    if (now - idle_since_ >= base_.options->settle_after) {
      idle_since_ = now;
      if (!inputs_.anything_handed_out() && inputs_.unsettled()) {
        if (absl::Status status = settle(); !status.ok()) return status;
      }
    }
    {
      const absl::MutexLock lock(&mutex_);
      if (woken_ || now >= deadline) {
        woken_ = false;
        break;
      }
    }
  }
  if (!records.empty()) idle_since_ = base_.clock->Now();
  Publish();
  return records;
}

bool InputStream::HandOut(MessageHandle message, const log::Limits& limits, size_t& bytes,
                          std::vector<log::Record>& records) {
  if (!records.empty() && bytes + Bytes(*message) > limits.bytes_max) {
    held_ = std::move(message);
    return false;
  }
  const size_t input = inputs_.Find(rd_kafka_topic_name(message->rkt), message->partition);
  const absl::Time appended = inputs_.HandOut(input, message->offset, Appended(*message));
  bytes += Bytes(*message);
  const Inputs::Input& at = inputs_.all()[input];
  records.push_back({.topic = at.topic,
                     .partition = static_cast<log::Partition>(at.partition),
                     .offset = static_cast<uint64_t>(message->offset),
                     .appended = appended,
                     .key = View(message->key, message->key_len),
                     .value = View(message->payload, message->len)});
  base_.sizes->Note(at.topic, 1, Bytes(*message));
  polled_.push_back(std::move(message));
  return true;
}

absl::Status InputStream::Outside(const rd_kafka_message_t& message) {
  const Inputs::Input& input =
      inputs_.all()[inputs_.Find(rd_kafka_topic_name(message.rkt), message.partition)];
  Patience patience = Patience::ToOpen(*base_.options, identity_.who, stop_);
  absl::StatusOr<std::pair<int64_t, int64_t>> bounds =
      reader_->Bounds(input.name, input.partition, patience);
  if (!bounds.ok()) return bounds.status();
  const std::string what =
      input.seen > bounds->second
          ? fmt::format(
                "ends at offset {}, before offset {} that is to be read next: the topic was "
                "made anew, or its broker lost records",
                bounds->second, input.seen)
          : fmt::format(
                "begins at offset {}: retention has removed records from offset {} on that "
                "were not read",
                bounds->first, input.seen);
  const std::string way_on =
      identity_.group.empty()
          ? "it starts over"
          : fmt::format(
                "to go on with the oldest record that is left, run, with the stage stopped, "
                "`kafka-consumer-groups.sh --bootstrap-server {} --group {} --topic {}:{} "
                "--reset-offsets --to-earliest --execute`",
                base_.options->bootstrap_servers, identity_.group, input.name, input.partition);
  return absl::OutOfRangeError(fmt::format("{}: partition {} of {} {}; {}", identity_.who,
                                           input.partition, input.name, what, way_on));
}

absl::Duration InputStream::Pause(absl::Time deadline) const {
  {
    const absl::MutexLock lock(&mutex_);
    if (woken_) return absl::ZeroDuration();
  }
  const absl::Time now = base_.clock->Now();
  absl::Duration pause = std::min(deadline - now, kPauseMax);
  if (inputs_.unsettled()) {
    pause = std::min(pause, idle_since_ + base_.options->settle_after - now);
  }
  return std::max(pause, absl::ZeroDuration());
}

void InputStream::Committed(size_t count) {
  inputs_.Committed(count);
  Publish();
}

void InputStream::Publish() {
  const absl::Time now = base_.clock->Now();
  const absl::MutexLock lock(&mutex_);
  for (size_t i = 0; i < unread_.size(); ++i) {
    const Inputs::Input& input = inputs_.all()[i];
    Unread& unread = unread_[i];
    unread.consumed = input.consumed;
    // What is unread came after all that was consumed, and after the last time that nothing was.
    unread.since = std::max(unread.since, input.consumed_appended);
    if (End(unread) <= input.consumed) unread.since = now;
  }
  oldest_known_ = inputs_.oldest_handed_out();
}

int64_t InputStream::End(const Unread& unread) const {
  return std::max(unread.end, reader_->CachedEnd(unread.name, unread.partition).value_or(0));
}

log::Worker::Position InputStream::position() const {
  const absl::Time now = base_.clock->Now();
  const absl::MutexLock lock(&mutex_);
  log::Worker::Position position;
  absl::Time oldest = oldest_known_.value_or(absl::InfiniteFuture());
  for (const Unread& unread : unread_) {
    const auto records = static_cast<uint64_t>(std::max<int64_t>(0, End(unread) - unread.consumed));
    position.lag_records += records;
    position.lag_bytes += records * base_.sizes->Typical(unread.topic);
    // One offset may be a control record; the next Poll finds out.
    if (records > 1 && !oldest_known_.has_value()) oldest = std::min(oldest, unread.since);
  }
  if (position.lag_records > 0 && oldest > absl::UnixEpoch() && oldest < now) {
    position.lag_age = now - oldest;
  }
  return position;
}

}  // namespace sluice::kafka
