// Attention backward, for a block of queries and of keys at a time. Scores are made again, turned: a row for each key. Then every product but
// one reads its first factor where it lies, and what belongs to a query is a vector, so that nothing is summed over a row.
//   P = exp(S - highest - log(sum)), Pd = dropout(P), O = Pd V
//   dV = Pd^T dO, dP = dropout(dO V^T), dS = P (dP - rowsum(dO O)), dQ = scale dS K, dK = scale dS^T Q, dbias = dS
// The row sums of P dP are those of dO O (Dao et al. 2022, appendix B.4), with dropout too: so they are known before all keys were looked at.
#include "attention.h"

// One block of queries of one head, packed for the four products that it is a factor of.
typedef struct {
  int batch, head, from, rows, width;          // width: of a row of turned scores
  float *query_turned, *dout_turned;           // Q^T [d, rows], dO^T [e, rows]
  float *query, *dout;                         // Q [rows, d], dO [rows, e]
  float *highest, *logarithm, *through;        // [width]: what was kept of each row, and rowsum(dO O)
  float *probabilities, *dropped, *slopes;     // [keys, width]: P^T, Pd^T, dP^T and then dS^T
  float *products;                             // scratch of the product that packs
} query_block;

// The keys and values of one head and their gradients: where they lie, or, where there are many, copied together. They are read and added to
// once for each block of queries, and rows far apart are many pages.
typedef struct {
  const float *key, *value;
  float *dkey, *dvalue;
  ptrdiff_t key_row, value_row;
  float *key_rows;  // K packed [s, d]
} head_of_keys;

static query_block lay_out(const attention_task *t, float *scratch, int block) {
  const int width = padded(block);
  const ptrdiff_t scores = (ptrdiff_t)MOST_KEYS * width;
  query_block q = {.query_turned = scratch};
  q.dout_turned = q.query_turned + panels_floats(t->d, width);
  q.query = q.dout_turned + panels_floats(t->e, width);
  q.dout = q.query + panels_floats(width, t->d);
  q.highest = q.dout + panels_floats(width, t->e);
  q.logarithm = q.highest + width;
  q.through = q.logarithm + width;
  q.probabilities = q.through + width;
  q.dropped = q.probabilities + scores;
  q.slopes = q.dropped + scores;
  q.products = q.slopes + scores;
  return q;
}

static float dot(const float *a, const float *b, int n) {
  vector sums = splat(0);
  int i = 0;
  for (; i + LANES <= n; i += LANES) sums = multiply_add(load(a + i), load(b + i), sums);
  float sum = sum_lanes(sums);
  for (; i < n; i++) sum += a[i] * b[i];
  return sum;
}

// `sums`: whether rowsum(dO O) is needed.
static void take_queries(const attention_task *t, query_block *q, int batch, int head, int from, int rows, int sums) {
  const ptrdiff_t query_row = (ptrdiff_t)t->h * t->d, out_row = (ptrdiff_t)t->h * t->e, first = (ptrdiff_t)batch * t->l + from;
  const float *query = t->query + first * query_row + head * t->d, *dout = t->dout + first * out_row + head * t->e;
  const float *out = t->out + first * out_row + head * t->e, *kept = t->row_sums + 2 * (((ptrdiff_t)batch * t->h + head) * t->l + from);
  q->batch = batch, q->head = head, q->from = from, q->rows = rows, q->width = padded(rows);
  pack_b(query, 1, query_row, t->d, rows, q->query_turned);
  pack_b(dout, 1, out_row, t->e, rows, q->dout_turned);
  pack_b(query, query_row, 1, rows, t->d, q->query);
  pack_b(dout, out_row, 1, rows, t->e, q->dout);
  for (int r = 0; r < q->width; r++) {
    const int there = r < rows;
    q->highest[r] = there ? kept[2 * r] : 0;
    q->logarithm[r] = there ? kept[2 * r + 1] : __builtin_inff();
    q->through[r] = there && sums ? dot(dout + r * out_row, out + r * out_row, t->e) : 0;
  }
}

// The scores of some keys: scale * K Q^T + bias, and hidden where a query may not see a key.
static void scores_of(const attention_task *t, const query_block *q, const head_of_keys *k, int first_key, int keys) {
  product p = {.rows = keys, .columns = q->width, .depth = t->d, .a_row = k->key_row, .a_column = 1, .c_row = q->width, .alpha = t->scale};
  p.a = k->key + first_key * k->key_row;
  p.c = q->probabilities;
  multiply_panels(&p, q->query_turned, t->d, 0);
  for (int r = 0; t->bias && r < q->rows; r++) {
    const float *bias = bias_of(t, q->batch, q->head, q->from + r, first_key);
    for (int j = 0; j < keys; j++) q->probabilities[(ptrdiff_t)j * q->width + r] += bias[j];
  }
  if (!t->mask && !t->causal) return;
  const uint8_t *mask = t->mask ? t->mask + (ptrdiff_t)q->batch * t->s + first_key : 0;
  for (int j = 0; j < keys; j++) {
    float *row = q->probabilities + (ptrdiff_t)j * q->width;
    // The first of the queries that see this key.
    const int seeing = mask && !mask[j] ? q->rows : t->causal ? smaller(q->rows, first_key + j - t->offset - q->from) : 0;
    for (int r = 0; r < seeing; r++) row[r] = 2 * HIDDEN;
  }
}

// Vectors that are worked on side by side: what rows are filled up to.
#define SIDE (PADDING / LANES)

// Scores become P^T; with dropout there is Pd^T too, and dP^T comes through the same gaps; dP^T becomes dS^T. `alone`: these are all the keys
// that there are. Then rowsum(P dP) is taken from them: where a row has all its weight on one key, dP less this sum is exactly 0, which it
// is not with O's rounding.
INLINE void slopes_of(const attention_task *t, const query_block *q, int first_key, int keys, const int drops, const int alone) {
  const uint32_t index = score_index(t, q->batch, q->head, q->from, first_key);
  for (int r = 0; r < q->width; r += SIDE * LANES) {
    vector highest[SIDE], logarithm[SIDE], through[SIDE];
    UNROLLED for (int v = 0; v < SIDE; v++) {
      highest[v] = load(q->highest + r + v * LANES);
      logarithm[v] = load(q->logarithm + r + v * LANES);
      through[v] = alone ? splat(0) : load(q->through + r + v * LANES);
    }
    float *p = q->probabilities + r, *dropped = q->dropped + r, *slope = q->slopes + r;
    for (int j = 0; j < keys; j++, p += q->width, dropped += q->width, slope += q->width) {
      UNROLLED for (int v = 0; v < SIDE; v++) {
        const vector weight = exponential_or_zero(load(p + v * LANES) - highest[v] - logarithm[v]);
        vector flow = load(slope + v * LANES);
        if (drops) {
          const uint32_t here = index + (uint32_t)j + (uint32_t)(r + v * LANES) * t->s;
          store(dropped + v * LANES, drop(&t->drop, here, t->s, weight));
          flow = drop(&t->drop, here, t->s, flow);
        }
        store(p + v * LANES, weight);
        if (alone) through[v] = multiply_add(weight, flow, through[v]);
        store(slope + v * LANES, alone ? flow : weight * (flow - through[v]));
      }
    }
    if (!alone) continue;
    p = q->probabilities + r, slope = q->slopes + r;
    for (int j = 0; j < keys; j++, p += q->width, slope += q->width)
      UNROLLED for (int v = 0; v < SIDE; v++) store(slope + v * LANES, load(p + v * LANES) * (load(slope + v * LANES) - through[v]));
  }
}

static void write_dbias(const attention_task *t, const query_block *q, int first_key, int keys) {
  float *dbias = t->dbias + (((ptrdiff_t)q->batch * t->h + q->head) * t->l + q->from) * t->s + first_key;
  for (int r = 0; r < q->rows; r++)
    for (int j = 0; j < keys; j++) dbias[(ptrdiff_t)r * t->s + j] = q->slopes[(ptrdiff_t)j * q->width + r];
}

// `seen`: the keys that any of the queries sees. `fresh`: whether nothing was written yet to the gradients of keys and values.
static void backward_block(const attention_task *t, const query_block *q, const head_of_keys *k, int first_key, int seen, int fresh) {
  const ptrdiff_t query_row = (ptrdiff_t)t->h * t->d;
  const int keys = smaller(MOST_KEYS, seen - first_key), alone = seen <= MOST_KEYS;
  scores_of(t, q, k, first_key, keys);
  product dp = {.rows = keys, .columns = q->width, .depth = t->e, .a_row = k->value_row, .a_column = 1, .c = q->slopes, .c_row = q->width, .alpha = 1};
  dp.a = k->value + first_key * k->value_row;
  multiply_panels(&dp, q->dout_turned, t->e, 0);
  if (t->drop.threshold && alone) slopes_of(t, q, first_key, keys, 1, 1);
  else if (t->drop.threshold) slopes_of(t, q, first_key, keys, 1, 0);
  else if (alone) slopes_of(t, q, first_key, keys, 0, 1);
  else slopes_of(t, q, first_key, keys, 0, 0);
  if (t->dbias) write_dbias(t, q, first_key, keys);
  product dv = {.rows = keys, .columns = t->e, .depth = q->rows, .a_row = q->width, .a_column = 1, .c_row = k->value_row, .alpha = 1};
  dv.a = t->drop.threshold ? q->dropped : q->probabilities;
  dv.c = k->dvalue + first_key * k->value_row;
  if (!fresh) dv.onto = dv.c;
  multiply_panels(&dv, q->dout, q->rows, 0);
  product dk = {.rows = keys, .columns = t->d, .depth = q->rows, .a = q->slopes, .a_row = q->width, .a_column = 1, .c_row = k->key_row, .alpha = t->scale};
  dk.c = k->dkey + first_key * k->key_row;
  if (!fresh) dk.onto = dk.c;
  multiply_panels(&dk, q->query, q->rows, 0);
  product dq = {.rows = q->rows, .columns = t->d, .depth = keys, .a = q->slopes, .a_row = 1, .a_column = q->width, .c_row = query_row, .alpha = t->scale};
  dq.c = t->dquery + ((ptrdiff_t)q->batch * t->l + q->from) * query_row + q->head * t->d;
  if (first_key > 0) dq.onto = dq.c;
  multiply_panels(&dq, k->key_rows + (ptrdiff_t)first_key * TILE_COLUMNS, t->s, q->products);
}

static void clear(float *x, int rows, ptrdiff_t step, int width) {
  for (int r = 0; r < rows; r++)
    for (int k = 0; k < width; k++) x[r * step + k] = 0;
}
static void copy(const float *x, ptrdiff_t step, int rows, int width, float *to, ptrdiff_t to_step) {
  for (int r = 0; r < rows; r++)
    for (int k = 0; k < width; k++) to[r * to_step + k] = x[r * step + k];
}

// One key/value head of one sequence, with the query heads that look at it.
static void backward_head(const attention_task *t, int i, float *scratch) {
  const int batch = i / t->g, group = i % t->g, shared = t->h / t->g, block = queries_at_once(t), together = t->s > MOST_KEYS;
  const ptrdiff_t key_row = (ptrdiff_t)t->g * t->d, value_row = (ptrdiff_t)t->g * t->e, first = (ptrdiff_t)batch * t->capacity;
  const ptrdiff_t first_key = first * key_row + group * t->d, first_value = first * value_row + group * t->e;
  head_of_keys k = {t->key + first_key, t->value + first_value, t->dkey + first_key, t->dvalue + first_value, key_row, value_row, scratch};
  scratch += panels_floats(t->s, t->d);
  pack_b(k.key, key_row, 1, t->s, t->d, k.key_rows);
  if (together) {
    float *key = scratch, *value = key + (ptrdiff_t)t->s * t->d;
    copy(k.key, key_row, t->s, t->d, key, t->d);
    copy(k.value, value_row, t->s, t->e, value, t->e);
    k = (head_of_keys){key, value, value + (ptrdiff_t)t->s * t->e, 0, t->d, t->e, k.key_rows};
    k.dvalue = k.dkey + (ptrdiff_t)t->s * t->d;
    scratch = k.dvalue + (ptrdiff_t)t->s * t->e;
  }
  query_block q = lay_out(t, scratch, block);
  // What the first block sees, it writes; later blocks add.
  const int written = t->l > 0 ? visible_keys(t, smaller(block, t->l)) : 0, all = together ? t->s : t->capacity;
  clear(k.dkey + written * k.key_row, all - written, k.key_row, t->d);
  clear(k.dvalue + written * k.value_row, all - written, k.value_row, t->e);
  int fresh = 1;
  for (int head = group * shared; head < (group + 1) * shared; head++)
    for (int from = 0; from < t->l; from += block, fresh = 0) {
      const int rows = smaller(block, t->l - from), seen = visible_keys(t, from + rows);
      take_queries(t, &q, batch, head, from, rows, seen > MOST_KEYS);
      for (int key = 0; key < seen; key += MOST_KEYS) backward_block(t, &q, &k, key, seen, fresh);
      const ptrdiff_t row = (ptrdiff_t)batch * t->l + from;
      if (seen == 0) clear(t->dquery + row * t->h * t->d + head * t->d, rows, (ptrdiff_t)t->h * t->d, t->d);
      if (t->dbias) clear(t->dbias + (((ptrdiff_t)batch * t->h + head) * t->l + from) * t->s + seen, rows, t->s, t->s - seen);
    }
  if (!together) return;
  copy(k.dkey, t->d, t->s, t->d, t->dkey + first_key, key_row);
  copy(k.dvalue, t->e, t->s, t->e, t->dvalue + first_value, value_row);
  clear(t->dkey + first_key + t->s * key_row, t->capacity - t->s, key_row, t->d);
  clear(t->dvalue + first_value + t->s * value_row, t->capacity - t->s, value_row, t->e);
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
                               int bias_batch, int bias_head, int first, int second, int threshold, float kept, float *row_sums, float *out,
                               const float *dout, float *dquery, float *dkey, float *dvalue, float *dbias) {
  attention_task t = {.b = b, .l = l, .s = s, .capacity = capacity, .h = h, .g = g, .d = d, .e = e, .causal = causal, .offset = offset,
                      .scale = scale, .query = query, .key = key, .value = value, .mask = mask, .bias = bias, .bias_batch = bias_batch,
                      .bias_head = bias_head, .pieces = 1, .drop = {(uint32_t)first, (uint32_t)second, (uint32_t)threshold, kept}, .row_sums = row_sums,
                      .out = out, .dout = dout, .dquery = dquery, .dkey = dkey, .dvalue = dvalue, .dbias = dbias};
  t.units.n = (int64_t)b * g;
  parallel(backward_job, &t, chunks_of(t.units.n, 1, &t.units.per_chunk));
}
