// What the forward and the backward pass of attention share.
#pragma once
#include "dropout.h"
#include "gemm.h"
#include "pool.h"
#include "ranges.h"
#include "vector-math.h"

// Letters as in the TypeScript: b batch, l queries, s keys that count, h heads, g key/value heads, d key width, e value width.
typedef struct {
  int b, l, s, capacity, h, g, d, e;
  int causal, offset;
  float scale;
  const float *query, *key, *value;  // [b, l, h*d], [b, capacity, g*d], [b, capacity, g*e]
  const uint8_t *mask;               // [b, s] or null
  const float *bias;                 // [1|b, 1|h, l, s] or null
  int bias_batch, bias_head;         // steps of the bias in floats, 0 where it repeats
  dropping drop;
  int pieces;       // parts of the queries of a head that are worked on apart; 1 backward
  range units;      // forward: such parts; backward: heads
  float *row_sums;  // [b, h, l, 2]: of each row of scores the highest one, and the logarithm of the sum of exponentials above it
  float *out;       // [b, l, h*e]: written forward, read backward
  const float *dout;
  float *dquery, *dkey, *dvalue, *dbias;  // dbias [b, h, l, s] or null
} attention_task;

// Scores exist for a block of queries and of keys at a time, which the second cache holds with all that they are made of and into; l x s is
// never stored. Few queries where attention is causal: the first one of a block computes what only the last one may see.
#define MOST_QUERIES 128
#define MOST_KEYS 256
INLINE int queries_at_once(const attention_task *t) {
  const int most = !t->causal ? MOST_QUERIES : t->l < 1024 ? 48 : 96, blocks = larger(1, (t->l + most - 1) / most);
  return ((t->l + blocks - 1) / blocks + TILE_ROWS - 1) / TILE_ROWS * TILE_ROWS;
}

// Rows of a head that is worked on next come into the cache meanwhile: they lie far apart, and the hardware does not see it. Not where there
// are so many that they would push out what is in use.
INLINE void fetch_rows(const float *x, int rows, ptrdiff_t step, int width) {
  if (rows * width > 8192) return;
  for (int r = 0; r < rows; r++, x += step)
    for (int i = 0; i < width; i += 16) __builtin_prefetch(x + i, 0, 2);
}

// All that unit i reads.
void fetch_unit(const attention_task *t, int i);

// Rows of scores are whole tiles, or whole vectors where a tile has many: what lies beyond weighs nothing, and no loop has a remainder.
#define PADDING (TILE_VECTORS == 4 ? LANES : TILE_COLUMNS)
INLINE int padded(int n) { return (n + PADDING - 1) / PADDING * PADDING; }

// Keys that the queries before row `end` can see.
INLINE int visible_keys(const attention_task *t, int end) { return t->causal ? larger(0, smaller(t->s, end + t->offset)) : t->s; }

// A score that nothing real reaches.
#define HIDDEN -1e30f
// What is added to the scores of one sequence: 0, or HIDDEN where its mask hides a key. It is `row`, or null where nothing is hidden.
const float *mask_scores(const attention_task *t, int batch, float *row);

// Where a score stands among all: its dropout depends on it.
INLINE uint32_t score_index(const attention_task *t, int batch, int head, int row, int key) {
  return (((uint32_t)batch * t->h + head) * t->l + row) * t->s + key;
}

INLINE const float *bias_of(const attention_task *t, int batch, int head, int row, int key) {
  return t->bias + (ptrdiff_t)batch * t->bias_batch + (ptrdiff_t)head * t->bias_head + (ptrdiff_t)row * t->s + key;
}

// The scores of a row become exponentials above the highest so far; returns by how much what came before shrinks.
INLINE float exponentials_row(float *p, int end, float *highest, float *sum) {
  vector most = splat(2 * HIDDEN), total = splat(0);
  for (int j = 0; j < end; j += LANES) most = greater_of(most, load(p + j));
  const float before = *highest, high = max_lanes(most) > before ? max_lanes(most) : before;
  if (high <= HIDDEN / 2) {  // nothing was seen yet, or nothing that is a number: then nothing that is one comes out
    for (int j = 0; j < end; j += LANES) {
      const vector x = load(p + j), lost = (vector)((ivector)x & (x != x));
      store(p + j, lost);
      total += lost;
    }
    *sum += sum_lanes(total);
    return 1;
  }
  for (int j = 0; j < end; j += LANES) {
    const vector e = exponential_or_zero(load(p + j) - splat(high));
    store(p + j, e);
    total += e;
  }
  const float factor = high > before ? exponential_or_zero(splat(before - high))[0] : 1;
  *highest = high;
  *sum = *sum * factor + sum_lanes(total);
  return factor;
}

// Drops elements of one row of probabilities; `index` is that of the first one.
INLINE void drop_row(const attention_task *t, uint32_t index, int keys, float *p) {
  for (int j = 0; j < keys; j += LANES) store(p + j, drop(&t->drop, index + j, 1, load(p + j)));
}

// Up to FEW_QUERIES, without a gradient: the backward pass makes the scores again, and they must have the same bits, which another order of
// sums does not give.
#define FEW_QUERIES 4
void attend_few_queries(attention_task *t);
