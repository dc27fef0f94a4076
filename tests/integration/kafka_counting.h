#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "pipeline/kafka/kafka_log.h"
#include "pipeline/log/log.h"
#include "tests/integration/kafka_reader.h"

namespace sluice::integration {

// A toy shard that shows every loss and every repeat: each record of raw-pages gives "N VALUE" in
// documents, N being counted in a table. So the topic tells of records lost, repeated or out of
// order, and of state that ran ahead of it or fell behind.
log::Spec CountingSpec();

// Options for one process of the toy, quick to retry.
kafka::Options CountingOptions(const std::string& bootstrap, const std::string& prefix,
                               const std::string& state_directory);

// Runs the shard until it has counted to `until`. Not OK: it is over before that, with this status.
absl::Status Count(kafka::KafkaLog& log, uint64_t until, const std::stop_token& stop);
// As Count, and opens the shard again for as long as it is fenced.
absl::Status CountThroughFences(kafka::KafkaLog& log, uint64_t until, const std::stop_token& stop);

// Appends "value FIRST" ... to the toy's input, each once, and in order.
absl::Status Feed(const kafka::Options& options, uint64_t first, uint64_t count);

// What is wrong with what the toy has read and written of the first `count` values, as a stranger
// sees it. Empty: nothing.
std::string Misses(const kafka::Options& options, uint64_t count);

}  // namespace sluice::integration
