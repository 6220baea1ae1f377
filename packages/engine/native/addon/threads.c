#define _GNU_SOURCE  // dladdr
#include "threads.h"

void pool_work(int thread);

#if defined(_WIN32)
#include <windows.h>

static DWORD WINAPI work(void *thread) {
  pool_work((int)(intptr_t)thread);
  return 0;
}
int start_thread(int thread) {
  HANDLE handle = CreateThread(0, 1 << 20, work, (void *)(intptr_t)thread, 0, 0);
  if (!handle) return 1;
  CloseHandle(handle);
  return 0;
}
void stay_loaded(void) {
  HMODULE module;
  GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (const char *)stay_loaded, &module);
}
// A byte more: at least one page between two pieces stays unused, so that no two are neighbours.
void *take_pages(size_t bytes) { return VirtualAlloc(0, bytes + 1, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE); }

#else
#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>

static void *work(void *thread) {
  pool_work((int)(intptr_t)thread);
  return 0;
}
int start_thread(int thread) {
  pthread_attr_t attributes;
  pthread_t id;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 1 << 20);
  int failed = pthread_create(&id, &attributes, work, (void *)(intptr_t)thread);
  pthread_attr_destroy(&attributes);
  return failed;
}

void stay_loaded(void) {
  Dl_info found;
  if (dladdr((void *)stay_loaded, &found)) dlopen(found.dli_fname, RTLD_NOW | RTLD_NODELETE);
}

// Aligned to 2 MB and marked for large pages: a matrix product walks over many rows at once, more than the TLB has small pages for.
#define LARGE ((size_t)2 << 20)
void *take_pages(size_t bytes) {
  char *p = mmap(0, bytes + LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (p == MAP_FAILED) return 0;
  char *start = (char *)(((uintptr_t)p + LARGE - 1) & ~(LARGE - 1));
  // At least one page between two pieces stays unused, so that no two are neighbours.
  if (start > p) munmap(p, (size_t)(start - p));
#if defined(MADV_HUGEPAGE)
  madvise(start, bytes, MADV_HUGEPAGE);
#endif
  return start;
}
#endif
