// Softmax cross entropy with label smoothing; the probabilities are never stored, the backward pass makes them from the logits again.
#include "ranges.h"
#include "vector-math.h"

typedef struct {
  range rows;
  int classes;
  float smoothing;
  const float *logits;
  const int32_t *labels;
  float *stats;  // [n, 3]: highest logit, log of the sum of the exponentials above it, loss
  float dy;
  float *out;
} loss;

static void forward_job(const void *argument, int i, float *scratch) {
  const loss *t = argument;
  const int v = t->classes;
  (void)scratch;
  RANGE(t->rows, i)
  for (int64_t r = from; r < to; r++) {
    const float *x = t->logits + r * v;
    vector highest = splat(-3.4e38f), sums = splat(0), exponentials = splat(0);
    int j = 0;
    for (; j + LANES <= v; j += LANES) {
      vector each = load(x + j);
      highest = greater_of(highest, each);
      sums += each;
    }
    float high = max_lanes(highest), sum = sum_lanes(sums);
    for (; j < v; j++) {
      high = x[j] > high ? x[j] : high;
      sum += x[j];
    }
    for (j = 0; j + LANES <= v; j += LANES) exponentials += exponential(load(x + j) - splat(high));
    float total = sum_lanes(exponentials);
    for (; j < v; j++) total += exponential(splat(x[j] - high))[0];
    float log_total = logarithm(total), label = t->labels[r] < 0 ? 0 : x[t->labels[r]], *stats = t->stats + 3 * r;
    stats[0] = high;
    stats[1] = log_total;
    stats[2] = (1 - t->smoothing) * (high - label + log_total);
    // Not times 0: a class that cannot be, at minus infinity, is no loss without smoothing.
    if (t->smoothing) stats[2] += t->smoothing * (high - sum / v + log_total);
  }
}

// Writes the sum of the losses and the number of rows counted; returns -1, or the row of a label that is not below `classes`.
EXPORT int cross_entropy(int n, int classes, float smoothing, const float *logits, const int32_t *labels, float *stats, float *sum,
                         float *weight) {
  for (int r = 0; r < n; r++)
    if (labels[r] >= classes) return r;
  loss t = {{n, 0}, classes, smoothing, logits, labels, stats, 0, 0};
  parallel(forward_job, &t, chunks_of(n, LEAST_ELEMENTS / 8 / (classes + 1) + 1, &t.rows.per_chunk));
  double total = 0;
  int counted = 0;
  for (int r = 0; r < n; r++)
    if (labels[r] >= 0) total += stats[3 * r + 2], counted++;
  *sum = (float)total;
  *weight = (float)counted;
  return -1;
}

static void backward_job(const void *argument, int i, float *scratch) {
  const loss *t = argument;
  const int v = t->classes;
  (void)scratch;
  RANGE(t->rows, i)
  for (int64_t r = from; r < to; r++) {
    const float *x = t->logits + r * v;
    float *out = t->out + r * v;
    int label = t->labels[r];
    if (label < 0) {
      for (int j = 0; j < v; j++) out[j] = 0;
      continue;
    }
    vector high = splat(t->stats[3 * r]), log_total = splat(t->stats[3 * r + 1]), spread = splat(-t->smoothing / v * t->dy), dy = splat(t->dy);
    FOR_VECTORS(0, v, { WRITE(out, multiply_add(exponential(READ(x) - high - log_total), dy, spread)) })
    out[label] -= (1 - t->smoothing) * t->dy;
  }
}

// `stats` of the forward pass; dy is one number; out may be the logits themselves.
EXPORT void cross_entropy_backward(int n, int classes, float smoothing, const float *logits, const int32_t *labels, float *stats,
                                   const float *dy, float *out) {
  loss t = {{n, 0}, classes, smoothing, logits, labels, stats, *dy, out};
  parallel(backward_job, &t, chunks_of(n, LEAST_ELEMENTS / 8 / (classes + 1) + 1, &t.rows.per_chunk));
}
