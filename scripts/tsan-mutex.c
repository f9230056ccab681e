// Tells the thread sanitizer what a contended `Mutex` of Swift's Synchronization module orders.
//
// The uncontended path is inlined, so that the sanitizer sees its atomics. The contended one lies in the toolchain's
// library, which is not instrumented, and locks by a system call: without this file all that was protected by a lock
// that was contended is reported. scripts/sanitize loads it ahead of that library.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// Absent from programs without the sanitizer, such as `swift test` itself.
void __tsan_acquire(void *address) __attribute__((weak));
void __tsan_release(void *address) __attribute__((weak));

// Swift's convention: the mutex is the context.
#define SWIFT __attribute__((swiftcall))
#define MUTEX __attribute__((swift_context)) void *mutex

SWIFT void lock_slow(uint32_t thread, MUTEX) __asm__(LOCK_SLOW);
SWIFT void unlock_slow(MUTEX) __asm__(UNLOCK_SLOW);

SWIFT void lock_slow(uint32_t thread, MUTEX) {
  SWIFT void (*next)(uint32_t, MUTEX) = dlsym(RTLD_NEXT, LOCK_SLOW);
  next(thread, mutex);
  if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void unlock_slow(MUTEX) {
  SWIFT void (*next)(MUTEX) = dlsym(RTLD_NEXT, UNLOCK_SLOW);
  if (__tsan_release) __tsan_release(mutex);
  next(mutex);
}
