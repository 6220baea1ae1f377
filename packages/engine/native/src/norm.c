// Layer normalisation (Ba et al. 2016) and root-mean-square normalisation (Zhang & Sennrich 2019), forward and backward.
#include "ranges.h"

typedef struct {
  range rows;
  int width, centred;
  float epsilon;
  const float *x, *gain, *bias, *dy;
  float *stats;  // [n, 2]: mean, 1 / deviation
  float *out, *partial;
} norm;

static float row_sum(const float *x, int w) {
  vector sum = splat(0);
  FOR_VECTORS(0, w, { sum += READ(x); })
  return sum_lanes(sum);
}

static void forward_job(const void *argument, int i, float *scratch) {
  const norm *t = argument;
  const int w = t->width;
  (void)scratch;
  RANGE(t->rows, i)
  for (int64_t r = from; r < to; r++) {
    const float *x = t->x + r * w;
    float *out = t->out + r * w;
    float mean = t->centred ? row_sum(x, w) / w : 0;
    vector squares = splat(0);
    int j = 0;
    for (; j + LANES <= w; j += LANES) {
      vector c = load(x + j) - splat(mean);
      squares = multiply_add(c, c, squares);
    }
    float variance = sum_lanes(squares);
    for (; j < w; j++) variance += (x[j] - mean) * (x[j] - mean);
    float inverse = 1.f / __builtin_sqrtf(variance / w + t->epsilon);
    for (j = 0; j + LANES <= w; j += LANES) {
      vector v = (load(x + j) - splat(mean)) * splat(inverse) * load(t->gain + j);
      store(out + j, t->bias ? v + load(t->bias + j) : v);
    }
    for (; j < w; j++) out[j] = (x[j] - mean) * inverse * t->gain[j] + (t->bias ? t->bias[j] : 0);
    if (t->stats) t->stats[2 * r] = mean, t->stats[2 * r + 1] = inverse;
  }
}

// stats may be null (no gradient wanted); bias may be null.
EXPORT void norm_forward(int n, int width, int centred, float epsilon, const float *x, const float *gain, const float *bias, float *out,
                         float *stats) {
  norm t = {{n, 0}, width, centred, epsilon, x, gain, bias, 0, stats, out, 0};
  parallel(forward_job, &t, chunks_of(n, LEAST_ELEMENTS / 2 / (width + 1) + 1, &t.rows.per_chunk));
}

// dx, and this chunk's share of dgain and dbias.
static void backward_job(const void *argument, int i, float *scratch) {
  const norm *t = argument;
  const int w = t->width;
  float *dgain = t->partial + (ptrdiff_t)i * 2 * w, *dbias = dgain + w;
  (void)scratch;
  for (int j = 0; j < 2 * w; j++) dgain[j] = 0;
  RANGE(t->rows, i)
  for (int64_t r = from; r < to; r++) {
    const float *x = t->x + r * w, *dy = t->dy + r * w;
    float *dx = t->out + r * w;
    float mean = t->stats[2 * r], inverse = t->stats[2 * r + 1];
    vector sums = splat(0), products = splat(0);
    int j = 0;
    for (; j + LANES <= w; j += LANES) {
      vector unit = (load(x + j) - splat(mean)) * splat(inverse), g = load(dy + j), scaled = g * load(t->gain + j);
      sums += scaled;
      products = multiply_add(scaled, unit, products);
      store(dgain + j, multiply_add(g, unit, load(dgain + j)));
      store(dbias + j, load(dbias + j) + g);
    }
    float sum = sum_lanes(sums), product = sum_lanes(products);
    for (; j < w; j++) {
      float unit = (x[j] - mean) * inverse, scaled = dy[j] * t->gain[j];
      sum += scaled;
      product += scaled * unit;
      dgain[j] += dy[j] * unit;
      dbias[j] += dy[j];
    }
    sum = t->centred ? sum / w : 0;
    product /= w;
    for (j = 0; j + LANES <= w; j += LANES) {
      vector unit = (load(x + j) - splat(mean)) * splat(inverse);
      store(dx + j, (load(dy + j) * load(t->gain + j) - splat(sum) - unit * splat(product)) * splat(inverse));
    }
    for (; j < w; j++) dx[j] = (dy[j] * t->gain[j] - sum - (x[j] - mean) * inverse * product) * inverse;
  }
}

// dbias may be null. Chunks depend on the shape alone, so the sums over rows have the same bits on any number of threads.
EXPORT void norm_backward(int n, int width, int centred, const float *x, const float *gain, float *stats, const float *dy, float *dx,
                          float *dgain, float *dbias) {
  norm t = {{n, 0}, width, centred, 0, x, gain, 0, dy, stats, dx, main_scratch()};
  int most = larger(1, smaller(32, scratch_floats() / larger(1, 2 * width)));
  t.rows.per_chunk = larger((n + most - 1) / most, 64);
  int chunks = (int)((n + t.rows.per_chunk - 1) / t.rows.per_chunk);
  parallel(backward_job, &t, chunks);
  for (int j = 0; j < width; j++) {
    float gain_sum = 0, bias_sum = 0;
    for (int c = 0; c < chunks; c++) gain_sum += t.partial[(ptrdiff_t)c * 2 * width + j], bias_sum += t.partial[((ptrdiff_t)c * 2 + 1) * width + j];
    dgain[j] = gain_sum;
    if (dbias) dbias[j] = bias_sum;
  }
}
