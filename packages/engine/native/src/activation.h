// Activations by number: 0 none, 1 ReLU, 2 GELU (erf), 3 GELU (tanh), 4 SiLU.
#pragma once
#include "vector-math.h"

INLINE vector value_of(int kind, vector x) {
  switch (kind) {
    case 1: return positive_part(x);
    case 2: {
      const vector half = splat(0.5f) * x;
      return multiply_add(half, error_function(x * splat(0.70710678f)), half);
    }
    case 3: return x * logistic(splat(1.5957691216f) * multiply_add(splat(0.044715f) * x * x, x, x));
    default: return x * logistic(x);
  }
}

// n elements in place. Out of line, so that the code of every activation is there once.
void activate_row(int kind, float *x, int n);
