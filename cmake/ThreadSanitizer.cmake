# ThreadSanitizer must be told of the locks of an Abseil that is built without it, and of C11 threads: see tsan_abseil.cc and
# tsan_threads.cc.
if(NOT SLUICE_SANITIZE STREQUAL "thread")
  return()
endif()
add_library(sluice_tsan_abseil STATIC ${CMAKE_CURRENT_LIST_DIR}/tsan_abseil.cc ${CMAKE_CURRENT_LIST_DIR}/tsan_threads.cc)
# Suppressions are by name, and names take a symbolizer.
find_program(SLUICE_SYMBOLIZER NAMES llvm-symbolizer-19 llvm-symbolizer REQUIRED)
target_compile_definitions(sluice_tsan_abseil PRIVATE SLUICE_SYMBOLIZER="${SLUICE_SYMBOLIZER}")
target_link_libraries(sluice_tsan_abseil PUBLIC absl::synchronization absl::time)
link_libraries(sluice_tsan_abseil)
foreach(symbol
    _ZN4absl7debian35Mutex4LockEv
    _ZN4absl7debian35Mutex10ReaderLockEv
    _ZN4absl7debian35Mutex7TryLockEv
    _ZN4absl7debian35Mutex13ReaderTryLockEv
    _ZN4absl7debian35Mutex6UnlockEv
    _ZN4absl7debian35Mutex12ReaderUnlockEv
    _ZN4absl7debian35MutexD1Ev
    _ZN4absl7debian35Mutex8LockWhenERKNS0_9ConditionE
    _ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE
    _ZN4absl7debian35Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE
    _ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE
    _ZN4absl7debian37CondVar4WaitEPNS0_5MutexE
    _ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE
    _ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE
    _ZN4absl7debian312Notification6NotifyEv
    _ZNK4absl7debian312Notification19WaitForNotificationEv
    _ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_8DurationE
    _ZNK4absl7debian312Notification31WaitForNotificationWithDeadlineENS0_4TimeE
    _ZN4absl7debian315BlockingCounter14DecrementCountEv
    _ZN4absl7debian315BlockingCounter4WaitEv)
  add_link_options(LINKER:--wrap=${symbol})
endforeach()
# Shared libraries alone ask for these.
add_link_options(LINKER:--undefined=thrd_create)
