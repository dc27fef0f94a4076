#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pipeline/log/log.h"

namespace sluice::runtime {

// Remembers which record a thread works on, so that a record that ends the process twice is set
// aside instead of ending it for ever. Noted in a memory-mapped file, in which a handler of
// SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT marks the slot of the thread that crashed, on a stack
// of its own, so that a stack that overflows is marked too; a process that is killed from outside
// suspects nobody. Any thread.
class CrashGuard {
 public:
  static constexpr size_t kSlots = 256;       // Threads at work at once; more are not guarded.
  static constexpr uint32_t kCrashesMax = 2;  // The record is set aside at the second crash.

  // Opens or makes `file` and installs the signal handlers. kUnavailable: the file cannot be
  // opened; the message says why.
  static absl::StatusOr<std::unique_ptr<CrashGuard>> Open(const std::string& file);
  ~CrashGuard();
  CrashGuard(const CrashGuard&) = delete;
  CrashGuard& operator=(const CrashGuard&) = delete;

  // True where working on the record has ended the process kCrashesMax times.
  bool Condemned(std::string_view stage, const log::Record& record) const;

  // Notes the record for as long as it lives, on this thread.
  class Scope {
   public:
    Scope(CrashGuard* guard, std::string_view stage,
          const log::Record& record);  // No guard: does nothing.
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    void* slot_ = nullptr;
  };

 private:
  struct Slot;

  CrashGuard(int descriptor, Slot* slots);

  int descriptor_;
  Slot* slots_;                   // Mapped.
  std::set<uint64_t> condemned_;  // Hashes of positions; fixed once open.
};

}  // namespace sluice::runtime
