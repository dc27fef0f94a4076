#include "tests/fakes/simulated_disk.h"

#include <rocksdb/system_clock.h>

#include <algorithm>
#include <utility>

#include "tests/fakes/simulated_file.h"

// The analyzer loses sight of what is handed out through RocksDB's pointers.
// NOLINTBEGIN(clang-analyzer-cplusplus.NewDeleteLeaks)
namespace sluice::fakes {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using FilePtr = DiskContents::FilePtr;

IOStatus Failure(SimulatedDisk::Fault fault) {
  return fault == SimulatedDisk::Fault::kNoSpace
             ? IOStatus::NoSpace("no space is left on the test's disk")
             : IOStatus::IOError("the test's disk fails");
}

IOStatus NotThere(const std::string& name) { return IOStatus::PathNotFound(name); }

std::string WithoutSlash(std::string name) {
  while (name.size() > 1 && name.back() == '/') name.pop_back();
  return name;
}

struct Lock final : public rocksdb::FileLock {};  // The log has one of its own.

class Silence final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
  size_t GetLogFileSize() const override { return 0; }
};

// RocksDB waits for seconds after an error: here it need not.
class Impatience final : public rocksdb::SystemClockWrapper {
 public:
  using SystemClockWrapper::SystemClockWrapper;
  const char* Name() const override { return "Impatience"; }
  void SleepForMicroseconds(int micros) override {
    SystemClockWrapper::SleepForMicroseconds(std::min(micros, 1000));
  }
};

class SimulatedEnv final : public rocksdb::EnvWrapper {
 public:
  explicit SimulatedEnv(std::unique_ptr<rocksdb::Env> env) : EnvWrapper(std::move(env)) {
    file_system_ = target()->GetFileSystem();
    system_clock_ = std::make_shared<Impatience>(system_clock_);
  }
};

}  // namespace

SimulatedDisk::SimulatedDisk(uint64_t seed)
    // RocksDB shares file systems; this one lives with the test.
    : env_(std::make_unique<SimulatedEnv>(
          rocksdb::NewCompositeEnv(std::shared_ptr<rocksdb::FileSystem>(this, [](auto*) {})))),
      random_(seed) {}

IOStatus SimulatedDisk::Do(Operation operation, std::string_view name, size_t bytes,
                           absl::FunctionRef<IOStatus(bool fails)> change, bool spared) {
  absl::MutexLock lock(&mutex_);
  const bool cut = operation != Operation::kRead && ++changes_ >= cut_at_ && !left_.has_value();
  const bool before = cut && random_() % 2 == 0;
  if (before) Cut();
  const std::optional<Fault> fault = spared ? std::nullopt : Fails(operation, name, bytes);
  IOStatus status = change(fault.has_value());
  if (cut && !before) Cut();
  return fault.has_value() ? Failure(*fault) : status;
}

std::optional<SimulatedDisk::Fault> SimulatedDisk::Fails(Operation operation, std::string_view name,
                                                         size_t bytes) {
  std::optional<Fault> fault;
  Order& order = orders_[static_cast<size_t>(operation)];
  if (order.failing > 0 && name.find(order.part) != std::string_view::npos) {
    if (order.passing > 0) {
      --order.passing;
    } else {
      --order.failing;
      fault = order.fault;
    }
  }
  free_bytes_ -= static_cast<int64_t>(bytes);
  if (bytes > 0 && free_bytes_ < 0) fault = Fault::kNoSpace;
  faults_ += fault.has_value() ? 1 : 0;
  return fault;
}

void SimulatedDisk::Cut() {
  if (!left_.has_value()) left_ = contents_.AfterPowerCut(random_, loss_);
}

void SimulatedDisk::CutPowerAfter(uint64_t changes) {
  absl::MutexLock lock(&mutex_);
  cut_at_ = changes_ + changes;
}

void SimulatedDisk::CutPower() {
  absl::MutexLock lock(&mutex_);
  Cut();
}

void SimulatedDisk::EndProcess() {
  absl::MutexLock lock(&mutex_);
  if (!left_.has_value()) left_ = contents_.Copy();
}

bool SimulatedDisk::power() const {
  absl::MutexLock lock(&mutex_);
  return !left_.has_value();
}

DiskContents::Loss SimulatedDisk::PowerOn() {
  absl::MutexLock lock(&mutex_);
  contents_ = *std::exchange(left_, std::nullopt);
  cut_at_ = std::numeric_limits<uint64_t>::max();
  return std::exchange(loss_, {});
}

void SimulatedDisk::FailAt(Operation operation, std::string_view part, uint64_t nth, Fault fault,
                           uint64_t more) {
  absl::MutexLock lock(&mutex_);
  orders_[static_cast<size_t>(operation)] = {
      .part = std::string(part), .passing = nth - 1, .failing = more + 1, .fault = fault};
}

void SimulatedDisk::FillUpAfter(int64_t bytes) {
  absl::MutexLock lock(&mutex_);
  free_bytes_ = bytes;
}

void SimulatedDisk::EndFaults() {
  absl::MutexLock lock(&mutex_);
  orders_ = {};
  free_bytes_ = std::numeric_limits<int64_t>::max();
}

void SimulatedDisk::BeforeRemoval(std::string_view ending, std::function<void()> call) {
  absl::MutexLock lock(&mutex_);
  removal_ending_ = ending;
  before_removal_ = std::move(call);
}

bool SimulatedDisk::Blank(std::string_view ending, size_t from, size_t bytes) {
  absl::MutexLock lock(&mutex_);
  const FilePtr file = contents_.FindByEnding(ending);
  if (file == nullptr || file->bytes.size() < from + bytes) return false;
  file->bytes.replace(from, bytes, bytes, '\0');
  return true;
}

uint64_t SimulatedDisk::faults() const {
  absl::MutexLock lock(&mutex_);
  return faults_;
}

template <typename File>
IOStatus SimulatedDisk::OpenForReading(const std::string& name, std::unique_ptr<File>* file) {
  return Do(Operation::kRead, name, 0, [&](bool fails) {
    mutex_.AssertHeld();
    const FilePtr found = contents_.Find(name);
    if (found == nullptr) return NotThere(name);
    if (!fails) *file = std::make_unique<SimulatedFile>(*this, name, found);
    return IOStatus::OK();
  });
}

IOStatus SimulatedDisk::NewSequentialFile(const std::string& name, const FileOptions& /*options*/,
                                          std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                          IODebugContext* /*context*/) {
  return OpenForReading(name, file);
}

IOStatus SimulatedDisk::NewRandomAccessFile(const std::string& name, const FileOptions& /*options*/,
                                            std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                            IODebugContext* /*context*/) {
  return OpenForReading(name, file);
}

IOStatus SimulatedDisk::NewWritableFile(const std::string& name, const FileOptions& /*options*/,
                                        std::unique_ptr<rocksdb::FSWritableFile>* file,
                                        IODebugContext* /*context*/) {
  return Do(Operation::kCreate, name, 0, [&](bool fails) {
    mutex_.AssertHeld();
    if (!fails) *file = std::make_unique<SimulatedFile>(*this, name, contents_.Create(name));
    return IOStatus::OK();
  });
}

IOStatus SimulatedDisk::NewDirectory(const std::string& name, const IOOptions& /*options*/,
                                     std::unique_ptr<rocksdb::FSDirectory>* directory,
                                     IODebugContext* /*context*/) {
  *directory = std::make_unique<SimulatedDirectory>(*this, WithoutSlash(name));
  return IOStatus::OK();
}

IOStatus SimulatedDisk::FileExists(const std::string& name, const IOOptions& /*options*/,
                                   IODebugContext* /*context*/) {
  absl::MutexLock lock(&mutex_);
  const bool there = contents_.Find(name) != nullptr || contents_.HasDirectory(WithoutSlash(name));
  return there ? IOStatus::OK() : IOStatus::NotFound();
}

IOStatus SimulatedDisk::GetChildren(const std::string& name, const IOOptions& /*options*/,
                                    std::vector<std::string>* names, IODebugContext* /*context*/) {
  absl::MutexLock lock(&mutex_);
  if (!contents_.HasDirectory(WithoutSlash(name))) return NotThere(name);
  *names = contents_.Names(WithoutSlash(name));
  return IOStatus::OK();
}

IOStatus SimulatedDisk::DeleteFile(const std::string& name, const IOOptions& /*options*/,
                                   IODebugContext* /*context*/) {
  std::function<void()> call;
  {
    absl::MutexLock lock(&mutex_);
    if (name.ends_with(removal_ending_)) call = std::exchange(before_removal_, nullptr);
  }
  if (call) call();
  return Do(Operation::kRemove, name, 0, [&](bool fails) {
    mutex_.AssertHeld();
    return fails || contents_.Remove(name) ? IOStatus::OK() : NotThere(name);
  });
}

IOStatus SimulatedDisk::CreateDir(const std::string& name, const IOOptions& options,
                                  IODebugContext* context) {
  return CreateDirIfMissing(name, options, context);
}

IOStatus SimulatedDisk::CreateDirIfMissing(const std::string& name, const IOOptions& /*options*/,
                                           IODebugContext* /*context*/) {
  return Do(Operation::kCreate, name, 0, [&](bool fails) {
    mutex_.AssertHeld();
    const std::string path = WithoutSlash(name);
    if (!fails && !contents_.HasDirectory(path)) contents_.MakeDirectory(path);
    return IOStatus::OK();
  });
}

IOStatus SimulatedDisk::DeleteDir(const std::string& name, const IOOptions& /*options*/,
                                  IODebugContext* /*context*/) {
  return Do(Operation::kRemove, name, 0, [&](bool fails) {
    mutex_.AssertHeld();
    return fails || contents_.Remove(WithoutSlash(name)) ? IOStatus::OK() : NotThere(name);
  });
}

IOStatus SimulatedDisk::GetFileSize(const std::string& name, const IOOptions& /*options*/,
                                    uint64_t* bytes, IODebugContext* /*context*/) {
  absl::MutexLock lock(&mutex_);
  const FilePtr file = contents_.Find(name);
  if (file == nullptr) return NotThere(name);
  *bytes = file->bytes.size();
  return IOStatus::OK();
}

IOStatus SimulatedDisk::GetFileModificationTime(const std::string& /*name*/,
                                                const IOOptions& /*options*/, uint64_t* time,
                                                IODebugContext* /*context*/) {
  *time = 0;
  return IOStatus::OK();
}

IOStatus SimulatedDisk::RenameFile(const std::string& from, const std::string& to,
                                   const IOOptions& /*options*/, IODebugContext* /*context*/) {
  return Do(Operation::kRename, to, 0, [&](bool fails) {
    mutex_.AssertHeld();
    return fails || contents_.Rename(from, to) ? IOStatus::OK() : NotThere(from);
  });
}

IOStatus SimulatedDisk::LockFile(const std::string& /*name*/, const IOOptions& /*options*/,
                                 rocksdb::FileLock** lock, IODebugContext* /*context*/) {
  *lock = new Lock;
  return IOStatus::OK();
}

IOStatus SimulatedDisk::UnlockFile(rocksdb::FileLock* lock, const IOOptions& /*options*/,
                                   IODebugContext* /*context*/) {
  delete lock;
  return IOStatus::OK();
}

IOStatus SimulatedDisk::GetTestDirectory(const IOOptions& /*options*/, std::string* /*path*/,
                                         IODebugContext* /*context*/) {
  return IOStatus::NotSupported("a test directory");
}

IOStatus SimulatedDisk::NewLogger(const std::string& /*name*/, const IOOptions& /*options*/,
                                  std::shared_ptr<rocksdb::Logger>* logger,
                                  IODebugContext* /*context*/) {
  *logger = std::make_shared<Silence>();
  return IOStatus::OK();
}

IOStatus SimulatedDisk::GetAbsolutePath(const std::string& path, const IOOptions& /*options*/,
                                        std::string* absolute, IODebugContext* /*context*/) {
  *absolute = path;
  return IOStatus::OK();
}

IOStatus SimulatedDisk::IsDirectory(const std::string& name, const IOOptions& /*options*/,
                                    bool* is_directory, IODebugContext* /*context*/) {
  absl::MutexLock lock(&mutex_);
  *is_directory = contents_.HasDirectory(WithoutSlash(name));
  return IOStatus::OK();
}

}  // namespace sluice::fakes
// NOLINTEND(clang-analyzer-cplusplus.NewDeleteLeaks)
