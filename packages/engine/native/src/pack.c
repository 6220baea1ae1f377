// Panels of the factors of a product: what a tile reads lies in a row.
#include "gemm.h"

typedef float quad __attribute__((vector_size(16)));
typedef float quad_unaligned __attribute__((vector_size(16), aligned(4)));

// Transposes 4 x 4: rows p, p + ld, … to columns of o.
INLINE void transpose_4x4(const float *p, ptrdiff_t ld, float *o, ptrdiff_t ldo) {
  quad a = *(const quad_unaligned *)p, b = *(const quad_unaligned *)(p + ld);
  quad c = *(const quad_unaligned *)(p + 2 * ld), d = *(const quad_unaligned *)(p + 3 * ld);
  quad ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  quad cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(quad_unaligned *)o = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
  *(quad_unaligned *)(o + ldo) = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  *(quad_unaligned *)(o + 2 * ldo) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  *(quad_unaligned *)(o + 3 * ldo) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

ptrdiff_t panels_floats(int depth, int columns) { return (ptrdiff_t)depth * ((columns + TILE_COLUMNS - 1) / TILE_COLUMNS * TILE_COLUMNS); }

// Columns that are turned at a time: their rows are in the first cache together, also where they lie a power of two apart (64 at once took
// twice as long).
#define TURNED (TILE_COLUMNS < LINE ? TILE_COLUMNS : LINE)

// Packs `width` columns of a transposed B into one panel; what is missing to a whole one is filled up with zeros.
INLINE void pack_turned(const float *b, ptrdiff_t column, int depth, const int width, float *panel) {
  const int quads = width / 4 * 4;
  for (int from = 0; from < quads; from += TURNED) {
    const int end = smaller(quads, from + TURNED);
    int k = 0;
    for (; k + LINE <= depth; k += LINE)
      for (int n = from; n < end; n += 4) {
        UNROLLED for (int r = 0; r < 4; r++) __builtin_prefetch(b + (n + r) * column + k + 4 * LINE, 0, 2);
        UNROLLED for (int i = 0; i < LINE; i += 4)
          transpose_4x4(b + n * column + k + i, column, panel + (k + i) * TILE_COLUMNS + n, TILE_COLUMNS);
      }
    for (; k + 4 <= depth; k += 4)
      for (int n = from; n < end; n += 4) transpose_4x4(b + n * column + k, column, panel + k * TILE_COLUMNS + n, TILE_COLUMNS);
    for (; k < depth; k++)
      for (int n = from; n < end; n++) panel[k * TILE_COLUMNS + n] = b[n * column + k];
  }
  for (int k = 0; k < depth && quads < TILE_COLUMNS; k++)
    for (int n = quads; n < TILE_COLUMNS; n++) panel[k * TILE_COLUMNS + n] = n < width ? b[n * column + k] : 0;
}

// Packs B[depth, columns] into panels of TILE_COLUMNS columns, each panel depth-major; the last panel is filled up with zeros.
void pack_b(const float *b, ptrdiff_t row, ptrdiff_t column, int depth, int columns, float *o) {
  const int whole = columns / TILE_COLUMNS, rest = columns - whole * TILE_COLUMNS;
  const ptrdiff_t panel = (ptrdiff_t)depth * TILE_COLUMNS;
  if (column != 1) {
    for (int j = 0; j < whole; j++) pack_turned(b + j * TILE_COLUMNS * column, column, depth, TILE_COLUMNS, o + j * panel);
    if (rest) pack_turned(b + whole * TILE_COLUMNS * column, column, depth, rest, o + whole * panel);
    return;
  }
  // Along the rows: across them, every line of the source would come from memory on its own.
  for (int k = 0; k < depth; k++) {
    const float *p = b + k * row;
    float *to = o + k * TILE_COLUMNS;
    for (int j = 0; j < whole; j++, p += TILE_COLUMNS, to += panel) {
      UNROLLED for (int i = 0; i < TILE_COLUMNS; i += LINE) __builtin_prefetch(p + 4 * row + i, 0, 2);
      UNROLLED for (int v = 0; v < TILE_VECTORS; v++) store(to + v * LANES, load(p + v * LANES));
    }
    for (int j = 0; rest && j < TILE_COLUMNS; j += LANES) {
      const int present = larger(0, smaller(LANES, rest - j));
      store(to + j, present == LANES ? load(p + j) : load_part(p + j, present, 0));
    }
  }
}

// Packs a transposed A[rows, depth] into panels of TILE_ROWS rows, each panel depth-major; the last panel is filled up with zeros. Row after
// row of the source, so that each of its lines is read once and from front to back.
void pack_a(const float *a, ptrdiff_t column, int rows, int depth, float *o) {
  const int whole = rows / TILE_ROWS;
  const ptrdiff_t panel = (ptrdiff_t)depth * TILE_ROWS;
  for (int k = 0; k < depth; k++, a += column, o += TILE_ROWS) {
    float *to = o;
    const float *from = a;
    for (int i = 0; i < rows; i += LINE) __builtin_prefetch(a + 8 * column + i, 0, 3);
#if TILE_ROWS == 6
    // Two elements more than a panel is wide: they are overwritten by the next k, so the last one is copied exactly.
    if (k + 1 < depth)
      for (int i = 0; i < whole; i++, from += TILE_ROWS, to += panel) {
        UNROLLED for (int r = 0; r < TILE_ROWS; r += 4) *(quad_unaligned *)(to + r) = *(const quad_unaligned *)(from + r);
      }
    else
#endif
      for (int i = 0; i < whole; i++, from += TILE_ROWS, to += panel) UNROLLED for (int r = 0; r < TILE_ROWS; r++) to[r] = from[r];
    int rest = rows - whole * TILE_ROWS;
    if (rest) for (int r = 0; r < TILE_ROWS; r++) to[r] = r < rest ? from[r] : 0;
  }
}
