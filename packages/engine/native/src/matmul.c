// The matrix products that the engine calls: one large product cut over threads, many small ones, and few rows times a matrix.
#include "activation.h"
#include "blocks.h"

typedef struct {
  product whole;
  blocks cut;
} shared_out;

static void block_job(const void *argument, int i, float *scratch) {
  const shared_out *s = argument;
  int left;
  const product p = block_of(&s->whole, &s->cut, i, &left);
  multiply(&p, scratch);
}

static int round_up(int n, int to) { return (n + to - 1) / to * to; }

static void multiply_in_blocks(const product *p) {
  const int threads = (double)p->rows * p->columns * p->depth > 100000 ? pool_threads() : 1;
  const shared_out s = {*p, cut_into_blocks(p, threads, 0)};
  parallel(block_job, &s, blocks_in(&s.cut));
}

// Few rows (decoding): packing B would cost more than the product. B row-major: rows of B, four at a time, added into the output.
typedef struct {
  product p;
  int strip;
} few;

#define STRIP 256

static void few_rows_job(const void *argument, int i, float *scratch) {
  const few *f = argument;
  const product *p = &f->p;
  (void)scratch;
  int end = smaller((i + 1) * f->strip, p->columns);
  for (int from = i * f->strip; from < end; from += STRIP) {
    int width = smaller(STRIP, end - from), whole = width / LANES * LANES;
    for (int r = 0; r < p->rows; r++) {
      float *c = p->c + r * p->c_row + from;
      for (int n = 0; n < width; n++) c[n] = p->bias ? p->bias[from + n] : 0;
    }
    int k = 0;
    for (; k + 4 <= p->depth; k += 4) {
      const float *b = p->b + k * p->b_row + from;
      for (int r = 0; r < p->rows; r++) {
        const float *a = p->a + r * p->a_row + k * p->a_column;
        float *c = p->c + r * p->c_row + from;
        float a0 = a[0], a1 = a[p->a_column], a2 = a[2 * p->a_column], a3 = a[3 * p->a_column];
        for (int n = 0; n < whole; n += LANES) {
          vector sum = multiply_add(splat(a0), load(b + n), load(c + n));
          sum = multiply_add(splat(a1), load(b + p->b_row + n), sum);
          sum = multiply_add(splat(a2), load(b + 2 * p->b_row + n), sum);
          store(c + n, multiply_add(splat(a3), load(b + 3 * p->b_row + n), sum));
        }
        for (int n = whole; n < width; n++)
          c[n] += a0 * b[n] + a1 * b[p->b_row + n] + a2 * b[2 * p->b_row + n] + a3 * b[3 * p->b_row + n];
      }
    }
    for (; k < p->depth; k++)
      for (int r = 0; r < p->rows; r++) {
        float *c = p->c + r * p->c_row + from, a0 = p->a[r * p->a_row + k * p->a_column];
        for (int n = 0; n < width; n++) c[n] += a0 * p->b[k * p->b_row + from + n];
      }
    for (int r = 0; p->activation && r < p->rows; r++) activate_row(p->activation, p->c + r * p->c_row + from, width);
  }
}

// Few rows, B transposed: a dot product of each row of A with each row of B, two rows of B at a time.
static void few_dots_job(const void *argument, int i, float *scratch) {
  const few *f = argument;
  const product *p = &f->p;
  (void)scratch;
  int whole = p->depth / LANES * LANES;
  int end = smaller((i + 1) * f->strip, p->columns);
  for (int n = i * f->strip; n < end; n += 2) {
    const float *b0 = p->b + n * p->b_column, *b1 = n + 1 < end ? b0 + p->b_column : b0;
    for (int r = 0; r < p->rows; r++) {
      const float *a = p->a + r * p->a_row;
      vector even0 = splat(0), odd0 = splat(0), even1 = splat(0), odd1 = splat(0);
      int k = 0;
      for (; k + 2 * LANES <= whole; k += 2 * LANES) {
        even0 = multiply_add(load(a + k), load(b0 + k), even0);
        odd0 = multiply_add(load(a + k + LANES), load(b0 + k + LANES), odd0);
        even1 = multiply_add(load(a + k), load(b1 + k), even1);
        odd1 = multiply_add(load(a + k + LANES), load(b1 + k + LANES), odd1);
      }
      float s0 = sum_lanes(even0 + odd0), s1 = sum_lanes(even1 + odd1);
      for (; k < p->depth; k++) s0 += a[k] * b0[k], s1 += a[k] * b1[k];
      float *c = p->c + r * p->c_row + n;
      c[0] = s0 + (p->bias ? p->bias[n] : 0);
      if (n + 1 < end) c[1] = s1 + (p->bias ? p->bias[n + 1] : 0);
    }
  }
  int from = i * f->strip;
  for (int r = 0; p->activation && r < p->rows; r++) activate_row(p->activation, p->c + r * p->c_row + from, end - from);
}

static void multiply_few_rows(const product *p) {
  few f = {*p, 0};
  int pieces = pool_threads() > 1 && (double)p->columns * p->depth > 100000 ? pool_threads() : 1;
  f.strip = round_up((p->columns + pieces - 1) / pieces, LANES * 4);
  parallel(p->b_column == 1 ? few_rows_job : few_dots_job, &f, (p->columns + f.strip - 1) / f.strip);
}

static product describe(int transpose_a, int transpose_b, int rows, int columns, int depth, const float *a, const float *b, float *c) {
  product p = {rows, columns, depth, a, depth, 1, b, columns, 1, c, columns, 0, 0, 1.f, 0};
  if (transpose_a) p.a_row = 1, p.a_column = rows;
  if (transpose_b) p.b_row = 1, p.b_column = depth;
  return p;
}

static void multiply_any(const product *p) {
  if (p->rows == 0 || p->columns == 0) return;
  if (p->rows <= 6 && p->a_column == 1 && !p->onto && p->alpha == 1.f) multiply_few_rows(p);
  else multiply_in_blocks(p);
}

// c[rows, columns] = activation(onto + op(a) op(b) + bias); `onto` as c, or c itself, or null. a is [rows, depth] ([depth, rows] transposed), b [depth, columns]
// ([columns, depth] transposed).
EXPORT void matmul(int transpose_a, int transpose_b, int rows, int columns, int depth, const float *a, const float *b, float *c,
                   const float *bias, int activation, const float *onto) {
  product p = describe(transpose_a, transpose_b, rows, columns, depth, a, b, c);
  p.bias = bias;
  p.activation = activation;
  p.onto = onto;
  multiply_any(&p);
}

typedef struct {
  product first;
  ptrdiff_t a_step, b_step, c_step;
  int batch;
  int64_t per_chunk;
} batch_of_products;

static void batch_job(const void *argument, int i, float *scratch) {
  const batch_of_products *g = argument;
  int64_t end = (i + 1) * g->per_chunk < g->batch ? (i + 1) * g->per_chunk : g->batch;
  for (int64_t n = i * g->per_chunk; n < end; n++) {
    product p = g->first;
    p.a += n * g->a_step;
    p.b += n * g->b_step;
    p.c += n * g->c_step;
    multiply(&p, scratch);
  }
}

// `batch` products; a step of 0 uses the same matrix for all.
EXPORT void matmul_batch(int batch, int transpose_a, int transpose_b, int rows, int columns, int depth, const float *a, int a_step,
                         const float *b, int b_step, float *c) {
  batch_of_products g = {describe(transpose_a, transpose_b, rows, columns, depth, a, b, c), a_step, b_step, (ptrdiff_t)rows * columns, batch, 0};
  if (batch < pool_threads() && pool_threads() > 1) {
    for (int i = 0; i < batch; i++, g.first.a += a_step, g.first.b += b_step, g.first.c += g.c_step) multiply_any(&g.first);
    return;
  }
  parallel(batch_job, &g, chunks_of(batch, 1, &g.per_chunk));
}
