// How a thread sleeps until a word changes, and how it is woken. Used by pool.c alone.
#pragma once
#include "platform.h"

#if defined(__wasm__)

static void sleep_while(int *word, int value) { __builtin_wasm_memory_atomic_wait32(word, value, -1); }
static void wake_all(int *word) { __builtin_wasm_memory_atomic_notify(word, 0xffffffff); }
#define LOOKS 40000
static void pause_before(int look) { (void)look; }

#else

// The next kernel mostly comes within some tens of microseconds: waking up would take longer. Then, for about a millisecond, the core is
// offered to whoever wants it between two looks, so that several programs do not hold each other up.
#define SPINS 4000
#define LOOKS (SPINS + 2000)
static void give_way(void);
static void pause_before(int look) {
  if (look >= SPINS) give_way();
#if defined(__x86_64__)
  else __builtin_ia32_pause();
#elif defined(__aarch64__)
  else __asm__ volatile("yield");
#endif
}

#if defined(__linux__)
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
static void give_way(void) { sched_yield(); }
static void sleep_while(int *word, int value) { syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, 0, 0, 0); }
static void wake_all(int *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 0x7fffffff, 0, 0, 0); }
#elif defined(_WIN32)
#include <windows.h>
static void give_way(void) { SwitchToThread(); }
static SRWLOCK sleeping_lock = SRWLOCK_INIT;
static CONDITION_VARIABLE sleeping_room = CONDITION_VARIABLE_INIT;
static void sleep_while(int *word, int value) {
  AcquireSRWLockExclusive(&sleeping_lock);
  while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == value) SleepConditionVariableSRW(&sleeping_room, &sleeping_lock, INFINITE, 0);
  ReleaseSRWLockExclusive(&sleeping_lock);
}
static void wake_all(int *word) {
  (void)word;
  AcquireSRWLockExclusive(&sleeping_lock);
  ReleaseSRWLockExclusive(&sleeping_lock);
  WakeAllConditionVariable(&sleeping_room);
}
#else
#include <pthread.h>
#include <sched.h>
static void give_way(void) { sched_yield(); }
static pthread_mutex_t sleeping_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t sleeping_room = PTHREAD_COND_INITIALIZER;
static void sleep_while(int *word, int value) {
  pthread_mutex_lock(&sleeping_lock);
  while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == value) pthread_cond_wait(&sleeping_room, &sleeping_lock);
  pthread_mutex_unlock(&sleeping_lock);
}
static void wake_all(int *word) {
  (void)word;
  pthread_mutex_lock(&sleeping_lock);
  pthread_mutex_unlock(&sleeping_lock);
  pthread_cond_broadcast(&sleeping_room);
}
#endif
#endif
