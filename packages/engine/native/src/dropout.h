// The counter-based generator: 32 bits for element i of a stream with two keys (see src/ops/dropout.ts, which has the same lines).
#pragma once
#include "platform.h"

typedef struct {
  uint32_t first, second;
  uint32_t threshold;  // an element is dropped when its bits are below; 0: nothing is dropped
  float kept;          // factor of the rest, 1 / (1 - rate)
} dropping;

// For elements index, index + step, …
INLINE vector drop(const dropping *d, uint32_t index, uint32_t step, vector x) {
  uvector i;
  UNROLLED for (int k = 0; k < LANES; k++) i[k] = (uint32_t)k * step;
  uvector h = i + (uvector)isplat((int32_t)(index + d->first));
  h = (h ^ (h >> 16)) * (uvector)isplat(0x21f0aaad);
  h = (h ^ (h >> 15)) + (uvector)isplat((int32_t)d->second);
  h = h * (uvector)isplat(0x735a2d97);
  h = h ^ (h >> 15);
  return (vector)((ivector)(x * splat(d->kept)) & (ivector)(h >= (uvector)isplat((int32_t)d->threshold)));
}
