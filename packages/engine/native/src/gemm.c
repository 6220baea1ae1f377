// Blocked as in Goto & van de Geijn 2008, with differences that pay at Transformer sizes (measured): rows of A that are contiguous are read in
// place and never packed, with wide tiles a transposed A neither; a transposed B is packed through register transposes; the epilogue of a whole
// tile is straight-line code.
#include "activation.h"
#include "gemm.h"
#include "pool.h"

typedef vector tile[TILE_ROWS][TILE_VECTORS];

// Steps of the depth per turn of the inner loop. V8 keeps the order it is given: unrolled, LLVM hoists the loads of all steps above
// the arithmetic, 24 live vectors spill, and the same loop runs at 28 instead of 47 GFLOP/s (Zen 3, 96 % of its 128-bit peak).
#if defined(__wasm__)
#define STEPS 1
#else
#define STEPS 4
#endif

// Adds column u of A times row u of B to the tile. ELEMENT is A's element (i, u).
#define ADD_STEP(u, ELEMENT)                                                                                    \
  {                                                                                                             \
    vector b_row[TILE_VECTORS];                                                                                 \
    UNROLLED for (int j = 0; j < vectors; j++) b_row[j] = load(b + (u) * TILE_COLUMNS + j * LANES);              \
    UNROLLED for (int i = 0; i < TILE_ROWS; i++) {                                                              \
      vector element = splat(ELEMENT);                                                                          \
      UNROLLED for (int j = 0; j < vectors; j++) sum[i][j] = multiply_add(element, b_row[j], sum[i][j]);         \
    }                                                                                                           \
  }
#define EACH_OF_TILE UNROLLED for (int i = 0; i < TILE_ROWS; i++) UNROLLED for (int j = 0; j < vectors; j++)

// What is to come is fetched little by little: many lines at once from far away hold up what comes from the second cache (2 to 4 % of a
// product whose weights come from memory).
#define FETCH_AHEAD __builtin_prefetch(ahead, 0, 2), ahead += step

// A tile of A B, rows of A read in place (`height` of them exist; the others repeat the first and are thrown away). `vectors`, a constant
// where this is called: so many of a panel's, where the last panel has no more.
INLINE void tile_of_rows(int depth, const float *a, ptrdiff_t a_row, int height, const float *b, const float *ahead, ptrdiff_t step, tile result,
                         const int vectors) {
  tile sum;
  const float *row[TILE_ROWS];
  UNROLLED for (int i = 0; i < TILE_ROWS; i++) row[i] = a + (i < height ? i : 0) * a_row;
  EACH_OF_TILE sum[i][j] = splat(0);
  const float *whole = b + depth / STEPS * STEPS * TILE_COLUMNS, *end = b + depth * TILE_COLUMNS;
  while (b != whole) {
    FETCH_AHEAD;
    UNROLLED for (int u = 0; u < STEPS; u++) ADD_STEP(u, row[i][u])
    UNROLLED for (int i = 0; i < TILE_ROWS; i++) row[i] += STEPS;
    b += STEPS * TILE_COLUMNS;
  }
  while (STEPS > 1 && b != end) {
    ADD_STEP(0, row[i][0])
    UNROLLED for (int i = 0; i < TILE_ROWS; i++) row[i]++;
    b += TILE_COLUMNS;
  }
  EACH_OF_TILE result[i][j] = sum[i][j];
}

// A tile of A B where elements of A's columns lie side by side: in a packed panel, or in a transposed A read in place. `a_column` floats from one
// column to the next.
INLINE void tile_of_columns(int depth, const float *a, ptrdiff_t a_column, const float *b, const float *ahead, ptrdiff_t step, tile result,
                            const int vectors) {
  tile sum;
  EACH_OF_TILE sum[i][j] = splat(0);
  const float *whole = b + depth / STEPS * STEPS * TILE_COLUMNS, *end = b + depth * TILE_COLUMNS;
  while (b != whole) {
    FETCH_AHEAD;
    UNROLLED for (int u = 0; u < STEPS; u++) ADD_STEP(u, a[u * a_column + i])
    a += STEPS * a_column;
    b += STEPS * TILE_COLUMNS;
  }
  for (; STEPS > 1 && b != end; a += a_column, b += TILE_COLUMNS) ADD_STEP(0, a[i])
  EACH_OF_TILE result[i][j] = sum[i][j];
}

void activate_row(int kind, float *x, int n) {
  int j = 0;
  for (; j + LANES <= n; j += LANES) store(x + j, value_of(kind, load(x + j)));
  if (j < n) store_part(x + j, value_of(kind, load_part(x + j, n - j, 0)), n - j);
}

// Applies an activation to rows of a whole panel's width, `row` floats apart, two vectors at a time: they share what is loaded.
__attribute__((noinline)) static void activate_rows(int kind, float *c, ptrdiff_t row, int height) {
#define ROWS(KIND)                                                                                                        \
  for (int i = 0; i < height; i++, c += row) {                                                                            \
    vector x[TILE_VECTORS];                                                                                               \
    UNROLLED for (int j = 0; j < TILE_VECTORS; j++) x[j] = load(c + j * LANES);                                           \
    UNROLLED for (int j = 0; j < TILE_VECTORS; j++) x[j] = value_of(KIND, x[j]);                                          \
    UNROLLED for (int j = 0; j < TILE_VECTORS; j++) store(c + j * LANES, x[j]);                                           \
  }
  if (kind == 2) ROWS(2) else if (kind == 3) ROWS(3) else ROWS(4)
#undef ROWS
}

// Writes a tile, added to `onto` where that is given. `last`: the depth is complete, so bias and activation apply.
INLINE void write_tile(const product *p, tile t, float *c, const float *onto, const float *bias, int height, int width, int last,
                       const int vectors) {
  if (p->alpha != 1.f) EACH_OF_TILE t[i][j] *= splat(p->alpha);
  if (last && bias) {
    UNROLLED for (int j = 0; j < vectors; j++) {
      int present = larger(0, smaller(LANES, width - j * LANES));
      vector v = present == LANES ? load(bias + j * LANES) : load_part(bias + j * LANES, present, 0);
      UNROLLED for (int i = 0; i < TILE_ROWS; i++) t[i][j] += v;
    }
  }
  const int activation = last ? p->activation : 0;
  const ptrdiff_t row = p->c_row;
  if (width == vectors * LANES && height == TILE_ROWS && (vectors == TILE_VECTORS || activation < 2)) {
    if (onto) EACH_OF_TILE t[i][j] += load(onto + i * row + j * LANES);
    if (activation == 1) EACH_OF_TILE t[i][j] = positive_part(t[i][j]);
    EACH_OF_TILE store(c + i * row + j * LANES, t[i][j]);
    return;
  }
  float edge[TILE_ROWS * TILE_COLUMNS];
  EACH_OF_TILE store(edge + i * TILE_COLUMNS + j * LANES, t[i][j]);
  for (int i = 0; onto && i < height; i++)
    for (int j = 0; j < width; j += LANES) {
      const int present = smaller(LANES, width - j);
      float *to = edge + i * TILE_COLUMNS + j;
      const float *from = onto + i * row + j;
      store(to, load(to) + (present == LANES ? load(from) : load_part(from, present, 0)));
    }
  for (int i = 0; activation && i < height; i++) activate_row(activation, edge + i * TILE_COLUMNS, vectors * LANES);
  for (int i = 0; i < height; i++) {
    const float *from = edge + i * TILE_COLUMNS;
    float *to = c + i * row;
    int j = 0;
    for (; j + LANES <= width; j += LANES) store(to + j, load(from + j));
    for (; j < width; j++) to[j] = from[j];
  }
}

// A tile of c from what its rows and its panel hold.
INLINE void make_tile(const product *p, const float *a, ptrdiff_t a_column, int depth, const float *b, const float *ahead, ptrdiff_t step, float *c,
                      const float *onto, const float *bias, int height, int width, int last, const int vectors) {
  tile t;
  // What the tile is written to comes into the cache while it is computed (3 % of a product, 2 to 8 % where a tile is four vectors wide).
  UNROLLED for (int i = 0; i < TILE_ROWS; i++)
    UNROLLED for (int j = 0; j < vectors * LANES; j += LINE) __builtin_prefetch(c + (i < height ? i : 0) * p->c_row + j, 1, 3);
  // Narrow tiles read columns of panels alone: a constant, which saves additions in the loop.
  if (a_column != 1) tile_of_columns(depth, a, TILE_VECTORS == 4 ? a_column : TILE_ROWS, b, ahead, step, t, vectors);
  else tile_of_rows(depth, a, p->a_row, height, b, ahead, step, t, vectors);
  write_tile(p, t, c, onto, bias, height, width, last, vectors);
}

// Where a panel of B is larger than the first cache and was packed just now, into the second, the rows of A stay in the first and the panels
// come (3 to 5 % with AVX-512). Otherwise a panel stays and the rows come: panels packed before come from further away, and only once.
#define ROWS_MAY_STAY (TILE_VECTORS == 4)

// A block of rows against packed panels of B; `panel` floats from one panel to the next. Without room for panels of A, B was packed before.
static void multiply_block(const product *p, const float *a, int height, int width, int depth, const float *b, ptrdiff_t panel, float *c,
                           const float *onto, const float *bias, int last, float *panels_a) {
  const int packed = !read_in_place(p), turned = !packed && p->a_column != 1;
  if (packed) pack_a(a, p->a_column, height, depth, panels_a), a = panels_a;
  const ptrdiff_t a_row = packed ? depth : p->a_row, column_of_a = packed ? TILE_ROWS : p->a_column;
#define MAKE_TILE(VECTORS)                                                                                                        \
  make_tile(p, rows, a_column, depth, b, ahead, step, to, onto ? onto + (to - c) : 0, bias ? bias + jr : 0,                       \
            smaller(height - ir, TILE_ROWS), smaller(width - jr, TILE_COLUMNS), last, VECTORS)
#if TILE_VECTORS == 4
  // The last panel of few columns, such as the keys of a short sentence, is not worth four vectors.
#define MAKE_FITTING_TILE                          \
  if (width - jr <= LANES) MAKE_TILE(1);           \
  else if (width - jr <= 2 * LANES) MAKE_TILE(2);  \
  else if (width - jr <= 3 * LANES) MAKE_TILE(3);  \
  else MAKE_TILE(4)
#else
#define MAKE_FITTING_TILE MAKE_TILE(TILE_VECTORS)
#endif
  const float *ahead = b;
  ptrdiff_t step = 0;
  if (ROWS_MAY_STAY && panels_a) {
    const float *panels_b = b;
    for (int ir = 0; ir < height; ir += TILE_ROWS, b = panels_b) {
      const float *rows = a + ir * a_row;
      ptrdiff_t a_column = column_of_a;
      // Of a transposed A the rest alone is packed: as many rows as a tile has would reach beyond it.
      if (turned && height - ir < TILE_ROWS) pack_a(rows, a_column, height - ir, depth, panels_a), rows = panels_a, a_column = TILE_ROWS;
      for (int jr = 0; jr < width; jr += TILE_COLUMNS, b += panel) {
        float *to = c + ir * p->c_row + jr;
        // The lines of a transposed A that come after these, a quarter of them with each panel.
        if (turned) ahead = rows + LINE + jr / TILE_COLUMNS % STEPS * a_column, step = STEPS * a_column;
        MAKE_FITTING_TILE;
        if (last && p->activation > 1 && width - jr >= TILE_COLUMNS && height - ir >= TILE_ROWS)
          activate_rows(p->activation, to, p->c_row, TILE_ROWS);
      }
    }
    return;
  }
  // The tiles of a panel together fetch the next.
  const int tiles = (height + TILE_ROWS - 1) / TILE_ROWS;
  step = (STEPS * TILE_COLUMNS + tiles - 1) / tiles;
  for (int jr = 0; jr < width; jr += TILE_COLUMNS, b += panel) {
    for (int ir = 0; ir < height; ir += TILE_ROWS) {
      float *to = c + ir * p->c_row + jr;
      const float *rows = a + ir * a_row;
      const ptrdiff_t a_column = column_of_a;
      ahead = b + panel + ir / TILE_ROWS * (depth / STEPS * step);
      MAKE_FITTING_TILE;
    }
    if (last && p->activation > 1 && width - jr >= TILE_COLUMNS) activate_rows(p->activation, c + jr, p->c_row, height / TILE_ROWS * TILE_ROWS);
  }
}

// Blocks of rows of even height, near ROW_BLOCK: a few rows left over would read all of B for next to nothing.
static int rows_at_once(int rows) {
  const int blocks = larger(1, (rows + ROW_BLOCK / 2) / ROW_BLOCK);
  return ((rows + blocks - 1) / blocks + TILE_ROWS - 1) / TILE_ROWS * TILE_ROWS;
}

// Deep blocks where none is left over (7 % of a product of depth 384). Not where rows of A are packed, nor where they lie a power of two
// apart: there both fall into the same sets of the first cache (4 % lost).
static int depth_at_once(const product *p) {
  const int even = p->depth <= DEPTH_BLOCK || p->depth % DEPTH_BLOCK == 0;
  return p->a_column == 1 && even ? DEPTH_BLOCK : 256;
}

// What a block `at` so many floats of c is added to: from the second part of the depth on, the parts before.
static const float *onto_of(const product *p, int part, ptrdiff_t at) { return part > 0 ? p->c + at : p->onto ? p->onto + at : 0; }

void multiply(const product *p, float *scratch) {
  const int block = rows_at_once(p->rows), deep = depth_at_once(p);
  float *panels_b = scratch, *panels_a = scratch + DEPTH_BLOCK * COLUMN_BLOCK;
  for (int jc = 0; jc < p->columns; jc += COLUMN_BLOCK) {
    int width = smaller(p->columns - jc, COLUMN_BLOCK);
    for (int kc = 0; kc == 0 || kc < p->depth; kc += deep) {
      int depth = smaller(p->depth - kc, deep);
      pack_b(p->b + kc * p->b_row + jc * p->b_column, p->b_row, p->b_column, depth, width, panels_b);
      for (int ic = 0; ic < p->rows; ic += block)
        multiply_block(p, p->a + ic * p->a_row + kc * p->a_column, smaller(p->rows - ic, block), width, depth, panels_b,
                       (ptrdiff_t)depth * TILE_COLUMNS, p->c + ic * p->c_row + jc, onto_of(p, kc, ic * p->c_row + jc), p->bias ? p->bias + jc : 0,
                       kc + depth == p->depth, panels_a);
    }
  }
}

void multiply_panels(const product *p, const float *panels, int packed_depth, float *panels_a) {
  multiply_block(p, p->a, p->rows, p->columns, p->depth, panels, (ptrdiff_t)packed_depth * TILE_COLUMNS, p->c, p->onto, p->bias, 1, panels_a);
}

void multiply_packed(const product *p, const float *panels, int packed_depth) {
  const int block = rows_at_once(p->rows), deep = depth_at_once(p);
  for (int jc = 0; jc < p->columns; jc += COLUMN_BLOCK) {
    int width = smaller(p->columns - jc, COLUMN_BLOCK);
    for (int kc = 0; kc == 0 || kc < p->depth; kc += deep) {
      int depth = smaller(p->depth - kc, deep);
      for (int ic = 0; ic < p->rows; ic += block)
        multiply_block(p, p->a + ic * p->a_row + kc, smaller(p->rows - ic, block), width, depth,
                       panels + (ptrdiff_t)jc * packed_depth + (ptrdiff_t)kc * TILE_COLUMNS, (ptrdiff_t)packed_depth * TILE_COLUMNS,
                       p->c + ic * p->c_row + jc, onto_of(p, kc, ic * p->c_row + jc), p->bias ? p->bias + jc : 0, kc + depth == p->depth, 0);
    }
  }
}

EXPORT int product_scratch(void) { return PRODUCT_SCRATCH; }
