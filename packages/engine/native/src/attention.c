// Attention forward. Heads are read where they lie, with the stride of the whole width: nothing is transposed in or out. Scores exist for one
// block of queries and keys at a time, as in FlashAttention (Dao et al. 2022): the highest score and the sum of a row grow from block to
// block, and what was summed before is scaled to the new highest. For the backward pass two numbers of each row are kept, from which the
// probabilities can be made again.
#include "attention.h"

// One block of queries of one head, and what has come of it.
typedef struct {
  int batch, head, from, rows;
  const float *masked;        // see mask_scores
  float *out;                 // rows of the result
  float *highest, *sums;      // [rows]
  float *scores, *factors;    // [rows, padded keys], [rows]
} query_block;

const float *mask_scores(const attention_task *t, int batch, float *row) {
  if (!t->mask) return 0;
  int seen = 0;
  for (int j = 0; j < t->s; j++) {
    const int here = t->mask[(ptrdiff_t)batch * t->s + j] != 0;
    row[j] = here ? 0 : HIDDEN;
    seen += here;
  }
  for (int j = t->s; j < padded(t->s); j++) row[j] = HIDDEN;
  return seen < t->s ? row : 0;
}

// scores[rows, keys] = scale * Q K^T + bias, and hidden where a query may not see a key, as far as padded(keys).
static void scores_of(const attention_task *t, const query_block *q, int first_key, int keys, const float *packed_key) {
  const int step = padded(keys), seen = q->from + 1 + t->offset - first_key;  // of these keys, by the first query where it is causal
  product p = {.rows = q->rows, .columns = step, .depth = t->d, .a_row = t->h * t->d, .a_column = 1, .c = q->scores, .c_row = step, .alpha = t->scale};
  p.a = t->query + ((ptrdiff_t)q->batch * t->l + q->from) * t->h * t->d + q->head * t->d;
  multiply_panels(&p, packed_key, t->d, 0);
  for (int r = 0; r < q->rows; r++) {
    float *row = q->scores + (ptrdiff_t)r * step;
    if (t->bias) {
      const float *bias = bias_of(t, q->batch, q->head, q->from + r, first_key);
      for (int j = 0; j < keys; j++) row[j] += bias[j];
    }
    for (int j = 0; q->masked && j < step; j += LANES) store(row + j, load(row + j) + load(q->masked + first_key + j));
    for (int j = t->causal ? larger(0, smaller(keys, seen + r)) : keys; j < step; j++) row[j] = 2 * HIDDEN;
  }
}

static void scale_row(float *x, int n, float factor) {
  int i = 0;
  for (; i + LANES <= n; i += LANES) store(x + i, load(x + i) * splat(factor));
  for (; i < n; i++) x[i] *= factor;
}

// What the block sees of the keys from `first_key` on goes into its result.
static void attend(const attention_task *t, const query_block *q, int first_key, int keys, const float *packed_key, const float *packed_value) {
  const int step = padded(keys);
  scores_of(t, q, first_key, keys, packed_key);
  for (int r = 0; r < q->rows; r++) {
    float *p = q->scores + (ptrdiff_t)r * step;
    q->factors[r] = exponentials_row(p, step, q->highest + r, q->sums + r);
    if (!t->drop.threshold) continue;
    drop_row(t, score_index(t, q->batch, q->head, q->from + r, first_key), keys, p);
  }
  product mix = {.rows = q->rows, .columns = t->e, .depth = keys, .a = q->scores, .a_row = step, .a_column = 1, .c = q->out, .c_row = t->h * t->e};
  mix.alpha = 1;
  if (first_key > 0) {
    for (int r = 0; r < q->rows; r++)
      if (q->factors[r] != 1) scale_row(q->out + r * mix.c_row, t->e, q->factors[r]);
    mix.onto = q->out;
  }
  multiply_panels(&mix, packed_value, t->s, 0);
}

// Of the numbers that are kept of so many rows, the second ones become their logarithms.
static void logarithms(float *kept, int rows) {
  ivector second;
  UNROLLED for (int i = 0; i < LANES; i++) second[i] = i % 2 ? -1 : 0;
  for (int j = 0; j < 2 * rows; j += LANES) {
    const int n = smaller(LANES, 2 * rows - j);
    const vector x = n == LANES ? load(kept + j) : load_part(kept + j, n, 1);
    const vector y = choose(second, natural_logarithm(x), x);
    if (n == LANES) store(kept + j, y);
    else store_part(kept + j, y, n);
  }
}

// Results become what the exponentials would have weighed if they had been divided by their sums, and what is needed backward is kept.
static void finish(const attention_task *t, const query_block *q, int seen) {
  const ptrdiff_t step = (ptrdiff_t)t->h * t->e;
  for (int r = 0; r < q->rows; r++) {
    float *out = q->out + r * step;
    if (seen == 0)
      for (int i = 0; i < t->e; i++) out[i] = 0;
    else if (q->sums[r] > 0) scale_row(out, t->e, 1 / q->sums[r]);
  }
  if (!t->row_sums) return;
  float *kept = t->row_sums + 2 * (((ptrdiff_t)q->batch * t->h + q->head) * t->l + q->from);
  for (int r = 0; r < q->rows; r++) {
    const int nothing = q->highest[r] <= HIDDEN / 2;
    kept[2 * r] = nothing ? 0 : q->highest[r];
    kept[2 * r + 1] = nothing ? __builtin_inff() : q->sums[r];
  }
  logarithms(kept, q->rows);
}

void fetch_unit(const attention_task *t, int i) {
  const int batch = i / t->pieces / t->g, group = i / t->pieces % t->g, shared = t->h / t->g, d = t->d, e = t->e;
  fetch_rows(t->key + ((ptrdiff_t)batch * t->capacity * t->g + group) * d, t->s, (ptrdiff_t)t->g * d, d);
  fetch_rows(t->value + ((ptrdiff_t)batch * t->capacity * t->g + group) * e, t->s, (ptrdiff_t)t->g * e, e);
  fetch_rows(t->query + ((ptrdiff_t)batch * t->l * t->h + group * shared) * d, t->l, (ptrdiff_t)t->h * d, shared * d);
  if (t->dout) fetch_rows(t->dout + ((ptrdiff_t)batch * t->l * t->h + group * shared) * e, t->l, (ptrdiff_t)t->h * e, shared * e);
}

// One key/value head of one sequence, with the query heads that look at it, or a part of their queries.
static void forward_unit(const attention_task *t, int i, float *scratch) {
  const int piece = i % t->pieces, batch = i / t->pieces / t->g, group = i / t->pieces % t->g, shared = t->h / t->g;
  const division cut = divide(t->l, TILE_ROWS, t->pieces);
  const int start = starts_at(&cut, piece), end = starts_at(&cut, piece + 1), block = queries_at_once(t);
  float *packed_key = scratch, *packed_value = packed_key + panels_floats(t->d, t->s), *mask = packed_value + panels_floats(t->s, t->e);
  float *rest = mask + padded(t->s);
  pack_b(t->key + (ptrdiff_t)batch * t->capacity * t->g * t->d + group * t->d, 1, t->g * t->d, t->d, t->s, packed_key);
  pack_b(t->value + (ptrdiff_t)batch * t->capacity * t->g * t->e + group * t->e, t->g * t->e, 1, t->s, t->e, packed_value);
  const float *masked = mask_scores(t, batch, mask);
  for (int head = group * shared; head < (group + 1) * shared; head++)
    for (int from = start; from < end; from += block) {
      query_block q = {.batch = batch, .head = head, .from = from, .rows = smaller(block, end - from), .masked = masked, .highest = rest};
      q.sums = q.highest + block;
      q.factors = q.sums + block;
      q.scores = q.factors + block;
      q.out = t->out + ((ptrdiff_t)batch * t->l + from) * t->h * t->e + head * t->e;
      for (int r = 0; r < q.rows; r++) q.highest[r] = 2 * HIDDEN, q.sums[r] = 0;
      const int seen = visible_keys(t, from + q.rows);
      for (int key = 0; key < seen; key += MOST_KEYS)
        attend(t, &q, key, smaller(MOST_KEYS, seen - key), packed_key + (ptrdiff_t)key * t->d, packed_value + (ptrdiff_t)key * TILE_COLUMNS);
      finish(t, &q, seen);
    }
}

// Neighbouring heads, whose rows adjoin.
static void forward_job(const void *argument, int i, float *scratch) {
  const attention_task *t = argument;
  RANGE(t->units, i)
  for (int64_t unit = from; unit < to; unit++) {
    if (unit + 1 < to) fetch_unit(t, (int)unit + 1);
    forward_unit(t, (int)unit, scratch);
  }
}

// Floats of scratch that a thread needs, for both passes.
EXPORT int attention_scratch(int s, int d, int e, int h) {
  const ptrdiff_t queries = MOST_QUERIES + TILE_ROWS + LINE, keys = MOST_KEYS + TILE_ROWS + LINE;
  const ptrdiff_t forward = panels_floats(d, s) + panels_floats(s, e) + padded(s) + 3 * queries + queries * keys;
  const ptrdiff_t of_queries = panels_floats(d + e, (int)queries) + panels_floats((int)queries, d) + panels_floats((int)queries, e);
  const ptrdiff_t backward = panels_floats(s, d) + (s > MOST_KEYS ? (ptrdiff_t)2 * s * (d + e) : 0) + of_queries + 3 * queries + 4 * queries * keys;
  const ptrdiff_t few = (ptrdiff_t)(h + 1) * padded(s);
  const ptrdiff_t floats = (forward > backward ? forward : backward) + 64;
  const ptrdiff_t most = floats > few ? floats : few;
  return most > 0x7fffffff ? -1 : (int)most;
}

EXPORT void attention_forward(int b, int l, int s, int capacity, int h, int g, int d, int e, int causal, int offset, float scale,
                              const float *query, const float *key, const float *value, const uint8_t *mask, const float *bias,
                              int bias_batch, int bias_head, int first, int second, int threshold, float kept, float *row_sums, float *out) {
  attention_task t = {.b = b, .l = l, .s = s, .capacity = capacity, .h = h, .g = g, .d = d, .e = e, .causal = causal, .offset = offset,
                      .scale = scale, .query = query, .key = key, .value = value, .mask = mask, .bias = bias, .bias_batch = bias_batch,
                      .bias_head = bias_head, .drop = {(uint32_t)first, (uint32_t)second, (uint32_t)threshold, kept}, .row_sums = row_sums,
                      .out = out};
  if (!row_sums && l * (h / g) <= FEW_QUERIES) {
    attend_few_queries(&t);
    return;
  }
  // Few heads of few sequences keep few threads busy: their queries are shared out, and each part packs keys and values for itself.
  const int wanted = pool_threads() > 1 && b * g > 0 ? (2 * pool_threads() + b * g - 1) / (b * g) : 1;
  t.pieces = larger(1, smaller(wanted, l / 24));
  t.units.n = (int64_t)b * g * t.pieces;
  parallel(forward_job, &t, chunks_of(t.units.n, 1, &t.units.per_chunk));
}
