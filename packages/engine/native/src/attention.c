// Attention forward. Heads are read where they lie, with the stride of the whole width: nothing is transposed in or out. Scores exist
// for one block of query rows at a time; for the backward pass only two numbers of each row are kept (as in FlashAttention, Dao et al.
// 2022), from which the probabilities can be made again.
#include "attention.h"

// Few where attention is causal: the first row of a block computes what only the last one may see.
int attention_rows(int s, int causal) { return (causal ? 48 : larger(48, smaller(128, 65536 / (s + 1)))) / TILE_ROWS * TILE_ROWS; }

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

void attention_scores(const attention_task *t, int batch, int head, int from, int rows, int keys, const float *packed_key, const float *masked,
                      float *scores) {
  const int step = padded(t->s), end = padded(keys);
  product p = {.rows = rows, .columns = end, .depth = t->d, .a_row = t->h * t->d, .a_column = 1, .c = scores, .c_row = step, .alpha = t->scale};
  p.a = t->query + ((ptrdiff_t)batch * t->l + from) * t->h * t->d + head * t->d;
  multiply_panels(&p, packed_key, t->d);
  const float *bias = t->bias ? t->bias + (ptrdiff_t)batch * t->bias_batch + (ptrdiff_t)head * t->bias_head + (ptrdiff_t)from * t->s : 0;
  for (int r = 0; r < rows; r++, scores += step) {
    int seen = visible_keys(t, from + r + 1);
    if (bias) {
      const float *b = bias + (ptrdiff_t)r * t->s;
      int j = 0;
      for (; j + LANES <= seen; j += LANES) store(scores + j, load(scores + j) + load(b + j));
      for (; j < seen; j++) scores[j] += b[j];
    }
    if (masked)
      for (int j = 0; j < end; j += LANES) store(scores + j, load(scores + j) + load(masked + j));
    for (int j = seen; j < end; j++) scores[j] = 2 * HIDDEN;
  }
}

void drop_row(const attention_task *t, int batch, int head, int row, int keys, float *p) {
  uint32_t index = (((uint32_t)batch * t->h + head) * t->l + row) * t->s;
  for (int j = 0; j < keys; j += LANES) store(p + j, drop(&t->drop, index + j, load(p + j)));
}

// Turns a row of scores into probabilities; a row that sees nothing becomes zeros. Keeps the highest score and the logarithm of the sum
// of the exponentials above it: their sum in one float32 would cost the digits of large scores. Here the sum itself: see logarithms.
static void softmax_row(float *p, int end, float *kept) {
  vector highest = splat(2 * HIDDEN), sum = splat(0);
  for (int j = 0; j < end; j += LANES) highest = greater_of(highest, load(p + j));
  float high = max_lanes(highest);
  if (high <= HIDDEN / 2) {
    for (int j = 0; j < end; j += LANES) store(p + j, splat(0));
    if (kept) kept[0] = 0, kept[1] = __builtin_inff();
    return;
  }
  for (int j = 0; j < end; j += LANES) {
    vector e = exponential_or_zero(load(p + j) - splat(high));
    store(p + j, e);
    sum += e;
  }
  float total = sum_lanes(sum);
  vector inverse = splat(1 / total);
  for (int j = 0; j < end; j += LANES) store(p + j, load(p + j) * inverse);
  if (kept) kept[0] = high, kept[1] = total;
}

// Of the sums among what is kept of so many rows: the second of each two numbers.
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

// Few queries (decoding, one at a time): packing the keys would cost more than looking at them once. Not where a gradient is wanted: the
// backward pass makes the scores again, and they must have the same bits, which another order of sums does not give.
#define FEW_QUERIES 4

// One query of the heads of key/value groups [from, to). Keys and values of all of them are read position by position, as they lie in
// memory: what this costs is their way from there, and head by head it would be in small pieces.
static void one_query(const attention_task *t, int batch, int row, int from, int to, const float *masked, float *probabilities) {
  const int shared = t->h / t->g, heads = (to - from) * shared, first = from * shared;
  const float *query = t->query + (((ptrdiff_t)batch * t->l + row) * t->h + first) * t->d;
  float *out = t->out + (((ptrdiff_t)batch * t->l + row) * t->h + first) * t->e;
  const ptrdiff_t key_row = (ptrdiff_t)t->g * t->d, value_row = (ptrdiff_t)t->g * t->e;
  const float *key = t->key + (ptrdiff_t)batch * t->capacity * key_row + (ptrdiff_t)from * t->d;
  const float *value = t->value + (ptrdiff_t)batch * t->capacity * value_row + (ptrdiff_t)from * t->e;
  const int keys = visible_keys(t, row + 1), end = padded(keys), step = padded(t->s), whole = t->d / LANES * LANES;
  for (int j = 0; j < keys; j++, key += key_row)
    for (int head = 0; head < heads; head++) {
      const float *q = query + head * t->d, *k = key + head / shared * t->d;
      vector sums = splat(0);
      for (int i = 0; i < whole; i += LANES) sums = multiply_add(load(q + i), load(k + i), sums);
      float sum = sum_lanes(sums);
      for (int i = whole; i < t->d; i++) sum += q[i] * k[i];
      probabilities[head * step + j] = sum * t->scale;
    }
  for (int head = 0; head < heads; head++) {
    float *p = probabilities + head * step;
    const float *bias = t->bias ? t->bias + (ptrdiff_t)batch * t->bias_batch + (ptrdiff_t)(first + head) * t->bias_head + (ptrdiff_t)row * t->s : 0;
    if (bias || masked)
      for (int j = 0; j < keys; j++) p[j] = p[j] + (bias ? bias[j] : 0) + (masked ? masked[j] : 0);
    for (int j = keys; j < end; j++) p[j] = 2 * HIDDEN;
    softmax_row(p, end, 0);
    if (t->drop.threshold) drop_row(t, batch, first + head, row, keys, p);
  }
  for (int i = 0; i < heads * t->e; i++) out[i] = 0;
  const int whole_values = t->e / LANES * LANES;
  int j = 0;
  for (; j + 4 <= keys; j += 4, value += 4 * value_row)
    for (int head = 0; head < heads; head++) {
      const float *p = probabilities + head * step + j, *v = value + head / shared * t->e;
      float *o = out + head * t->e;
      const vector weights[4] = {splat(p[0]), splat(p[1]), splat(p[2]), splat(p[3])};
      for (int i = 0; i < whole_values; i += LANES) {
        vector sums = load(o + i);
        UNROLLED for (int r = 0; r < 4; r++) sums = multiply_add(weights[r], load(v + r * value_row + i), sums);
        store(o + i, sums);
      }
      for (int i = whole_values; i < t->e; i++)
        for (int r = 0; r < 4; r++) o[i] += p[r] * v[r * value_row + i];
    }
  for (; j < keys; j++, value += value_row)
    for (int head = 0; head < heads; head++) {
      const float weight = probabilities[head * step + j], *v = value + head / shared * t->e;
      float *o = out + head * t->e;
      for (int i = 0; i < whole_values; i += LANES) store(o + i, multiply_add(splat(weight), load(v + i), load(o + i)));
      for (int i = whole_values; i < t->e; i++) o[i] += weight * v[i];
    }
}

// The queries of one sequence to some of its key/value heads.
static void few_queries_job(const void *argument, int i, float *scratch) {
  const attention_task *t = argument;
  const int batch = i / t->pieces;
  const division cut = divide(t->g, 1, t->pieces);
  const float *masked = mask_scores(t, batch, scratch);
  for (int row = 0; row < t->l; row++)
    one_query(t, batch, row, starts_at(&cut, i % t->pieces), starts_at(&cut, i % t->pieces + 1), masked, scratch + padded(t->s));
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
  const int start = starts_at(&cut, piece), end = starts_at(&cut, piece + 1), block = attention_rows(t->s, t->causal);
  float *packed_key = scratch, *packed_value = packed_key + panels_floats(t->d, t->s);
  float *mask = packed_value + panels_floats(t->s, t->e), *scores = mask + padded(t->s);
  pack_b(t->key + (ptrdiff_t)batch * t->capacity * t->g * t->d + group * t->d, 1, t->g * t->d, t->d, t->s, packed_key);
  pack_b(t->value + (ptrdiff_t)batch * t->capacity * t->g * t->e + group * t->e, t->g * t->e, 1, t->s, t->e, packed_value);
  const float *masked = mask_scores(t, batch, mask);
  for (int head = group * shared; head < (group + 1) * shared; head++) {
    for (int from = start; from < end; from += block) {
      int rows = smaller(block, end - from), most = visible_keys(t, from + rows);
      attention_scores(t, batch, head, from, rows, most, packed_key, masked, scores);
      float *kept = t->row_sums ? t->row_sums + 2 * (((ptrdiff_t)batch * t->h + head) * t->l + from) : 0;
      for (int r = 0; r < rows; r++) {
        float *p = scores + (ptrdiff_t)r * padded(t->s);
        softmax_row(p, padded(most), kept ? kept + 2 * r : 0);
        if (t->drop.threshold) drop_row(t, batch, head, from + r, most, p);
      }
      if (kept) logarithms(kept, rows);
      product mix = {.rows = rows, .columns = t->e, .depth = most, .a = scores, .a_row = padded(t->s), .a_column = 1, .c_row = t->h * t->e};
      mix.alpha = 1;
      mix.c = t->out + ((ptrdiff_t)batch * t->l + from) * t->h * t->e + head * t->e;
      multiply_panels(&mix, packed_value, t->s);
    }
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
  ptrdiff_t forward = panels_floats(d, s) + panels_floats(s, e);
  ptrdiff_t backward = forward + panels_floats(s, d) + panels_floats(e, s);
  ptrdiff_t blocks = (ptrdiff_t)3 * attention_rows(s, 0) * padded(s);
  ptrdiff_t few = (ptrdiff_t)(h + 1) * padded(s);
  ptrdiff_t floats = backward + blocks + padded(s) + PRODUCT_SCRATCH + 64;
  if (floats < few) floats = few;
  return floats > 0x7fffffff ? -1 : (int)floats;
}

EXPORT void attention_forward(int b, int l, int s, int capacity, int h, int g, int d, int e, int causal, int offset, float scale,
                              const float *query, const float *key, const float *value, const uint8_t *mask, const float *bias,
                              int bias_batch, int bias_head, int first, int second, int threshold, float kept, float *row_sums, float *out) {
  attention_task t = {.b = b, .l = l, .s = s, .capacity = capacity, .h = h, .g = g, .d = d, .e = e, .causal = causal, .offset = offset,
                      .scale = scale, .query = query, .key = key, .value = value, .mask = mask, .bias = bias, .bias_batch = bias_batch,
                      .bias_head = bias_head, .drop = {(uint32_t)first, (uint32_t)second, (uint32_t)threshold, kept}, .row_sums = row_sums,
                      .out = out};
  if (!row_sums && l * (h / g) <= FEW_QUERIES) {
    // Too little work is not worth another thread; few sequences are shared out by heads.
    const int threads = (double)b * h * s * (d + e) * l > 16384 ? pool_threads() : 1;
    t.pieces = b >= 2 * threads || threads <= 1 ? 1 : smaller(g, threads);
    if (threads > 1) parallel(few_queries_job, &t, b * t.pieces);
    else
      for (int i = 0; i < b; i++) few_queries_job(&t, i, main_scratch());
    return;
  }
  // Few heads of few sequences keep few threads busy: their queries are shared out, and each part packs keys and values for itself.
  const int wanted = pool_threads() > 1 && b * g > 0 ? (2 * pool_threads() + b * g - 1) / (b * g) : 1;
  t.pieces = larger(1, smaller(wanted, l / 24));
  t.units.n = (int64_t)b * g * t.pieces;
  parallel(forward_job, &t, chunks_of(t.units.n, 1, &t.units.per_chunk));
}
