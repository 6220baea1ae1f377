// Dropout: the same elements for the same seed on every engine, so the backward pass draws them again instead of storing a mask.
#include "dropout.h"
#include "ranges.h"

typedef struct {
  range r;
  dropping d;
  const float *x;
  float *out;
} task;

static void drop_job(const void *argument, int i, float *scratch) {
  const task *t = argument;
  (void)scratch;
  RANGE(t->r, i)
  FOR_VECTORS(from, to, { WRITE(t->out, drop(&t->d, (uint32_t)j, 1, READ(t->x))) })
}

EXPORT void dropout(int n, int first, int second, int threshold, float kept, const float *x, float *out) {
  task t = {{n, 0}, {(uint32_t)first, (uint32_t)second, (uint32_t)threshold, kept}, x, out};
  parallel(drop_job, &t, chunks_of(n, LEAST_ELEMENTS / 2, &t.r.per_chunk));
}
