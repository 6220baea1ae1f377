// Matrix products: C = activation(onto + alpha * A B + bias).
#pragma once
#include "platform.h"

typedef struct {
  int rows, columns, depth;
  const float *a;  // element (i, k) at a[i * a_row + k * a_column]; one of the two strides is 1
  ptrdiff_t a_row, a_column;
  const float *b;  // element (k, j) at b[k * b_row + j * b_column]; one of the two strides is 1
  ptrdiff_t b_row, b_column;
  float *c;  // element (i, j) at c[i * c_row + j]
  ptrdiff_t c_row;
  const float *bias;  // [columns] or null
  int activation;  // as in activation.h
  float alpha;
  const float *onto;  // c_row from row to row as c: what the product is added to, such as a residual or c itself; or null
} product;

// The part of a product that makes n columns or rows of c, from `from` on.
INLINE product part_of(const product *whole, int by_columns, int from, int n) {
  product p = *whole;
  if (by_columns) {
    p.columns = n;
    p.b += from * p.b_column;
    p.c += from;
    if (p.onto) p.onto += from;
    if (p.bias) p.bias += from;
  } else {
    p.rows = n;
    p.a += from * p.a_row;
    p.c += from * p.c_row;
    if (p.onto) p.onto += from * p.c_row;
  }
  return p;
}

// Floats of scratch that one product on one thread needs.
#define DEPTH_BLOCK 384                           // at most: see depth_at_once
#define COLUMN_BLOCK (LANES * (TILE_VECTORS == 4 ? 64 : 256))
#define ROW_BLOCK (TILE_ROWS * 8 * TILE_VECTORS)  // about: see rows_at_once
#define MOST_ROWS (TILE_ROWS * 12 * TILE_VECTORS)
#define PRODUCT_SCRATCH (DEPTH_BLOCK * (COLUMN_BLOCK + MOST_ROWS))

// Whether A is read where it lies, unpacked. A transposed A is with wide tiles, which read so little of it (3 to 12 % of a product on one processor,
// up to 46 % on another), unless its columns are so far apart that they share few sets of the second cache (then a third of the speed is lost).
#define FAR_APART 1024
INLINE int read_in_place(const product *p) { return p->a_column == 1 || (TILE_VECTORS == 4 && p->a_column <= FAR_APART); }

// One product on the calling thread.
void multiply(const product *p, float *scratch);

// For a B that is used many times: pack it once, then multiply rows that are contiguous (a_column = 1) by it. Rows of B beyond
// p->depth and columns beyond p->columns are left out, so a prefix of what was packed can be used.
ptrdiff_t panels_floats(int depth, int columns);
void pack_b(const float *b, ptrdiff_t row, ptrdiff_t column, int depth, int columns, float *panels);
// A transposed: element (i, k) at a[k * column + i].
void pack_a(const float *a, ptrdiff_t column, int rows, int depth, float *panels);
// The same for any number of rows, cut into blocks that the caches hold.
void multiply_packed(const product *p, const float *panels, int packed_depth);
// All of it at once, the whole depth too. `panels_a`: room for panels of a transposed A, or null where it is none.
void multiply_panels(const product *p, const float *panels, int packed_depth, float *panels_a);
