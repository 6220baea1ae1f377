// Four rows of four numbers each, turned in registers.
#pragma once
#include "platform.h"

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
