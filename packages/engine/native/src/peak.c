// How fast one core can multiply and add at best: what the speed of a product is a share of.
#include "platform.h"

// Independent chains, enough to hide the latency of the unit. Returns how many floating-point operations a round does.
#define CHAINS 12
EXPORT int peak_operations(void) { return CHAINS * LANES * 2; }
EXPORT double peak_rounds(int rounds) {
  vector chains[CHAINS];
  UNROLLED for (int c = 0; c < CHAINS; c++) chains[c] = splat((float)c);
  const vector factor = splat(0.999f), term = splat(0.001f);
  for (int i = 0; i < rounds; i++) UNROLLED for (int c = 0; c < CHAINS; c++) chains[c] = multiply_add(chains[c], factor, term);
  double sum = 0;
  UNROLLED for (int c = 0; c < CHAINS; c++) sum += sum_lanes(chains[c]);
  return sum;
}
