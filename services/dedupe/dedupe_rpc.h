#pragma once

#include "services/dedupe/fingerprint.h"
#include "services/dedupe/lookup_mailbox.h"
#include "sluice/service/v1/dedupe.grpc.pb.h"

namespace sluice::dedupe {

// DedupeService over the mailbox of this process's shard. Any thread.
class DedupeRpc final : public service::v1::DedupeService::CallbackService {
 public:
  static constexpr size_t kTextBytesMax = 2 << 20;
  static constexpr uint32_t kPageRows = 50;
  static constexpr uint32_t kPageRowsMax = 1000;

  // `mailbox` outlives the service. `options` are the stage's.
  DedupeRpc(const FingerprintOptions& options, LookupMailbox& mailbox)
      : fingerprinter_(options), mailbox_(&mailbox) {}

  // As in dedupe.proto. INVALID_ARGUMENT: neither an id of 32 hex digits nor a text, or a text over
  // kTextBytesMax. RESOURCE_EXHAUSTED: too many calls wait.
  grpc::ServerUnaryReactor* Lookup(grpc::CallbackServerContext* context,
                                   const service::v1::LookupRequest* request,
                                   service::v1::LookupResponse* response) override;
  // INVALID_ARGUMENT: the page token is none. RESOURCE_EXHAUSTED: as above.
  grpc::ServerUnaryReactor* ListWithdrawn(grpc::CallbackServerContext* context,
                                          const service::v1::ListWithdrawnRequest* request,
                                          service::v1::ListWithdrawnResponse* response) override;

 private:
  absl::StatusOr<LookupMailbox::Lookup> Ask(const service::v1::LookupRequest& request) const;

  Fingerprinter fingerprinter_;
  LookupMailbox* mailbox_;  // Not owned.
};

}  // namespace sluice::dedupe
