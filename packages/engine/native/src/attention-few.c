// Attention of few queries (decoding, one at a time): packing the keys would cost more than looking at them once.
#include "attention.h"

// Turns a row of scores into probabilities; a row that sees nothing becomes zeros.
static void softmax_row(float *p, int end) {
  float highest = 2 * HIDDEN, sum = 0;
  exponentials_row(p, end, &highest, &sum);
  if (highest <= HIDDEN / 2) return;
  const vector inverse = splat(1 / sum);
  for (int j = 0; j < end; j += LANES) store(p + j, load(p + j) * inverse);
}

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
    const float *bias = t->bias ? bias_of(t, batch, first + head, row, 0) : 0;
    if (bias || masked)
      for (int j = 0; j < keys; j++) p[j] = p[j] + (bias ? bias[j] : 0) + (masked ? masked[j] : 0);
    for (int j = keys; j < end; j++) p[j] = 2 * HIDDEN;
    softmax_row(p, end);
    if (t->drop.threshold) drop_row(t, score_index(t, batch, first + head, row, 0), keys, p);
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
static void job_of_heads(const void *argument, int i, float *scratch) {
  const attention_task *t = argument;
  const int batch = i / t->pieces;
  const division cut = divide(t->g, 1, t->pieces);
  const float *masked = mask_scores(t, batch, scratch);
  for (int row = 0; row < t->l; row++)
    one_query(t, batch, row, starts_at(&cut, i % t->pieces), starts_at(&cut, i % t->pieces + 1), masked, scratch + padded(t->s));
}

void attend_few_queries(attention_task *t) {
  // Too little work is not worth another thread; few sequences are shared out by heads.
  const int threads = (double)t->b * t->h * t->s * (t->d + t->e) * t->l > 16384 ? pool_threads() : 1;
  t->pieces = t->b >= 2 * threads || threads <= 1 ? 1 : smaller(t->g, threads);
  if (threads > 1) parallel(job_of_heads, t, t->b * t->pieces);
  else
    for (int i = 0; i < t->b; i++) job_of_heads(t, i, main_scratch());
}
