#include "pipeline/runtime/crash_guard.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "pipeline/base/hash.h"
#include "pipeline/base/strings.h"

namespace sluice::runtime {

// Kept in the file as it is. A slot with a position and no owner after a restart is a record under
// suspicion.
struct CrashGuard::Slot {
  std::atomic<uint64_t> position;  // Hash of stage, topic, partition and offset; 0: free.
  std::atomic<uint32_t> crashes;
  std::atomic<uint32_t> owned;  // By a thread of this process.
};

namespace {

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

// What the signal handler may touch: one plain pointer a thread.
thread_local std::atomic<uint32_t>* crashing_slot = nullptr;

void MarkCrash(int signal) {
  if (crashing_slot != nullptr) crashing_slot->fetch_add(1);
  // SA_RESETHAND has restored the default action: the process ends with the signal that it was
  // given.
  raise(signal);
}

// Where the handler runs: a stack that has overflowed has no room for it. One a thread, for as long
// as the thread lives; a thread that has one already, as sanitizers give, keeps it.
class AlternateStack {
 public:
  AlternateStack() {
    stack_t current = {};
    if (sigaltstack(nullptr, &current) != 0 || (current.ss_flags & SS_DISABLE) == 0) return;
    void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    // Without memory an overflow goes unmarked, as all else that cannot be helped.
    if (memory == MAP_FAILED) return;
    memory_ = memory;
    const stack_t stack = {.ss_sp = memory_, .ss_flags = 0, .ss_size = kBytes};
    sigaltstack(&stack, nullptr);
  }
  ~AlternateStack() {
    if (memory_ == nullptr) return;
    const stack_t none = {.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
    sigaltstack(&none, nullptr);
    munmap(memory_, kBytes);
  }
  AlternateStack(const AlternateStack&) = delete;
  AlternateStack& operator=(const AlternateStack&) = delete;

 private:
  static constexpr size_t kBytes = 64 << 10;  // The handler takes a frame or two beside registers.

  void* memory_ = nullptr;
};

uint64_t PositionHash(std::string_view stage, const log::Record& record) {
  const uint64_t hash = base::HashBytes64(
      fmt::format("{}\n{}\n{}\n{}", stage, record.topic, record.partition, record.offset));
  return hash == 0 ? 1 : hash;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CrashGuard>> CrashGuard::Open(const std::string& file) {
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  int error = descriptor < 0 || ftruncate(descriptor, kSlots * sizeof(Slot)) != 0 ? errno : 0;
  // With blocks of its own: a store into a hole of a mapped file ends the process on a full disk.
  if (error == 0) error = posix_fallocate(descriptor, 0, kSlots * sizeof(Slot));
  if (error != 0) {
    if (descriptor >= 0) close(descriptor);
    return absl::UnavailableError(
        fmt::format("cannot open the crash guard's file {}: {}", file, std::strerror(error)));
  }
  void* mapped =
      mmap(nullptr, kSlots * sizeof(Slot), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (mapped == MAP_FAILED) {
    close(descriptor);
    return absl::UnavailableError(
        fmt::format("cannot map the crash guard's file {}: {}", file, std::strerror(errno)));
  }
  std::unique_ptr<CrashGuard> guard(new CrashGuard(descriptor, static_cast<Slot*>(mapped)));
  for (const int signal : kSignals) {
    struct sigaction action = {};
    action.sa_handler = MarkCrash;
    action.sa_flags = SA_RESETHAND | SA_NODEFER | SA_ONSTACK;
    sigaction(signal, &action, nullptr);
  }
  return guard;
}

CrashGuard::CrashGuard(int descriptor, Slot* slots) : descriptor_(descriptor), slots_(slots) {
  for (size_t i = 0; i < kSlots; ++i) {
    Slot& slot = slots_[i];
    slot.owned = 0;
    if (slot.crashes == 0) slot.position = 0;  // In work when the process was killed from outside.
    if (slot.crashes >= kCrashesMax) condemned_.insert(slot.position);
  }
}

CrashGuard::~CrashGuard() {
  munmap(slots_, kSlots * sizeof(Slot));
  close(descriptor_);
}

bool CrashGuard::Condemned(std::string_view stage, const log::Record& record) const {
  return !condemned_.empty() && condemned_.contains(PositionHash(stage, record));
}

CrashGuard::Scope::Scope(CrashGuard* guard, std::string_view stage, const log::Record& record) {
  if (guard == nullptr) return;
  static thread_local const AlternateStack alternate_stack;
  const uint64_t position = PositionHash(stage, record);
  // A slot that remembers a crash of this record is used again, so that crashes add up.
  Slot* chosen = nullptr;
  for (size_t i = 0; i < kSlots && chosen == nullptr; ++i) {
    Slot& slot = guard->slots_[i];
    if (slot.position == position && slot.crashes > 0 && slot.owned.exchange(1) == 0)
      chosen = &slot;
  }
  for (size_t i = 0; i < kSlots && chosen == nullptr; ++i) {
    Slot& slot = guard->slots_[i];
    if (slot.crashes == 0 && slot.owned.exchange(1) == 0) chosen = &slot;
  }
  if (chosen == nullptr) return;
  chosen->position = position;
  crashing_slot = &chosen->crashes;
  slot_ = chosen;
}

CrashGuard::Scope::~Scope() {
  if (slot_ == nullptr) return;
  auto* slot = static_cast<Slot*>(slot_);
  crashing_slot = nullptr;
  slot->crashes = 0;
  slot->position = 0;
  slot->owned = 0;
}

}  // namespace sluice::runtime
