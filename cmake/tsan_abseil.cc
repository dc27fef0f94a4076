// ThreadSanitizer and locks that it cannot see. Debian's Abseil is built without it, so each lock
// of an absl::Mutex looks like no lock at all. The preset tsan has the linker send our calls of
// them here (--wrap), where they are announced and passed on.
//
// The functions have the mangled names of Abseil's members and take `this` first.
#include <sanitizer/tsan_interface.h>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace {

// Accesses and locks inside a call are Abseil's own affair, also where it evaluates a condition for
// somebody else: between pre and post ThreadSanitizer looks away.
template <typename Call>
void Locking(void* mutex, unsigned flags, Call call) {
  __tsan_mutex_pre_lock(mutex, flags);
  call();
  __tsan_mutex_post_lock(mutex, flags, 0);
}

template <typename Call>
bool TryingToLock(void* mutex, unsigned flags, Call call) {
  flags |= __tsan_mutex_try_lock;
  __tsan_mutex_pre_lock(mutex, flags);
  const bool locked = call();
  __tsan_mutex_post_lock(mutex, locked ? flags : flags | __tsan_mutex_try_lock_failed, 0);
  return locked;
}

template <typename Call>
void Unlocking(void* mutex, unsigned flags, Call call) {
  __tsan_mutex_pre_unlock(mutex, flags);
  call();
  __tsan_mutex_post_unlock(mutex, flags);
}

// A wait for a condition or a signal gives the mutex up and has it again afterwards.
template <typename Call>
auto Waiting(void* mutex, Call call) {
  __tsan_mutex_pre_unlock(mutex, 0);
  __tsan_mutex_post_unlock(mutex, 0);
  __tsan_mutex_pre_lock(mutex, 0);
  struct Locked {
    void* mutex;
    ~Locked() { __tsan_mutex_post_lock(mutex, 0, 0); }
  } const locked{mutex};
  return call();
}

using absl::Condition;
using absl::Duration;
using absl::Time;

}  // namespace

// What an uninstrumented library calls is not looked at: it may be ordered by a lock of the
// library's own, which is not seen.
extern "C" const char* __tsan_default_options() {  // NOLINT(bugprone-reserved-identifier)
  return "ignore_noninstrumented_modules=1:external_symbolizer_path=" SLUICE_SYMBOLIZER;
}

// What the uninstrumented libraries do among themselves, and the code of ours that they were handed
// by name.
extern "C" const char* __tsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "called_from_lib:librocksdb.so\n"
         "called_from_lib:librdkafka.so\n"
         "called_from_lib:libgrpc.so\n"
         "called_from_lib:libgrpc++.so\n"
         "called_from_lib:libprotobuf.so\n"
         "called_from_lib:liblz4.so\n"
         "called_from_lib:libzstd.so\n"
         "race:^rocksdb::\n"
         "race:librocksdb.so\n"
         "race:^grpc::\n"
         "race:libgrpc\n"
         "race:librdkafka\n"
         "mutex:librocksdb.so\n"
         "deadlock:librdkafka.so\n"
         "deadlock:librocksdb.so\n";
}

// NOLINTBEGIN(bugprone-reserved-identifier): the linker makes these names.

extern "C" void __real__ZN4absl7debian35Mutex4LockEv(void* mutex);
extern "C" void __wrap__ZN4absl7debian35Mutex4LockEv(void* mutex) {
  Locking(mutex, 0, [&] { __real__ZN4absl7debian35Mutex4LockEv(mutex); });
}

extern "C" void __real__ZN4absl7debian35Mutex10ReaderLockEv(void* mutex);
extern "C" void __wrap__ZN4absl7debian35Mutex10ReaderLockEv(void* mutex) {
  Locking(mutex, __tsan_mutex_read_lock,
          [&] { __real__ZN4absl7debian35Mutex10ReaderLockEv(mutex); });
}

extern "C" bool __real__ZN4absl7debian35Mutex7TryLockEv(void* mutex);
extern "C" bool __wrap__ZN4absl7debian35Mutex7TryLockEv(void* mutex) {
  return TryingToLock(mutex, 0, [&] { return __real__ZN4absl7debian35Mutex7TryLockEv(mutex); });
}

extern "C" bool __real__ZN4absl7debian35Mutex13ReaderTryLockEv(void* mutex);
extern "C" bool __wrap__ZN4absl7debian35Mutex13ReaderTryLockEv(void* mutex) {
  return TryingToLock(mutex, __tsan_mutex_read_lock,
                      [&] { return __real__ZN4absl7debian35Mutex13ReaderTryLockEv(mutex); });
}

extern "C" void __real__ZN4absl7debian35Mutex6UnlockEv(void* mutex);
extern "C" void __wrap__ZN4absl7debian35Mutex6UnlockEv(void* mutex) {
  Unlocking(mutex, 0, [&] { __real__ZN4absl7debian35Mutex6UnlockEv(mutex); });
}

extern "C" void __real__ZN4absl7debian35Mutex12ReaderUnlockEv(void* mutex);
extern "C" void __wrap__ZN4absl7debian35Mutex12ReaderUnlockEv(void* mutex) {
  Unlocking(mutex, __tsan_mutex_read_lock,
            [&] { __real__ZN4absl7debian35Mutex12ReaderUnlockEv(mutex); });
}

extern "C" void __real__ZN4absl7debian35MutexD1Ev(void* mutex);
extern "C" void __wrap__ZN4absl7debian35MutexD1Ev(void* mutex) {
  __tsan_mutex_destroy(mutex, 0);
  __real__ZN4absl7debian35MutexD1Ev(mutex);
}

extern "C" void __real__ZN4absl7debian35Mutex8LockWhenERKNS0_9ConditionE(
    void* mutex, const Condition& condition);
extern "C" void __wrap__ZN4absl7debian35Mutex8LockWhenERKNS0_9ConditionE(
    void* mutex, const Condition& condition) {
  Locking(mutex, 0,
          [&] { __real__ZN4absl7debian35Mutex8LockWhenERKNS0_9ConditionE(mutex, condition); });
}

extern "C" void __real__ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE(void* mutex,
                                                                      const Condition& condition);
extern "C" void __wrap__ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE(void* mutex,
                                                                      const Condition& condition) {
  Waiting(mutex, [&] { __real__ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE(mutex, condition); });
}

extern "C" bool __real__ZN4absl7debian35Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE(
    void* mutex, const Condition& condition, Time deadline);
extern "C" bool __wrap__ZN4absl7debian35Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE(
    void* mutex, const Condition& condition, Time deadline) {
  return Waiting(mutex, [&] {
    return __real__ZN4absl7debian35Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE(
        mutex, condition, deadline);
  });
}

extern "C" bool __real__ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE(
    void* mutex, const Condition& condition, Duration timeout);
extern "C" bool __wrap__ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE(
    void* mutex, const Condition& condition, Duration timeout) {
  return Waiting(mutex, [&] {
    return __real__ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE(
        mutex, condition, timeout);
  });
}

extern "C" void __real__ZN4absl7debian37CondVar4WaitEPNS0_5MutexE(void* variable, void* mutex);
extern "C" void __wrap__ZN4absl7debian37CondVar4WaitEPNS0_5MutexE(void* variable, void* mutex) {
  Waiting(mutex, [&] { __real__ZN4absl7debian37CondVar4WaitEPNS0_5MutexE(variable, mutex); });
}

extern "C" bool __real__ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE(
    void* variable, void* mutex, Time deadline);
extern "C" bool __wrap__ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE(
    void* variable, void* mutex, Time deadline) {
  return Waiting(mutex, [&] {
    return __real__ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE(variable, mutex,
                                                                                    deadline);
  });
}

extern "C" bool __real__ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE(
    void* variable, void* mutex, Duration timeout);
extern "C" bool __wrap__ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE(
    void* variable, void* mutex, Duration timeout) {
  return Waiting(mutex, [&] {
    return __real__ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE(
        variable, mutex, timeout);
  });
}

extern "C" void __real__ZN4absl7debian312Notification6NotifyEv(void* notification);
extern "C" void __wrap__ZN4absl7debian312Notification6NotifyEv(void* notification) {
  __tsan_release(notification);
  __real__ZN4absl7debian312Notification6NotifyEv(notification);
}

extern "C" void __real__ZNK4absl7debian312Notification19WaitForNotificationEv(void* notification);
extern "C" void __wrap__ZNK4absl7debian312Notification19WaitForNotificationEv(void* notification) {
  __real__ZNK4absl7debian312Notification19WaitForNotificationEv(notification);
  __tsan_acquire(notification);
}

extern "C" bool
__real__ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_8DurationE(
    void* notification, Duration timeout);
extern "C" bool
__wrap__ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_8DurationE(
    void* notification, Duration timeout) {
  const bool notified =
      __real__ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_8DurationE(
          notification, timeout);
  __tsan_acquire(notification);
  return notified;
}

extern "C" bool __real__ZNK4absl7debian312Notification31WaitForNotificationWithDeadlineENS0_4TimeE(
    void* notification, Time deadline);
extern "C" bool __wrap__ZNK4absl7debian312Notification31WaitForNotificationWithDeadlineENS0_4TimeE(
    void* notification, Time deadline) {
  const bool notified =
      __real__ZNK4absl7debian312Notification31WaitForNotificationWithDeadlineENS0_4TimeE(
          notification, deadline);
  __tsan_acquire(notification);
  return notified;
}

extern "C" bool __real__ZN4absl7debian315BlockingCounter14DecrementCountEv(void* counter);
extern "C" bool __wrap__ZN4absl7debian315BlockingCounter14DecrementCountEv(void* counter) {
  __tsan_release(counter);
  return __real__ZN4absl7debian315BlockingCounter14DecrementCountEv(counter);
}

extern "C" void __real__ZN4absl7debian315BlockingCounter4WaitEv(void* counter);
extern "C" void __wrap__ZN4absl7debian315BlockingCounter4WaitEv(void* counter) {
  __real__ZN4absl7debian315BlockingCounter4WaitEv(counter);
  __tsan_acquire(counter);
}

// NOLINTEND(bugprone-reserved-identifier)
