// Threads. A kernel cuts its work into chunks by shape and thread count only; which thread takes which chunk depends on timing, but
// every chunk writes its own part and partial sums are added in chunk order, so the bytes do not.
#pragma once
#include "platform.h"

// Runs job(argument, i, scratch) for i in [0, count), on all threads; returns when all are done. `scratch` belongs to the thread.
typedef void (*job)(const void *argument, int i, float *scratch);
void parallel(job run, const void *argument, int count);

int pool_threads(void);
// Scratch of the calling (main) thread, and floats in each thread's scratch.
float *main_scratch(void);
int scratch_floats(void);

// Cuts n items into chunks of at least `least` items, a few per thread so that an uneven machine evens out. Sets the items per chunk
// and returns the number of chunks.
int chunks_of(int64_t n, int64_t least, int64_t *per_chunk);

// n items cut into pieces of whole units (the last unit may be smaller), as equal as they can be.
typedef struct {
  int n, unit, pieces;
} division;
INLINE division divide(int n, int unit, int pieces) {
  division cut = {n, unit, smaller(pieces, (n + unit - 1) / unit)};
  return cut;
}
INLINE int starts_at(const division *cut, int piece) {
  const int units = (cut->n + cut->unit - 1) / cut->unit;
  return smaller(cut->n, (int)((int64_t)units * piece / cut->pieces) * cut->unit);
}
