// Moving elements: transpose, slice, concatenation, broadcast, the key/value cache. All are one strided copy.
#include "ranges.h"

typedef struct {
  range r;
  int size[5], from_step[5], to_step[5];
  const uint32_t *from;
  uint32_t *to;
} task;

typedef uint32_t words __attribute__((vector_size(16), aligned(4)));

static void copy_run(uint32_t *to, const uint32_t *from, int64_t n) {
  int64_t j = 0;
  for (; j + 4 <= n; j += 4) *(words *)(to + j) = *(const words *)(from + j);
  for (; j < n; j++) to[j] = from[j];
}

// The two innermost axes of one index of the three outer ones.
static void copy_plane(const task *t, uint32_t *to, const uint32_t *from) {
  const int rows = t->size[3], columns = t->size[4];
  const int64_t fr = t->from_step[3], fc = t->from_step[4], tr = t->to_step[3], tc = t->to_step[4];
  if (fc == 1 && tc == 1) {
    for (int i = 0; i < rows; i++) copy_run(to + i * tr, from + i * fr, columns);
    return;
  }
  // A transposed plane in 8 x 8 blocks, so that both sides stay in the cache.
  for (int i0 = 0; i0 < rows; i0 += 8)
    for (int j0 = 0; j0 < columns; j0 += 8)
      for (int i = i0; i < smaller(rows, i0 + 8); i++)
        for (int j = j0; j < smaller(columns, j0 + 8); j++) to[i * tr + j * tc] = from[i * fr + j * fc];
}

static void copy_job(const void *argument, int i, float *scratch) {
  const task *t = argument;
  (void)scratch;
  RANGE(t->r, i)
  for (int64_t p = from; p < to; p++) {
    int64_t c = p % t->size[2], b = p / t->size[2] % t->size[1], a = p / t->size[2] / t->size[1];
    copy_plane(t, t->to + a * t->to_step[0] + b * t->to_step[1] + c * t->to_step[2],
               t->from + a * t->from_step[0] + b * t->from_step[1] + c * t->from_step[2]);
  }
}

// Copies [s0, s1, s2, s3, s4] elements of 4 bytes with the given steps on both sides; a step of 0 on the source repeats.
EXPORT void copy_strided(int s0, int s1, int s2, int s3, int s4, const uint32_t *from, int f0, int f1, int f2, int f3, int f4, uint32_t *to,
                         int t0, int t1, int t2, int t3, int t4) {
  task t = {{(int64_t)s0 * s1 * s2, 0}, {s0, s1, s2, s3, s4}, {f0, f1, f2, f3, f4}, {t0, t1, t2, t3, t4}, from, to};
  parallel(copy_job, &t, chunks_of(t.r.n, LEAST_ELEMENTS / ((int64_t)s3 * s4 + 1) + 1, &t.r.per_chunk));
}

// to[i] = from[rows[i]] for blocks of `used` elements, `step` from one block to the next on both sides.
EXPORT void copy_blocks(int n, const int32_t *rows, int used, int step, const uint32_t *from, uint32_t *to) {
  for (int i = 0; i < n; i++) copy_run(to + (int64_t)i * step, from + (int64_t)rows[i] * step, used);
}
