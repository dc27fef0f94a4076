#include "pipeline/kafka/failure.h"

#include <array>

#include "pipeline/base/strings.h"
#include "pipeline/kafka/handles.h"

namespace sluice::kafka {
namespace {

std::string Text(std::string_view doing, rd_kafka_resp_err_t code, std::string_view words) {
  return fmt::format("{}: {} ({})", doing, words, rd_kafka_err2name(code));
}

bool IsFenced(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

// The error that ended the client, if one has.
rd_kafka_resp_err_t FatalError(rd_kafka_t* client, std::string& words) {
  std::array<char, 512> buffer{};
  const rd_kafka_resp_err_t code = rd_kafka_fatal_error(client, buffer.data(), buffer.size());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) words = buffer.data();
  return code;
}

Failure Fatal(rd_kafka_t* client, rd_kafka_resp_err_t code, std::string words,
              std::string_view doing) {
  const rd_kafka_resp_err_t cause = FatalError(client, words);
  if (cause != RD_KAFKA_RESP_ERR_NO_ERROR) code = cause;
  return {IsFenced(code) ? Remedy::kGiveUp : Remedy::kRebuild, code, Text(doing, code, words)};
}

}  // namespace

Failure OfTransaction(rd_kafka_t* client, rd_kafka_error_t* error, std::string_view doing) {
  if (error == nullptr) return {};
  const ErrorHandle owned(error);
  const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
  const std::string words = rd_kafka_error_string(error);
  if (rd_kafka_error_is_fatal(error) != 0) return Fatal(client, code, words, doing);
  if (rd_kafka_error_txn_requires_abort(error) != 0) {
    return {Remedy::kAbort, code, Text(doing, code, words)};
  }
  if (rd_kafka_error_is_retriable(error) != 0) {
    return {Remedy::kRepeat, code, Text(doing, code, words)};
  }
  // Without a flag, nobody has said that this client can go on.
  return Fatal(client, code, words, doing);
}

Failure OfProduce(rd_kafka_t* client, rd_kafka_resp_err_t code, std::string_view doing) {
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const std::string words = rd_kafka_err2str(code);
  std::string fatal;
  if (code == RD_KAFKA_RESP_ERR__FATAL || FatalError(client, fatal) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Fatal(client, code, words, doing);
  }
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
    return {Remedy::kRepeat, code, Text(doing, code, words)};
  }
  // __STATE: the transaction has failed in the background.
  return {Remedy::kAbort, code, Text(doing, code, words)};
}

Failure OfRead(rd_kafka_resp_err_t code, std::string_view doing) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return {};
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__DESTROY:
    case RD_KAFKA_RESP_ERR__STATE:
      return {Remedy::kRebuild, code, Text(doing, code, rd_kafka_err2str(code))};
    default:
      return {Remedy::kRepeat, code, Text(doing, code, rd_kafka_err2str(code))};
  }
}

bool IsForbidden(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
      return true;
    default:
      return false;
  }
}

absl::Status ToStatus(const Failure& failure) {
  if (failure.ok()) return absl::OkStatus();
  return IsForbidden(failure.code) ? absl::FailedPreconditionError(failure.text)
                                   : absl::UnavailableError(failure.text);
}

}  // namespace sluice::kafka
