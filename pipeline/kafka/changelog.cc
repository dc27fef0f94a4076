#include "pipeline/kafka/changelog.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "pipeline/base/strings.h"
#include "pipeline/base/terminate.h"
#include "pipeline/kafka/topic_plan.h"

namespace sluice::kafka {
namespace {

constexpr size_t kPartRows = 1000;
constexpr size_t kPartBytes = 4 << 20;
constexpr absl::Duration kPollMax = absl::Milliseconds(200);
constexpr absl::Duration kReportInterval = absl::Seconds(1);

std::optional<std::string_view> Header(const rd_kafka_message_t& message, const char* name) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  const void* value = nullptr;
  size_t size = 0;
  if (rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  return std::string_view(static_cast<const char*>(value), size);
}

}  // namespace

Changelog::Changelog(const Options& options, const log::Spec& spec, log::Partition partition)
    : tables_(spec.tables), partition_(static_cast<int32_t>(partition)) {
  for (const log::Table& table : tables_) {
    topics_.push_back(
        {.name = ChangelogTopic(options, spec.stage, table.name), .compressed = true});
    versions_.push_back(std::to_string(table.version));
  }
}

size_t Changelog::TableIndex(std::string_view table) const {
  const auto found = std::ranges::find(tables_, table, &log::Table::name);
  if (found == tables_.end()) {
    base::Terminate(fmt::format("a row is for a table {} that the Spec has not", table));
  }
  return static_cast<size_t>(found - tables_.begin());
}

void Changelog::Encode(const log::Transaction& transaction, size_t first_topic,
                       std::vector<OutputRecord>& records) {
  for (const log::Transaction::Row& row : transaction.rows()) {
    const size_t table = TableIndex(row.table);
    OutputRecord record{.topic = first_topic + table, .partition = partition_, .key = row.key};
    if (row.value.has_value()) record.value = *row.value;
    record.header = kVersionHeader;
    record.header_value = versions_[table];
    records.push_back(record);
  }
  expiry_times_.clear();
  expiry_times_.reserve(transaction.expiries().size());  // Views look into it.
  for (const auto& [table, time] : transaction.expiries()) {
    expiry_times_.push_back(std::to_string(absl::ToUnixMicros(time)));
    records.push_back({.topic = first_topic + TableIndex(table),
                       .partition = partition_,
                       .header = kExpiredHeader,
                       .header_value = expiry_times_.back()});
  }
}

size_t Changelog::TopicIndex(const rd_kafka_message_t& message) const {
  return static_cast<size_t>(
      std::ranges::find(topics_, rd_kafka_topic_name(message.rkt), &OutputTopic::name) -
      topics_.begin());
}

absl::StatusOr<bool> Changelog::Take(const rd_kafka_message_t& message, Part& part) const {
  const size_t index = TopicIndex(message);
  const log::Table& table = tables_[index];
  part.offsets[index] = message.offset + 1;
  if (const auto expired = Header(message, kExpiredHeader); expired.has_value()) {
    int64_t micros = 0;
    if (!absl::SimpleAtoi(base::ToAbsl(*expired), &micros)) micros = 0;
    part.expiries.emplace_back(table.name, absl::FromUnixMicros(micros));
    // Rows that follow may be older than the mark, if only by their keys.
    return true;
  }
  const std::string_view version = Header(message, kVersionHeader).value_or("none");
  if (version != versions_[index]) {
    return absl::FailedPreconditionError(
        fmt::format("table {} has rows of version {} in {}, this program reads version {}: run a "
                    "program that reads them, or delete the "
                    "topic and the local state to begin without them",
                    table.name, version, topics_[index].name, versions_[index]));
  }
  log::Transaction::Row row{
      .table = table.name,
      .key = std::string(static_cast<const char*>(message.key), message.key_len),
      .value = std::nullopt};
  if (message.payload != nullptr) {
    row.value.emplace(static_cast<const char*>(message.payload), message.len);
  }
  part.rows.push_back(std::move(row));
  return part.rows.size() >= kPartRows;
}

absl::Status Changelog::Restore(Reader& reader, std::vector<int64_t> offsets,
                                absl::Span<const int64_t> ends, const Options& options,
                                std::string_view who, const std::stop_token& stop,
                                absl::FunctionRef<absl::Status(Part&)> apply) const {
  std::vector<Place> places;
  std::vector<bool> ended;
  for (size_t i = 0; i < topics_.size(); ++i) {
    ended.push_back(offsets[i] >= ends[i]);
    if (ended.back()) continue;
    places.push_back({.topic = topics_[i].name, .partition = partition_, .offset = offsets[i]});
  }
  if (places.empty()) return absl::OkStatus();
  if (absl::Status status = reader.Assign(places); !status.ok()) return status;
  Part part{.offsets = std::move(offsets)};
  uint64_t restored = 0;
  size_t bytes = 0;
  absl::Time reported = absl::Now();
  absl::Time progressed = reported;
  while (std::ranges::find(ended, false) != ended.end()) {
    if (stop.stop_requested()) {
      return absl::CancelledError(fmt::format("{} was stopped while it restored its tables", who));
    }
    const Reader::Event event = reader.Poll(kPollMax);
    const absl::Time now = absl::Now();
    if (event.kind == Reader::Event::Kind::kEnd) {
      ended[TopicIndex(*event.message)] = true;
    } else if (event.kind == Reader::Event::Kind::kRecord) {
      absl::StatusOr<bool> full = Take(*event.message, part);
      if (!full.ok()) return full.status();
      progressed = now;
      ++restored;
      // Whoever has fenced this worker in the meantime may go on writing.
      const size_t topic = TopicIndex(*event.message);
      if (part.offsets[topic] >= ends[topic]) ended[topic] = true;
      bytes += event.message->len + event.message->key_len;
      if (*full || bytes >= kPartBytes) {
        if (absl::Status status = apply(part); !status.ok()) return status;
        part.rows.clear();
        part.expiries.clear();
        bytes = 0;
      }
    } else if (event.kind == Reader::Event::Kind::kOutside) {
      return absl::UnavailableError(fmt::format("{}: {} was cut at offset {} while it was restored",
                                                who, rd_kafka_topic_name(event.message->rkt),
                                                event.message->offset));
    } else if (now - progressed > options.open_wait_max) {
      return absl::UnavailableError(
          fmt::format("{}: nothing came of its tables for {}: {}", who, options.open_wait_max,
                      event.failure.ok() ? "no answer" : event.failure.text));
    }
    if (options.on_waiting != nullptr && now - reported >= kReportInterval) {
      reported = now;
      options.on_waiting(who, fmt::format("restoring its tables: {} rows so far", restored));
    }
  }
  return apply(part);
}

}  // namespace sluice::kafka
