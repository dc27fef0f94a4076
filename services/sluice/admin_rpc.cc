#include "services/sluice/admin_rpc.h"

#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/blocking_counter.h"
#include "pipeline/base/hash.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "pipeline/base/version.h"
#include "pipeline/rpc/status.h"

namespace sluice::cli {
namespace {

grpc::ServerUnaryReactor* Finish(grpc::CallbackServerContext* context, const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(rpc::ToGrpc(status));
  return reactor;
}

}  // namespace

AdminRpc::AdminRpc(runtime::Supervisor& supervisor, log::Appender& appender, rpc::Executor& disk,
                   FindDeadLetters find, absl::Time started)
    : supervisor_(&supervisor),
      appender_(&appender),
      disk_(&disk),
      find_(std::move(find)),
      started_(started) {}

grpc::ServerUnaryReactor* AdminRpc::Status(grpc::CallbackServerContext* context,
                                           const service::v1::StatusRequest* /*request*/,
                                           service::v1::StatusResponse* response) {
  response->set_version(std::string(base::kVersion));
  *response->mutable_started() = base::ToProto(started_);
  response->set_ready(supervisor_->Ready());
  for (const runtime::Supervisor::ShardStatus& shard : supervisor_->Status()) {
    service::v1::ShardStatus& status = *response->add_shards();
    status.set_stage(shard.stage);
    status.set_partition(shard.partition);
    status.set_state(std::string(runtime::ShardStateName(shard.state)));
    status.set_detail(shard.detail);
    status.set_lag_records(shard.position.lag_records);
    status.set_lag_bytes(shard.position.lag_bytes);
    if (shard.freshness.has_value()) *status.mutable_freshness() = base::ToProto(*shard.freshness);
  }
  return Finish(context, absl::OkStatus());
}

grpc::ServerUnaryReactor* AdminRpc::Pause(grpc::CallbackServerContext* context,
                                          const service::v1::PauseRequest* request,
                                          service::v1::PauseResponse* /*response*/) {
  return Finish(context, supervisor_->SetPaused(request->target(), true));
}

grpc::ServerUnaryReactor* AdminRpc::Resume(grpc::CallbackServerContext* context,
                                           const service::v1::ResumeRequest* request,
                                           service::v1::ResumeResponse* /*response*/) {
  return Finish(context, supervisor_->SetPaused(request->target(), false));
}

grpc::ServerUnaryReactor* AdminRpc::Drain(grpc::CallbackServerContext* context,
                                          const service::v1::DrainRequest* /*request*/,
                                          service::v1::DrainResponse* /*response*/) {
  supervisor_->RequestDrain();
  return Finish(context, absl::OkStatus());
}

grpc::ServerUnaryReactor* AdminRpc::ReplayDeadLetters(
    grpc::CallbackServerContext* context, const service::v1::ReplayDeadLettersRequest* request,
    service::v1::ReplayDeadLettersResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const bool accepted = disk_->Submit([this, request, response, reactor] {
    reactor->Finish(rpc::ToGrpc(Replay(*request, *response)));
  });
  if (!accepted)
    reactor->Finish(
        rpc::ToGrpc(absl::ResourceExhaustedError("too many calls wait for the disk; try later")));
  return reactor;
}

absl::Status AdminRpc::Replay(const service::v1::ReplayDeadLettersRequest& request,
                              service::v1::ReplayDeadLettersResponse& response) {
  absl::StatusOr<std::vector<data::v1::DeadLetter>> letters = find_(request.id(), request.stage());
  if (!letters.ok()) return letters.status();
  if (letters->empty()) {
    return absl::NotFoundError(
        fmt::format("there is no unresolved dead letter of {}",
                    request.id().empty() ? (request.stage().empty() ? "any stage" : request.stage())
                                         : request.id()));
  }
  absl::flat_hash_set<std::pair<std::string, std::string>> seen;
  for (data::v1::DeadLetter& letter : *letters) {
    // A record that failed again after a replay has a letter for each time. One that could not be
    // read names no page.
    const std::string& page = letter.envelope().id();
    const std::string what = page.empty() ? base::HashBytes(letter.record()).Hex() : page;
    if (!seen.emplace(letter.stage(), what).second) continue;
    if (letter.truncated()) {
      response.set_left(response.left() + 1);
      continue;
    }
    absl::Status status;
    absl::BlockingCounter done(1);
    appender_->Append(letter.topic(), letter.key(), std::move(*letter.mutable_record()),
                      [&](absl::Status result) {
                        status = std::move(result);
                        done.DecrementCount();
                      });
    done.Wait();
    if (!status.ok()) return status;
    response.set_replayed(response.replayed() + 1);
  }
  if (response.replayed() == 0) {
    return absl::FailedPreconditionError(
        fmt::format("all {} dead letters are cut to runtime.dead_letter_bytes_max and cannot be "
                    "replayed; submit the pages again",
                    response.left()));
  }
  return absl::OkStatus();
}

}  // namespace sluice::cli
