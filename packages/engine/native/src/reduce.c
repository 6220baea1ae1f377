// Sums in a fixed order. Long sums go through float64: a float32 sum of 20 million ones ends at 16777216.
#include "ranges.h"
#include "vector-math.h"

#define BLOCK 256      // elements added in float32 before they go into the float64 total
#define ROW_BLOCK 32  // rows added before their sum is added to the column totals
#define LINE_VECTORS (LANES < 16 ? 16 / LANES : 1)
#define WIDE 4        // vectors of neighbouring columns that are added up side by side: whole lines of the cache

static double sum_of(const float *x, int64_t n, int squared) {
  double total = 0;
  for (int64_t start = 0; start < n; start += BLOCK) {
    int64_t end = start + BLOCK < n ? start + BLOCK : n;
    vector sum = splat(0);
    FOR_VECTORS(start, end, {
      vector v = READ(x);
      sum += squared ? v * v : v;
    })
    total += sum_lanes(sum);
  }
  return total;
}

typedef struct {
  range r;
  int64_t strip;  // columns that are added up in one go
  int reduced, inner, squared;
  float scale;
  const float *x;
  float *out;
  double *totals;
} task;

static void rows_job(const void *argument, int i, float *scratch) {
  const task *t = argument;
  (void)scratch;
  RANGE(t->r, i)
  for (int64_t r = from; r < to; r++) t->out[r] = (float)sum_of(t->x + r * t->reduced, t->reduced, 0) * t->scale;
}

// Adds rows of so many columns to a total. The same columns of the next rows are fetched on the way: across rows the hardware does not
// look ahead.
INLINE void add_rows(const float *x, ptrdiff_t inner, int rows, const float *before, float scale, float *out) {
  vector sum[WIDE];
  UNROLLED for (int v = 0; v < WIDE; v++) sum[v] = splat(0);
  for (int r = 0; r < rows; r++, x += inner) {
    UNROLLED for (int v = 0; v < WIDE; v += LINE_VECTORS) __builtin_prefetch(x + ROW_BLOCK * inner + v * LANES, 0, 3);
    UNROLLED for (int v = 0; v < WIDE; v++) sum[v] += load(x + v * LANES);
  }
  UNROLLED for (int v = 0; v < WIDE; v++) {
    if (before) sum[v] += load(before + v * LANES);
    store(out + v * LANES, sum[v] * splat(scale));
  }
}

// A strip of the columns of one outer slice; blocks of rows are added first, then the blocks.
static void add_columns(const task *t, int64_t i) {
  const int64_t strips = (t->inner + t->strip - 1) / t->strip;
  const float *x = t->x + i / strips * t->reduced * t->inner;
  float *out = t->out + i / strips * t->inner;
  int64_t from = i % strips * t->strip, to = from + t->strip < t->inner ? from + t->strip : t->inner;
  for (int start = 0; start == 0 || start < t->reduced; start += ROW_BLOCK) {
    int end = smaller(start + ROW_BLOCK, t->reduced);
    int64_t column = from;
    for (; column + WIDE * LANES <= to; column += WIDE * LANES)
      add_rows(x + (int64_t)start * t->inner + column, t->inner, end - start, start ? out + column : 0, end == t->reduced ? t->scale : 1, out + column);
    FOR_VECTORS(column, to, {
      vector sum = splat(0);
      for (int r = start; r < end; r++) sum += READ(x + (int64_t)r * t->inner);
      if (start) sum += READ(out);
      WRITE(out, end == t->reduced ? sum * splat(t->scale) : sum)
    })
  }
}

static void columns_job(const void *argument, int i, float *scratch) {
  const task *t = argument;
  (void)scratch;
  RANGE(t->r, i)
  for (int64_t strip = from; strip < to; strip++) add_columns(t, strip);
}

// out[outer, inner] = scale * sum over the middle axis of x[outer, reduced, inner]
EXPORT void sum_axis(int outer, int reduced, int inner, float scale, const float *x, float *out) {
  task t = {{outer, 0}, inner, reduced, inner, 0, scale, x, out, 0};
  if (inner == 0) return;
  if (inner == 1) {
    parallel(rows_job, &t, chunks_of(outer, LEAST_ELEMENTS / (reduced + 1) + 1, &t.r.per_chunk));
    return;
  }
  int strips = pool_threads() > 1 && (int64_t)reduced * inner > LEAST_ELEMENTS ? pool_threads() : 1;
  t.strip = (inner + strips - 1) / strips + 15 & ~15;
  t.r.n = outer * ((inner + t.strip - 1) / t.strip);
  parallel(columns_job, &t, chunks_of(t.r.n, LEAST_ELEMENTS / ((int64_t)reduced * smaller(inner, (int)t.strip) + 1) + 1, &t.r.per_chunk));
}

#define PART 65536  // elements per partial sum of squares: by shape alone

static void squares_job(const void *argument, int i, float *scratch) {
  const task *t = argument;
  (void)scratch;
  RANGE(t->r, i)
  t->totals[i] = sum_of(t->x + from, to - from, 1);
}

EXPORT double squared_norm(int n, const float *x) {
  task t = {{n, PART}, 0, 0, 0, 1, 1, x, 0, (double *)main_scratch()};
  int parts = (int)((n + (int64_t)PART - 1) / PART);
  parallel(squares_job, &t, parts);
  double total = 0;
  for (int i = 0; i < parts; i++) total += t.totals[i];
  return total;
}

// 1 when no element is infinite or NaN: none has all exponent bits set. Looks at a block at a time, so that the loop has no exit.
EXPORT int all_finite(int n, const float *x) {
  const ivector exponent = isplat(0x7f800000);
  for (int64_t start = 0; start < n; start += 4096) {
    int64_t end = start + 4096 < n ? start + 4096 : n;
    ivector found = isplat(0);
    FOR_VECTORS(start, end, { found |= ((ivector)READ(x) & exponent) == exponent; })
    for (int i = 0; i < LANES; i++)
      if (found[i]) return 0;
  }
  return 1;
}

static float highest_of(const float *x, int width) {
  vector highest = splat(x[0]);
  int j = 0;
  for (; j + LANES <= width; j += LANES) highest = greater_of(highest, load(x + j));
  float high = max_lanes(highest);
  for (; j < width; j++) high = x[j] > high ? x[j] : high;
  return high;
}

static void softmax_job(const void *argument, int i, float *scratch) {
  const task *t = argument;
  const int w = t->inner;
  (void)scratch;
  RANGE(t->r, i)
  for (int64_t r = from; r < to; r++) {
    const float *x = t->x + r * w;
    float *out = t->out + r * w;
    vector sum = splat(0);
    float high = highest_of(x, w), total = 0;
    FOR_VECTORS(0, w, {
      vector e = exponential_or_zero(READ(x) - splat(high));
      WRITE(out, e)
      if (count == LANES) sum += e;
      else for (int k = 0; k < count; k++) total += e[k];
    })
    total += sum_lanes(sum);
    if (t->squared) {  // log softmax
      float log_total = high + logarithm(total);
      FOR_VECTORS(0, w, { WRITE(out, READ(x) - splat(log_total)) })
    } else {
      FOR_VECTORS(0, w, { WRITE(out, READ(out) * splat(1 / total)) })
    }
  }
}

// Softmax of n rows, or its logarithm.
EXPORT void softmax(int n, int width, int logarithmic, const float *x, float *out) {
  task t = {{n, 0}, 0, 0, width, logarithmic, 1, x, out, 0};
  parallel(softmax_job, &t, chunks_of(n, LEAST_ELEMENTS / 8 / (width + 1) + 1, &t.r.per_chunk));
}

static void log_sums_job(const void *argument, int i, float *scratch) {
  const task *t = argument;
  const int w = t->inner;
  (void)scratch;
  RANGE(t->r, i)
  for (int64_t r = from; r < to; r++) {
    const float *x = t->x + r * w;
    float high = highest_of(x, w);
    double total = 0;
    for (int start = 0; start < w; start += BLOCK) {
      int end = smaller(start + BLOCK, w);
      vector sum = splat(0);
      FOR_VECTORS(start, end, {
        vector e = exponential_or_zero(READ(x) - splat(high));
        if (count == LANES) sum += e;
        else for (int k = 0; k < count; k++) total += e[k];
      })
      total += sum_lanes(sum);
    }
    t->out[2 * r] = high;
    t->out[2 * r + 1] = total >= 1 ? logarithm((float)total) : __builtin_nanf("");  // the largest alone gives 1
  }
}

// out[n, 2]: of each row of x its largest element, and the logarithm of the sum of the exponentials of what the others are below it.
EXPORT void log_sums(int n, int width, const float *x, float *out) {
  task t = {{n, 0}, 0, 0, width, 0, 1, x, out, 0};
  parallel(log_sums_job, &t, chunks_of(n, LEAST_ELEMENTS / 8 / (width + 1) + 1, &t.r.per_chunk));
}

// The largest element of each row; NaN where there is one.
EXPORT void max_rows(int n, int width, const float *x, float *out) {
  for (int r = 0; r < n; r++, x += width) {
    vector highest = splat(-__builtin_inff()), sum = splat(0);
    for (int j = 0; j < width; j += LANES) {
      vector v = j + LANES <= width ? load(x + j) : load_part(x + j, width - j, x[j]);
      highest = greater_of(highest, v);
      sum += v - v;  // 0, or NaN where v is NaN or infinite
    }
    float high = max_lanes(highest), odd = sum_lanes(sum);
    if (odd != 0)  // rare: look again, for NaN only
      for (int j = 0; j < width; j++) high = x[j] != x[j] ? x[j] : x[j] > high ? x[j] : high;
    out[r] = high;
  }
}

// The position of the largest element of each row; the first of several.
EXPORT void argmax_rows(int n, int width, const float *x, int32_t *out) {
  for (int r = 0; r < n; r++, x += width) {
    int best = 0;
    for (int j = 1; j < width; j++)
      if (x[j] > x[best]) best = j;
    out[r] = best;
  }
}
