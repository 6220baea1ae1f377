// exp, log, erf, the logistic function on vectors: float32 to within a few units in the last place, branch-free, the same on every target.
#pragma once
#include "platform.h"

// The smallest and the largest argument whose exponential is a normal number.
#define LEAST_EXPONENT -87.33654f
#define MOST_EXPONENT 88.72283f

// Cody-Waite reduction to 2^n * e^r, |r| <= ln2/2, degree-6 polynomial (Cephes expf). Arguments are clamped to the range of float32.
INLINE vector exponential(vector x) {
  ivector lost = x != x;
  x = lesser_of(greater_of(x, splat(LEAST_EXPONENT)), splat(MOST_EXPONENT));
  const float magic = 12582912.f;  // 1.5 * 2^23: adding it rounds to an integer in the low mantissa bits
  vector shifted = multiply_add(x, splat(1.44269504f), splat(magic));
  ivector power = (ivector)shifted << 23;
  vector n = shifted - splat(magic);
  vector r = multiply_add(n, splat(-0.693359375f), x);
  r = multiply_add(n, splat(2.12194440e-4f), r);
  vector p = splat(1.9875691500e-4f);
  p = multiply_add(p, r, splat(1.3981999507e-3f));
  p = multiply_add(p, r, splat(8.3334519073e-3f));
  p = multiply_add(p, r, splat(4.1665795894e-2f));
  p = multiply_add(p, r, splat(1.6666665459e-1f));
  p = multiply_add(p, r, splat(0.5f));
  p = multiply_add(p, r * r, r + splat(1.f));
  return (vector)(((ivector)p + power) | lost);
}

// exp(x), but exactly 0 where x is below the smallest normal result: a hidden key must weigh nothing, not 1e-38.
INLINE vector exponential_or_zero(vector x) { return (vector)((ivector)exponential(x) & ~(x < splat(LEAST_EXPONENT))); }

// erf(x) = x P(x^2) to 1.9e-7, P of degree 15 (Lawson's minimax fit on |x| <= 3.91), in a variable from -1 to 1 so that nothing cancels:
// no division and no exponential. Beyond 3.91 the value is that at 3.91, which is 1.
#define ERF_END 3.91f
INLINE vector error_function(vector x) {
  x = choose(x > splat(ERF_END), splat(ERF_END), x);
  x = choose(x < splat(-ERF_END), splat(-ERF_END), x);
  const vector s = multiply_add(x * x, splat(2 / (ERF_END * ERF_END)), splat(-1));
  const vector s2 = s * s, s4 = s2 * s2;
  // As a tree (Estrin): the terms do not wait for each other.
#define PAIR(EVEN, ODD) multiply_add(splat(ODD), s, splat(EVEN))
  const vector p0 = multiply_add(PAIR(1.3438735902e-1f, -1.0935613513e-1f), s2, PAIR(3.6165806651e-1f, -1.8055889010e-1f));
  const vector p4 = multiply_add(PAIR(5.8117229491e-2f, -4.3070208281e-2f), s2, PAIR(9.0640343726e-2f, -7.3920309544e-2f));
  const vector p8 = multiply_add(PAIR(1.3697463088e-2f, -7.1970690042e-3f), s2, PAIR(2.9534870759e-2f, -1.9891427830e-2f));
  const vector p12 = multiply_add(PAIR(1.9583955873e-3f, -7.393240230e-4f), s2, PAIR(2.0730169490e-3f, -1.5789091121e-3f));
#undef PAIR
  return x * multiply_add(multiply_add(p12, s4, p8), s4 * s4, multiply_add(p4, s4, p0));
}

// Exactly 0 where x is below the smallest normal result: what is far below 0 must not come through a SiLU as its 1e-38th part.
INLINE vector logistic(vector x) { return (vector)((ivector)(splat(1.f) / (splat(1.f) + exponential(-x))) & ~(x < splat(LEAST_EXPONENT))); }

// Natural logarithm (Cephes logf): x = 2^e * m with m in [1/sqrt2, sqrt2), and a polynomial in m - 1. Numbers too small to be normal are
// scaled up first; 0 gives -infinity, what is negative or NaN gives NaN.
INLINE vector natural_logarithm(vector given) {
  ivector tiny = given < splat(1.17549435e-38f);
  vector x = choose(tiny, given * splat(8388608.f), given);
  ivector bits = (ivector)x, e = ((bits >> 23) & isplat(255)) - isplat(126);
  vector m = (vector)((bits & isplat(0x007fffff)) | isplat(0x3f000000));  // [0.5, 1)
  ivector low = m < splat(0.70710678f);
  e += low;  // a comparison is -1 where it holds
  m = m - splat(1) + (vector)((ivector)m & low);
  vector power = __builtin_convertvector(e, vector) - (vector)((ivector)splat(23) & tiny), z = m * m;
  vector p = splat(7.0376836292e-2f);
  p = multiply_add(p, m, splat(-1.1514610310e-1f));
  p = multiply_add(p, m, splat(1.1676998740e-1f));
  p = multiply_add(p, m, splat(-1.2420140846e-1f));
  p = multiply_add(p, m, splat(1.4249322787e-1f));
  p = multiply_add(p, m, splat(-1.6668057665e-1f));
  p = multiply_add(p, m, splat(2.0000714765e-1f));
  p = multiply_add(p, m, splat(-2.4999993993e-1f));
  p = multiply_add(p, m, splat(3.3333331174e-1f));
  p = multiply_add(power, splat(-2.12194440e-4f), p * m * z) - splat(0.5f) * z;
  vector y = multiply_add(power, splat(0.693359375f), m + p);
  y = choose(given == splat(0), splat(-__builtin_inff()), y);
  y = choose(given == splat(__builtin_inff()), given, y);
  return (vector)((ivector)y | ~(given >= splat(0)));
}

// Natural logarithm of one number that is at least 1 (per row of a loss, so speed does not matter): atanh series on [1/sqrt2, sqrt2].
INLINE float logarithm(float x) {
  if (!(x < __builtin_inff())) return x;  // infinite or NaN
  union {
    float f;
    int32_t i;
  } u = {x};
  int e = ((u.i >> 23) & 255) - 127;
  u.i = (u.i & 0x7fffff) | 0x3f800000;
  double m = u.f;
  if (m > 1.4142135623730951) m *= 0.5, e++;
  double z = (m - 1) / (m + 1), z2 = z * z;
  double series = 1 + z2 * (1.0 / 3 + z2 * (1.0 / 5 + z2 * (1.0 / 7 + z2 * (1.0 / 9 + z2 * (1.0 / 11)))));
  return (float)(2 * z * series + e * 0.6931471805599453);
}
