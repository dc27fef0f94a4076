#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pipeline/log/log.h"
#include "pipeline/rpc/executor.h"
#include "pipeline/runtime/supervisor.h"
#include "sluice/data/v1/dead_letter.pb.h"
#include "sluice/service/v1/admin.grpc.pb.h"

namespace sluice::cli {

// AdminService over a process's supervisor.
class AdminRpc final : public service::v1::AdminService::CallbackService {
 public:
  // The dead letters of a page (where `id` is not empty) or of a stage (where that is not), the
  // oldest first. kFailedPrecondition: this process does not keep them. May read from disk.
  using FindDeadLetters = std::function<absl::StatusOr<std::vector<data::v1::DeadLetter>>(
      const std::string& id, const std::string& stage)>;

  // All outlive it.
  AdminRpc(runtime::Supervisor& supervisor, log::Appender& appender, rpc::Executor& disk,
           FindDeadLetters find, absl::Time started);

  grpc::ServerUnaryReactor* Status(grpc::CallbackServerContext* context,
                                   const service::v1::StatusRequest* request,
                                   service::v1::StatusResponse* response) override;
  grpc::ServerUnaryReactor* Pause(grpc::CallbackServerContext* context,
                                  const service::v1::PauseRequest* request,
                                  service::v1::PauseResponse* response) override;
  grpc::ServerUnaryReactor* Resume(grpc::CallbackServerContext* context,
                                   const service::v1::ResumeRequest* request,
                                   service::v1::ResumeResponse* response) override;
  grpc::ServerUnaryReactor* Drain(grpc::CallbackServerContext* context,
                                  const service::v1::DrainRequest* request,
                                  service::v1::DrainResponse* response) override;
  grpc::ServerUnaryReactor* ReplayDeadLetters(
      grpc::CallbackServerContext* context, const service::v1::ReplayDeadLettersRequest* request,
      service::v1::ReplayDeadLettersResponse* response) override;

 private:
  absl::Status Replay(const service::v1::ReplayDeadLettersRequest& request,
                      service::v1::ReplayDeadLettersResponse& response);

  runtime::Supervisor* supervisor_;  // Not owned.
  log::Appender* appender_;          // Not owned.
  rpc::Executor* disk_;              // Not owned.
  FindDeadLetters find_;
  const absl::Time started_;
};

}  // namespace sluice::cli
