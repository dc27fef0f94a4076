#include "pipeline/rpc/answer.h"

#include <utility>

#include "pipeline/rpc/status.h"

namespace sluice::rpc {

grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext& context, Executor& executor,
                                 std::function<absl::Status()> work) {
  grpc::ServerUnaryReactor* reactor = context.DefaultReactor();
  const bool accepted =
      executor.Submit([reactor, work = std::move(work)] { reactor->Finish(ToGrpc(work())); });
  if (!accepted) {
    reactor->Finish(ToGrpc(absl::ResourceExhaustedError(
        "too many calls wait for an answer from disk; try again in a while")));
  }
  return reactor;
}

}  // namespace sluice::rpc
