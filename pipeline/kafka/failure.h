#pragma once

#include <librdkafka/rdkafka.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace sluice::kafka {

// What can be done about a failed call of librdkafka.
enum class Remedy {
  kNone,     // It did not fail.
  kRepeat,   // The identical call, later.
  kAbort,    // Abort the transaction; the same may then be sent again in a new one.
  kRebuild,  // The client is of no more use: make another under the same identity.
  kGiveUp,   // Another client has taken the identity: this one is fenced.
};

struct Failure {
  Remedy remedy = Remedy::kNone;
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string text;  // For people: what was tried, and what librdkafka says of it.

  bool ok() const { return remedy == Remedy::kNone; }
};

// Of a transactional call; takes `error` over, nullptr being success. Fatal errors are looked up in
// `client`.
Failure OfTransaction(rd_kafka_t* client, rd_kafka_error_t* error, std::string_view doing);

// Of a produce call inside a transaction.
Failure OfProduce(rd_kafka_t* client, rd_kafka_resp_err_t code, std::string_view doing);

// Of a call that reads: trouble that a later attempt may not meet is kRepeat, all else kRebuild.
Failure OfRead(rd_kafka_resp_err_t code, std::string_view doing);

// True where only somebody with more rights can help.
bool IsForbidden(rd_kafka_resp_err_t code);

// As a status for callers of the log: kFailedPrecondition where it is forbidden, else kUnavailable.
absl::Status ToStatus(const Failure& failure);

}  // namespace sluice::kafka
