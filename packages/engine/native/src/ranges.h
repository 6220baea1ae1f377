// Work on n elements in chunks. An element's result does not depend on the chunk it falls into.
#pragma once
#include "pool.h"

typedef struct {
  int64_t n, per_chunk;
} range;

// The part of chunk i: for (int64_t j = from; j < to; j++).
#define RANGE(r, i)                        \
  int64_t from = (r).per_chunk * (i);      \
  int64_t to = from + (r).per_chunk;       \
  if (to > (r).n) to = (r).n;

// Below this many elements a second thread costs more than it brings.
#define LEAST_ELEMENTS 16384

// Applies a statement to whole vectors and then to the rest, with `count` elements of it: use READ and WRITE inside.
#define FOR_VECTORS(from, to, STATEMENT)             \
  {                                                  \
    int64_t j = (from);                              \
    {                                                \
      enum { count = LANES };                        \
      for (; j + LANES <= (to); j += LANES) STATEMENT \
    }                                                \
    if (j < (to)) {                                  \
      int count = (int)((to)-j);                     \
      STATEMENT                                      \
    }                                                \
  }
#define READ(p) (count == LANES ? load((p) + j) : load_part((p) + j, count, 0))
#define WRITE(p, v)                                      \
  {                                                      \
    vector written = (v);                                \
    if (count == LANES) store((p) + j, written);         \
    else store_part((p) + j, written, count);            \
  }
