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
  float *row_sums;  // [b, h, l, 2]: see softmax_row
  float *out;       // forward: [b, l, h*e]
  const float *dout;
  float *dquery, *dkey, *dvalue, *dbias;  // dbias [b, h, l, s] or null
} attention_task;

// Rows of the score matrix that are worked on together: the block stays in the cache, and l x s is never stored.
int attention_rows(int s, int causal);

// Rows of a head that is worked on next come into the cache meanwhile: they lie far apart, and the hardware does not see it. Not where there
// are so many that they would push out what is in use.
INLINE void fetch_rows(const float *x, int rows, ptrdiff_t step, int width) {
  if (rows * width > 8192) return;
  for (int r = 0; r < rows; r++, x += step)
    for (int i = 0; i < width; i += 16) __builtin_prefetch(x + i, 0, 2);
}

// All that unit i reads.
void fetch_unit(const attention_task *t, int i);

// Scores and probabilities have rows of whole tiles, or of whole vectors where a tile has many: what lies beyond the visible keys weighs
// nothing, and no loop has a remainder.
#define PADDING (TILE_VECTORS == 4 ? LANES : TILE_COLUMNS)
INLINE int padded(int keys) { return (keys + PADDING - 1) / PADDING * PADDING; }

// Keys that the queries before row `end` can see.
INLINE int visible_keys(const attention_task *t, int end) { return t->causal ? larger(0, smaller(t->s, end + t->offset)) : t->s; }

// Additive form of the mask of one sequence: 0, or a score that nothing real reaches.
#define HIDDEN -1e30f
// It is `row`, or null where nothing is hidden.
const float *mask_scores(const attention_task *t, int batch, float *row);

// scores[rows, padded(s)] = scale * Q K^T + bias + mask for query rows [from, from + rows) of one head, K packed; what a row may not see
// is hidden, as far as padded(keys), where `keys` is what the last row sees.
void attention_scores(const attention_task *t, int batch, int head, int from, int rows, int keys, const float *packed_key, const float *masked,
                      float *scores);
// Drops elements of one row of probabilities, in place.
void drop_row(const attention_task *t, int batch, int head, int row, int keys, float *probabilities);
