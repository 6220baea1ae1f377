// Attention backward: the probabilities of a block are made again from the scores and what was kept of each row.
//   P = exp(S - highest - log(sum)), Pd = dropout(P), O = Pd V
//   dV = Pd^T dO, dP = dropout(dO V^T), dS = P (dP - rowsum(P dP)), dQ = scale dS K, dK = scale dS^T Q, dbias = dS
#include "attention.h"

typedef struct {
  float *key, *value_turned, *key_rows;  // packed K^T, V^T, K
  float *mask, *probabilities, *dropped, *slopes, *products;
  const float *masked;  // the mask, or null where nothing is hidden
  int fresh;  // whether nothing was written yet to the gradients of keys and values
} workspace;

static workspace lay_out(const attention_task *t, float *scratch) {
  workspace w;
  ptrdiff_t block = (ptrdiff_t)attention_rows(t->s, 0) * padded(t->s);
  w.key = scratch;
  w.value_turned = w.key + panels_floats(t->d, t->s);
  w.key_rows = w.value_turned + panels_floats(t->e, t->s);
  w.mask = w.key_rows + panels_floats(t->s, t->d);
  w.probabilities = w.mask + padded(t->s);
  w.dropped = w.probabilities + block;
  w.slopes = w.dropped + block;
  w.products = w.slopes + block;
  return w;
}

// A row of scores becomes probabilities.
static void probabilities_row(float *p, int end, const float *kept) {
  for (int j = 0; j < end; j += LANES) store(p + j, exponential_or_zero(load(p + j) - splat(kept[0]) - splat(kept[1])));
}

// slope becomes dS = p (slope - sum(p slope)).
static void slopes_row(const float *p, float *slope, int end) {
  vector sums = splat(0);
  for (int j = 0; j < end; j += LANES) sums = multiply_add(load(p + j), load(slope + j), sums);
  vector sum = splat(sum_lanes(sums));
  for (int j = 0; j < end; j += LANES) store(slope + j, load(p + j) * (load(slope + j) - sum));
}

static void backward_block(const attention_task *t, const workspace *w, int batch, int head, int from, int rows) {
  const int most = visible_keys(t, from + rows), end = padded(most), step = padded(t->s), group = head / (t->h / t->g);
  const ptrdiff_t query_row = (ptrdiff_t)t->h * t->d, out_row = (ptrdiff_t)t->h * t->e, first = (ptrdiff_t)batch * t->l + from;
  const float *query = t->query + first * query_row + head * t->d, *dout = t->dout + first * out_row + head * t->e;
  float *p = w->probabilities, *slope = w->slopes;
  if (most == 0) {  // only where a causal offset is negative: nothing was seen, nothing has a gradient
    for (int r = 0; r < rows; r++) {
      for (int k = 0; k < t->d; k++) t->dquery[(first + r) * query_row + head * t->d + k] = 0;
      for (int j = 0; t->dbias && j < t->s; j++) t->dbias[(((ptrdiff_t)batch * t->h + head) * t->l + from + r) * t->s + j] = 0;
    }
    return;
  }
  attention_scores(t, batch, head, from, rows, most, w->key, w->masked, p);
  const float *kept = t->row_sums + 2 * (((ptrdiff_t)batch * t->h + head) * t->l + from);
  for (int r = 0; r < rows; r++) probabilities_row(p + (ptrdiff_t)r * step, end, kept + 2 * r);
  // dP = dO V^T
  product dp = {.rows = rows, .columns = end, .depth = t->e, .a = dout, .a_row = out_row, .a_column = 1, .c = slope, .c_row = step, .alpha = 1};
  multiply_panels(&dp, w->value_turned, t->e);
  const float *dropped = p;
  if (t->drop.threshold) {
    dropped = w->dropped;
    for (int r = 0; r < rows; r++) {
      ptrdiff_t start = (ptrdiff_t)r * step;
      for (int j = 0; j < end; j += LANES) store(w->dropped + start + j, load(p + start + j));
      drop_row(t, batch, head, from + r, most, w->dropped + start);
      drop_row(t, batch, head, from + r, most, slope + start);
    }
  }
  // dV += Pd^T dO
  product dv = {.rows = most, .columns = t->e, .depth = rows, .a = dropped, .a_row = 1, .a_column = step, .b = dout, .b_row = out_row,
                .b_column = 1, .c_row = (ptrdiff_t)t->g * t->e, .alpha = 1};
  dv.c = t->dvalue + (ptrdiff_t)batch * t->capacity * t->g * t->e + group * t->e;
  if (!w->fresh) dv.onto = dv.c;
  multiply(&dv, w->products);
  for (int r = 0; r < rows; r++) {
    float *row = slope + (ptrdiff_t)r * step;
    slopes_row(p + (ptrdiff_t)r * step, row, end);
    if (!t->dbias) continue;
    float *dbias = t->dbias + (((ptrdiff_t)batch * t->h + head) * t->l + from + r) * t->s;
    for (int j = 0; j < t->s; j++) dbias[j] = j < most ? row[j] : 0;
  }
  product dq = {.rows = rows, .columns = t->d, .depth = most, .a = slope, .a_row = step, .a_column = 1, .c_row = query_row, .alpha = t->scale};
  dq.c = t->dquery + first * query_row + head * t->d;
  multiply_panels(&dq, w->key_rows, t->s);
  product dk = {.rows = most, .columns = t->d, .depth = rows, .a = slope, .a_row = 1, .a_column = step, .b = query, .b_row = query_row,
                .b_column = 1, .c_row = (ptrdiff_t)t->g * t->d, .alpha = t->scale};
  dk.c = t->dkey + (ptrdiff_t)batch * t->capacity * t->g * t->d + group * t->d;
  if (!w->fresh) dk.onto = dk.c;
  multiply(&dk, w->products);
}

static void clear_head(float *x, int rows, ptrdiff_t step, int width) {
  for (int r = 0; r < rows; r++)
    for (int k = 0; k < width; k++) x[r * step + k] = 0;
}

// One key/value head of one sequence, with the query heads that look at it.
static void backward_head(const attention_task *t, int i, float *scratch) {
  const int batch = i / t->g, group = i % t->g, shared = t->h / t->g, block = attention_rows(t->s, t->causal);
  const ptrdiff_t key_row = (ptrdiff_t)t->g * t->d, value_row = (ptrdiff_t)t->g * t->e, first = (ptrdiff_t)batch * t->capacity;
  const float *key = t->key + first * key_row + group * t->d, *value = t->value + first * value_row + group * t->e;
  workspace w = lay_out(t, scratch);
  pack_b(key, 1, key_row, t->d, t->s, w.key);
  pack_b(value, 1, value_row, t->e, t->s, w.value_turned);
  pack_b(key, key_row, 1, t->s, t->d, w.key_rows);
  w.masked = mask_scores(t, batch, w.mask);
  // What the first block sees, it writes; later blocks add.
  const int written = t->l > 0 ? visible_keys(t, smaller(block, t->l)) : 0;
  clear_head(t->dkey + (first + written) * key_row + group * t->d, t->capacity - written, key_row, t->d);
  clear_head(t->dvalue + (first + written) * value_row + group * t->e, t->capacity - written, value_row, t->e);
  w.fresh = 1;
  for (int head = group * shared; head < (group + 1) * shared; head++)
    for (int from = 0; from < t->l; from += block, w.fresh = 0) backward_block(t, &w, batch, head, from, smaller(block, t->l - from));
}

// Neighbouring heads, whose rows adjoin.
static void backward_job(const void *argument, int i, float *scratch) {
  const attention_task *t = argument;
  RANGE(t->units, i)
  for (int64_t head = from; head < to; head++) {
    if (head + 1 < to) fetch_unit(t, (int)head + 1);
    backward_head(t, (int)head, scratch);
  }
}

EXPORT void attention_backward(int b, int l, int s, int capacity, int h, int g, int d, int e, int causal, int offset, float scale,
                               const float *query, const float *key, const float *value, const uint8_t *mask, const float *bias,
                               int bias_batch, int bias_head, int first, int second, int threshold, float kept, float *row_sums,
                               const float *dout, float *dquery, float *dkey, float *dvalue, float *dbias) {
  attention_task t = {.b = b, .l = l, .s = s, .capacity = capacity, .h = h, .g = g, .d = d, .e = e, .causal = causal, .offset = offset,
                      .scale = scale, .query = query, .key = key, .value = value, .mask = mask, .bias = bias, .bias_batch = bias_batch,
                      .bias_head = bias_head, .pieces = 1, .drop = {(uint32_t)first, (uint32_t)second, (uint32_t)threshold, kept}, .row_sums = row_sums,
                      .dout = dout, .dquery = dquery, .dkey = dkey, .dvalue = dvalue, .dbias = dbias};
  t.units.n = (int64_t)b * g;
  parallel(backward_job, &t, chunks_of(t.units.n, 1, &t.units.per_chunk));
}
