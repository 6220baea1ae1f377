#include "pool.h"

#define MOST_THREADS 256

static struct {
  int threads;  // 0 before pool_start, which means 1
  int floats;  // in each scratch
  float *scratch[MOST_THREADS];
} pool;

EXPORT void pool_start(int threads, int floats) {
  pool.threads = threads < MOST_THREADS ? threads : MOST_THREADS;
  pool.floats = floats;
}
EXPORT void pool_scratch(int thread, float *scratch) { pool.scratch[thread] = scratch; }

int pool_threads(void) { return pool.threads; }
float *main_scratch(void) { return pool.scratch[0]; }
int scratch_floats(void) { return pool.floats; }

int chunks_of(int64_t n, int64_t least, int64_t *per_chunk) {
  int64_t most = pool.threads > 1 ? pool.threads * 4 : 1;
  int64_t size = (n + most - 1) / most;
  if (size < least) size = least;
  if (size < 1) size = 1;
  *per_chunk = size;
  return (int)((n + size - 1) / size);
}

static void serial(job run, const void *argument, int count) {
  for (int i = 0; i < count; i++) run(argument, i, pool.scratch[0]);
}

#if !defined(THREADS)
void parallel(job run, const void *argument, int count) { serial(run, argument, count); }
#else

#include "sleep.h"

// One claim word: generation | chunks | next chunk. Claiming is one fetch-add, and what it returns says by itself whether the claim is
// valid, so a thread that wakes late can never run a chunk of a newer job twice.
#define INDEX_BITS 20
#define INDEX_MASK ((1 << INDEX_BITS) - 1)

static struct {
  uint64_t ticket __attribute__((aligned(64)));
  int done __attribute__((aligned(64)));
  int generation __attribute__((aligned(64)));  // what sleepers wait on
  int sleeping;
  int waiting;  // whether the main thread sleeps on done
  int stopping;
  job run;
  const void *argument;
} work;

static int next_of(uint64_t ticket) { return (int)(ticket & INDEX_MASK); }
static int count_of(uint64_t ticket) { return (int)((ticket >> INDEX_BITS) & INDEX_MASK); }

static void take_chunks(int thread) {
  for (;;) {
    uint64_t seen = __atomic_load_n(&work.ticket, __ATOMIC_SEQ_CST);
    if (next_of(seen) >= count_of(seen)) return;
    uint64_t mine = __atomic_fetch_add(&work.ticket, 1, __ATOMIC_SEQ_CST);
    if (next_of(mine) >= count_of(mine)) return;
    work.run(work.argument, next_of(mine), pool.scratch[thread]);
    int done = __atomic_add_fetch(&work.done, 1, __ATOMIC_SEQ_CST);
    if (done == count_of(mine) && __atomic_load_n(&work.waiting, __ATOMIC_SEQ_CST)) wake_all(&work.done);
  }
}

// What a worker thread runs, until pool_stop: takes chunks, looks for more for a moment, then sleeps and costs nothing.
EXPORT void pool_work(int thread) {
  while (!__atomic_load_n(&work.stopping, __ATOMIC_SEQ_CST)) {
    int generation = __atomic_load_n(&work.generation, __ATOMIC_SEQ_CST);
    if (thread < pool.threads) take_chunks(thread);
    int looks = 0;
    while (looks < LOOKS && __atomic_load_n(&work.generation, __ATOMIC_SEQ_CST) == generation) pause_before(looks++);
    if (looks < LOOKS) continue;
    __atomic_fetch_add(&work.sleeping, 1, __ATOMIC_SEQ_CST);
    sleep_while(&work.generation, generation);
    __atomic_fetch_sub(&work.sleeping, 1, __ATOMIC_SEQ_CST);
  }
}

EXPORT void pool_stop(void) {
  __atomic_store_n(&work.stopping, 1, __ATOMIC_SEQ_CST);
  __atomic_fetch_add(&work.generation, 1, __ATOMIC_SEQ_CST);
  wake_all(&work.generation);
}

void parallel(job run, const void *argument, int count) {
  if (pool.threads <= 1 || count <= 1) {
    serial(run, argument, count);
    return;
  }
  work.run = run;
  work.argument = argument;
  __atomic_store_n(&work.done, 0, __ATOMIC_SEQ_CST);
  uint64_t generation = (uint64_t)(uint32_t)work.generation << (2 * INDEX_BITS);
  __atomic_store_n(&work.ticket, generation | (uint64_t)count << INDEX_BITS, __ATOMIC_SEQ_CST);
  __atomic_fetch_add(&work.generation, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&work.sleeping, __ATOMIC_SEQ_CST)) wake_all(&work.generation);
  take_chunks(0);
  // What is left runs elsewhere already. The main thread of a page may not sleep on an atomic, so in wasm it spins; natively it gives its
  // core up when the wait is long: on a busy machine the core may be the one that the last chunk waits for.
  int looks = 0;
  for (int done; (done = __atomic_load_n(&work.done, __ATOMIC_SEQ_CST)) < count;) {
    pause_before(looks);
#if !defined(__wasm__)
    if (++looks < LOOKS) continue;
    __atomic_store_n(&work.waiting, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&work.done, __ATOMIC_SEQ_CST) < count) sleep_while(&work.done, done);
    __atomic_store_n(&work.waiting, 0, __ATOMIC_SEQ_CST);
    looks = 0;
#else
    (void)looks;
#endif
  }
}
#endif
