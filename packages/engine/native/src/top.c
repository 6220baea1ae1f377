// The largest elements of each row, in order. The output of a row is a heap while the row is read: its root is the worst of those kept, so
// nearly every element is done with after one comparison.
#include "ranges.h"

typedef struct {
  range rows;
  int width, k;
  const float *x;
  float *values;
  int32_t *places;
} task;

// A NaN is above everything: it must come out.
INLINE int above(float a, float b) { return a > b || (a != a && b == b); }
// Whether entry i is worse than entry j: smaller or, of equals, further back.
INLINE int worse(const float *v, const int32_t *p, int i, int j) { return above(v[j], v[i]) || (!above(v[i], v[j]) && p[i] > p[j]); }

static void exchange(float *v, int32_t *p, int i, int j) {
  float value = v[i];
  int32_t place = p[i];
  v[i] = v[j], p[i] = p[j];
  v[j] = value, p[j] = place;
}

static void sink(float *v, int32_t *p, int i, int k) {
  for (;;) {
    int worst = i, left = 2 * i + 1;
    if (left < k && worse(v, p, left, worst)) worst = left;
    if (left + 1 < k && worse(v, p, left + 1, worst)) worst = left + 1;
    if (worst == i) return;
    exchange(v, p, i, worst);
    i = worst;
  }
}

static void top_of_row(const float *x, int width, int k, float *v, int32_t *p) {
  for (int j = 0; j < k; j++) v[j] = x[j], p[j] = j;
  for (int i = k / 2 - 1; i >= 0; i--) sink(v, p, i, k);
  int j = k;
  while (j < width) {
    if (j + LANES <= width) {
      vector each = load(x + j);
      ivector found = (each > splat(v[0])) | (each != each);
      int32_t any = 0;
      UNROLLED for (int i = 0; i < LANES; i++) any |= found[i];
      if (!any) {
        j += LANES;
        continue;
      }
    }
    for (int end = smaller(j + LANES, width); j < end; j++)
      if (above(x[j], v[0])) {
        v[0] = x[j], p[0] = j;
        sink(v, p, 0, k);
      }
  }
  for (int left = k - 1; left > 0; left--) {
    exchange(v, p, 0, left);
    sink(v, p, 0, left);
  }
}

static void top_job(const void *argument, int i, float *scratch) {
  const task *t = argument;
  (void)scratch;
  RANGE(t->rows, i)
  for (int64_t r = from; r < to; r++) top_of_row(t->x + r * t->width, t->width, t->k, t->values + r * t->k, t->places + r * t->k);
}

// The k largest of each row, 0 < k <= width, largest first; of equals the first.
EXPORT void top_rows(int n, int width, int k, const float *x, float *values, int32_t *places) {
  task t = {{n, 0}, width, k, x, values, places};
  parallel(top_job, &t, chunks_of(n, LEAST_ELEMENTS / (width + 1) + 1, &t.rows.per_chunk));
}
