// How a product is shared out: blocks of rows and columns, several for each thread.
#pragma once
#include "gemm.h"
#include "pool.h"

typedef struct {
  division rows, columns;
} blocks;

INLINE int blocks_in(const blocks *cut) { return cut->rows.pieces * cut->columns.pieces; }

// Block i of a product, and the column that it starts at.
INLINE product block_of(const product *whole, const blocks *cut, int i, int *left) {
  const int row = i / cut->columns.pieces, column = i % cut->columns.pieces, top = starts_at(&cut->rows, row);
  *left = starts_at(&cut->columns, column);
  const product p = part_of(whole, 0, top, starts_at(&cut->rows, row + 1) - top);
  return part_of(&p, 1, *left, starts_at(&cut->columns, column + 1) - *left);
}

// What fetching an element of A or B costs a block, in multiplications (measured): where it is packed by each block for itself, where it is
// read in place, and where it was packed before and comes in a row.
#define PACKING (2 * LANES)
#define READING LANES
#define FOLLOWING (LANES / 8.0)

// What the largest block costs, in multiplications per step of the depth.
INLINE double cost_of_block(const product *p, division rows, division columns, int packed_b) {
  const int down = (p->rows + TILE_ROWS - 1) / TILE_ROWS, across = (p->columns + TILE_COLUMNS - 1) / TILE_COLUMNS;
  const double height = (down + rows.pieces - 1) / rows.pieces * TILE_ROWS, width = (across + columns.pieces - 1) / columns.pieces * TILE_COLUMNS;
  return height * width + width * (packed_b ? FOLLOWING : PACKING) + height * (read_in_place(p) ? READING : PACKING);
}

// Several blocks for each thread even an uneven machine out, by about this share of a thread's work divided by their number; they are few
// where they would be so small that packing costs more than that.
#define UNEVENNESS 0.08
#define MOST_EACH 4

// `packed_b`: B was packed before.
INLINE blocks cut_into_blocks(const product *p, int threads, int packed_b) {
  blocks best = {{p->rows, TILE_ROWS, 1}, {p->columns, TILE_COLUMNS, 1}};
  if (threads < 2 || p->rows == 0 || p->columns == 0) return best;
  double least = 0;
  for (int each = MOST_EACH; each > 0; each /= 2)
    for (int across = 1; across <= threads * each; across++) {
      if (threads * each % across) continue;
      const blocks cut = {divide(p->rows, TILE_ROWS, threads * each / across), divide(p->columns, TILE_COLUMNS, across)};
      const double turns = (blocks_in(&cut) + threads - 1) / threads;
      const double cost = cost_of_block(p, cut.rows, cut.columns, packed_b) * turns * (1 + UNEVENNESS / each);
      if (least > 0 && cost >= least) continue;
      least = cost, best = cut;
    }
  return best;
}
