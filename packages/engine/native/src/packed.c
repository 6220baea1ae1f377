// Products with a matrix that was packed once: weights in inference. With many rows it is the usual blocked product without its packing;
// with few rows (decoding) the packed matrix is walked through once, and what it costs is its way from memory.
#include "activation.h"
#include "blocks.h"

// Rows up to which the matrix is walked through once, tile by tile over the whole depth.
#define FEW_ROWS (4 * TILE_ROWS)
// Panels that one row, and each of two, walks through side by side: enough independent sums to hide the latency of multiply-add.
#define ONE_ROWS_PANELS (8 / TILE_VECTORS)
#define TWO_ROWS_PANELS (4 / TILE_VECTORS)

typedef struct {
  product p;
  const float *panels;
  blocks cut;  // of few rows: columns alone
} packed;

// `height` rows of A times `wide` neighbouring panels, over the whole depth. Both are constants where this is called. On the way the next
// panel is fetched, each of `tiles` walks over this one fetching its share of it: the hardware looks no further than a page, and several
// streams, which keep it busy enough, there are only with one or two rows.
INLINE void walk(const product *p, const float *panels, int row, int column, int tiles, const int height, const int wide) {
  const ptrdiff_t panel = (ptrdiff_t)p->depth * TILE_COLUMNS;
  const float *b = panels + (ptrdiff_t)column * p->depth, *a = p->a + row * p->a_row;
  vector sum[TILE_ROWS][ONE_ROWS_PANELS * TILE_VECTORS];
  UNROLLED for (int i = 0; i < height; i++) UNROLLED for (int j = 0; j < wide * TILE_VECTORS; j++) sum[i][j] = splat(0);
  const int share = TILE_COLUMNS / tiles;
  const float *next = b + panel + row / height * share * p->depth;
  const float *rows[TILE_ROWS];
  UNROLLED for (int i = 0; i < height; i++) rows[i] = a + i * p->a_row;
  for (int k = 0; k < p->depth; k++, b += TILE_COLUMNS) {
    vector b_row[ONE_ROWS_PANELS * TILE_VECTORS];
    UNROLLED for (int w = 0; w < wide; w++)
      UNROLLED for (int v = 0; v < TILE_VECTORS; v++) b_row[w * TILE_VECTORS + v] = load(b + w * panel + v * LANES);
    if (wide == 1) {
      for (int f = 0; f < share; f += LINE) __builtin_prefetch(next + f, 0, 2);
      next += share;
    }
    UNROLLED for (int i = 0; i < height; i++) {
      vector element = splat(rows[i][k]);
      UNROLLED for (int j = 0; j < wide * TILE_VECTORS; j++) sum[i][j] = multiply_add(element, b_row[j], sum[i][j]);
    }
  }
  UNROLLED for (int i = 0; i < height; i++)
    UNROLLED for (int j = 0; j < wide * TILE_VECTORS; j++) {
      int from = column + j * LANES, present = smaller(LANES, p->columns - from);
      if (present <= 0) continue;
      float *c = p->c + (row + i) * p->c_row + from;
      vector v = sum[i][j];
      if (p->bias) v += present == LANES ? load(p->bias + from) : load_part(p->bias + from, present, 0);
      if (p->onto) {
        const float *onto = p->onto + (row + i) * p->c_row + from;
        v += present == LANES ? load(onto) : load_part(onto, present, 0);
      }
      if (present == LANES) store(c, v);
      else store_part(c, v, present);
    }
}

#define WALK(HEIGHT, WIDE) \
  case HEIGHT: walk(p, panels, row, column, tiles, HEIGHT, WIDE); break;

// So many panels at once as leave the sums in registers.
static int panels_at_once(int rows) { return rows == 1 ? ONE_ROWS_PANELS : rows == 2 ? TWO_ROWS_PANELS : 1; }

static void few_rows_job(const void *argument, int i, float *scratch) {
  const packed *t = argument;
  const product *p = &t->p;
  const float *panels = t->panels;
  (void)scratch;
  const int from = starts_at(&t->cut.columns, i), end = starts_at(&t->cut.columns, i + 1);
  int tiles = (p->rows + TILE_ROWS - 1) / TILE_ROWS, height = (p->rows + tiles - 1) / tiles, step = panels_at_once(height) * TILE_COLUMNS;
  for (int column = from; column < end; column += step)
    for (int row = 0; row < p->rows; row += height) {
      int rows = smaller(height, p->rows - row);
      // The last panels of the matrix, where fewer are left than are taken at once, and a last tile of fewer rows.
      if (column + step > end + TILE_COLUMNS - 1 || panels_at_once(rows) * TILE_COLUMNS != step) {
        for (int one = column; one < smaller(end, column + step); one += TILE_COLUMNS)
          for (int r = row; r < row + rows; r++) walk(p, panels, r, one, 1, 1, 1);
        continue;
      }
      switch (rows) {
        WALK(1, ONE_ROWS_PANELS)
        WALK(2, TWO_ROWS_PANELS)
        WALK(3, 1)
#if TILE_ROWS >= 4
        WALK(4, 1)
#endif
#if TILE_ROWS >= 6
        WALK(5, 1)
        WALK(6, 1)
#endif
#if TILE_ROWS >= 8
        WALK(7, 1)
        WALK(8, 1)
#endif
      }
    }
  for (int row = 0; p->activation && row < p->rows; row++) activate_row(p->activation, p->c + row * p->c_row + from, end - from);
}

static void block_job(const void *argument, int i, float *scratch) {
  const packed *t = argument;
  (void)scratch;
  int left;
  const product p = block_of(&t->p, &t->cut, i, &left);
  multiply_packed(&p, t->panels + (ptrdiff_t)left * p.depth, p.depth);
}

// A product and how it is shared out. `work`: multiplications of all that is done together.
static packed task_of(int rows, int columns, int depth, const float *a, const float *panels, float *c, const float *bias, int activation,
                      const float *onto, double work) {
  packed t = {{.rows = rows, .columns = columns, .depth = depth, .a = a, .a_row = depth, .a_column = 1, .c = c, .c_row = columns,
               .bias = bias, .activation = activation, .alpha = 1, .onto = onto}, panels, {{0, 1, 1}, {0, 1, 1}}};
  const int threads = work > 100000 ? pool_threads() : 1;
  if (rows <= FEW_ROWS) t.cut.columns = divide(columns, ONE_ROWS_PANELS * TILE_COLUMNS, larger(1, threads));
  else t.cut = cut_into_blocks(&t.p, threads, 1);
  return t;
}

// c[rows, columns] = activation(onto + a[rows, depth] b + bias), where b [depth, columns] was packed by `pack_matrix`; `onto` as c, or null.
EXPORT void matmul_packed(int rows, int columns, int depth, const float *a, const float *panels, float *c, const float *bias, int activation,
                          const float *onto) {
  if (rows == 0 || columns == 0) return;
  packed t = task_of(rows, columns, depth, a, panels, c, bias, activation, onto, (double)rows * columns * depth);
  parallel(rows <= FEW_ROWS ? few_rows_job : block_job, &t, blocks_in(&t.cut));
}

typedef struct {
  packed parts[3];
  job run;
} side_by_side;

static void side_job(const void *argument, int i, float *scratch) {
  const side_by_side *t = argument;
  int part = 0;
  while (i >= blocks_in(&t->parts[part].cut)) i -= blocks_in(&t->parts[part++].cut);
  t->run(&t->parts[part], i, scratch);
}

// Three products of the same a, such as queries, keys and values of one sequence. The threads meet once instead of three times.
EXPORT void matmul_packed_3(int rows, int depth, const float *a, int columns0, const float *panels0, float *c0, const float *bias0,
                            int columns1, const float *panels1, float *c1, const float *bias1, int columns2, const float *panels2, float *c2,
                            const float *bias2) {
  if (rows == 0) return;
  const double work = (double)rows * depth * ((double)columns0 + columns1 + columns2);
  side_by_side t = {{task_of(rows, columns0, depth, a, panels0, c0, bias0, 0, 0, work), task_of(rows, columns1, depth, a, panels1, c1, bias1, 0, 0, work),
                     task_of(rows, columns2, depth, a, panels2, c2, bias2, 0, 0, work)},
                    rows <= FEW_ROWS ? few_rows_job : block_job};
  int pieces = 0;
  for (int part = 0; part < 3; part++) {
    if (t.parts[part].p.columns == 0) t.parts[part].cut.columns.pieces = 0;
    pieces += blocks_in(&t.parts[part].cut);
  }
  parallel(side_job, &t, pieces);
}

// Floats of a packed matrix, or -1 where it would be too large.
EXPORT int packed_floats(int depth, int columns) {
  ptrdiff_t floats = panels_floats(depth, columns);
  return floats > 0x7fffffff ? -1 : (int)floats;
}

// Packs b [depth, columns], or [columns, depth] where it is transposed.
EXPORT void pack_matrix(int transposed, int depth, int columns, const float *b, float *panels) {
  pack_b(b, transposed ? 1 : columns, transposed ? depth : 1, depth, columns, panels);
}

// What was packed, as it was.
EXPORT void unpack_matrix(int transposed, int depth, int columns, const float *panels, float *b) {
  const ptrdiff_t row = transposed ? 1 : columns, column = transposed ? depth : 1;
  for (int j = 0; j < columns; j++) {
    const float *from = panels + (ptrdiff_t)(j / TILE_COLUMNS) * depth * TILE_COLUMNS + j % TILE_COLUMNS;
    for (int k = 0; k < depth; k++) b[k * row + j * column] = from[(ptrdiff_t)k * TILE_COLUMNS];
  }
}
