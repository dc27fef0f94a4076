#include "pipeline/state/ordered_renames.h"

#include <rocksdb/file_system.h>

#include <string>

namespace sluice::state {
namespace {

class OrderedRenames final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;

  const char* Name() const override { return "OrderedRenames"; }
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* context) override {
    std::unique_ptr<rocksdb::FSDirectory> directory;
    rocksdb::IOStatus status =
        NewDirectory(to.substr(0, to.rfind('/')), options, &directory, context);
    if (status.ok()) status = directory->Fsync(options, context);
    return status.ok() ? FileSystemWrapper::RenameFile(from, to, options, context) : status;
  }
};

// Files as above; threads and time as `env` has them.
class OrderedEnv final : public rocksdb::EnvWrapper {
 public:
  explicit OrderedEnv(rocksdb::Env& env)
      : EnvWrapper(
            rocksdb::NewCompositeEnv(std::make_shared<OrderedRenames>(env.GetFileSystem()))) {
    file_system_ = target()->GetFileSystem();
    system_clock_ = env.GetSystemClock();
  }
};

}  // namespace

std::unique_ptr<rocksdb::Env> WithOrderedRenames(rocksdb::Env& env) {
  return std::make_unique<OrderedEnv>(env);
}

}  // namespace sluice::state
