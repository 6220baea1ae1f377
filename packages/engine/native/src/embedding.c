// Rows of a table, and their gradient: a scatter-add in the order of the ids.
#include "ranges.h"

typedef struct {
  range r;
  int n, width;
  float scale;
  const float *from;
  const int32_t *ids;
  float *to;
} task;

static void gather_job(const void *argument, int i, float *scratch) {
  const task *t = argument;
  (void)scratch;
  RANGE(t->r, i)
  for (int64_t r = from; r < to; r++) {
    const float *row = t->from + (int64_t)t->ids[r] * t->width;
    float *out = t->to + r * t->width;
    FOR_VECTORS(0, t->width, { WRITE(out, READ(row) * splat(t->scale)) })
  }
}

static int first_outside(int n, const int32_t *ids, int rows) {
  for (int i = 0; i < n; i++)
    if (ids[i] < 0 || ids[i] >= rows) return i;
  return -1;
}

// Returns -1, or the position of the first id outside [0, rows), with nothing written.
EXPORT int gather_rows(int n, int rows, int width, float scale, const float *table, const int32_t *ids, float *out) {
  int outside = first_outside(n, ids, rows);
  if (outside >= 0) return outside;
  task t = {{n, 0}, n, width, scale, table, ids, out};
  parallel(gather_job, &t, chunks_of(n, LEAST_ELEMENTS / (width + 1) + 1, &t.r.per_chunk));
  return -1;
}

// Each chunk takes a strip of columns, so that rows are added in the order of the ids on any number of threads.
static void scatter_job(const void *argument, int i, float *scratch) {
  const task *t = argument;
  (void)scratch;
  RANGE(t->r, i)
  for (int r = 0; r < t->n; r++) {
    if (t->ids[r] < 0) continue;
    const float *row = t->from + (int64_t)r * t->width;
    float *sum = t->to + (int64_t)t->ids[r] * t->width;
    FOR_VECTORS(from, to, { WRITE(sum, multiply_add(READ(row), splat(t->scale), READ(sum))) })
  }
}

// table[ids[r]] += scale * rows[r]; a negative id is left out, as in tfjs's UnsortedSegmentSum. Returns -1 or the position of an id
// that is too large.
EXPORT int scatter_add_rows(int n, int rows, int width, float scale, const float *from, const int32_t *ids, float *table) {
  for (int i = 0; i < n; i++)
    if (ids[i] >= rows) return i;
  if (width == 0) return -1;
  task t = {{width, 0}, n, width, scale, from, ids, table};
  int strips = pool_threads() > 1 && (int64_t)n * width > LEAST_ELEMENTS ? pool_threads() : 1;
  t.r.per_chunk = (width + strips - 1) / strips + 15 & ~15;
  parallel(scatter_job, &t, (int)((width + t.r.per_chunk - 1) / t.r.per_chunk));
  return -1;
}
