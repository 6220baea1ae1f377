// What differs between targets, and the few vector operations that everything else is written in. One source, portable vector
// extensions (GCC/clang): wasm32 with SIMD128 or relaxed SIMD, x86-64 with AVX2 or AVX-512, arm64 with NEON.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default"), used))
#define INLINE static inline __attribute__((always_inline))
#define UNROLLED _Pragma("clang loop unroll(full)")

#if defined(__AVX512F__)
#define LANES 16
#define TILE_ROWS 6
#define TILE_VECTORS 4
#elif defined(__AVX2__)
#define LANES 8
#define TILE_ROWS 6
#elif defined(__aarch64__)
#define LANES 4
#define TILE_ROWS 8
#else
#define LANES 4
// V8 keeps 15 vector registers on x86-64 and its allocator spills early: 4 x 8 runs, 6 x 8 spills.
#define TILE_ROWS 4
#endif
#if !defined(TILE_VECTORS)
#define TILE_VECTORS 2
#endif
#define TILE_COLUMNS (LANES * TILE_VECTORS)
#define LINE 16  // floats in a line of the cache

typedef float vector __attribute__((vector_size(LANES * 4)));
typedef float vector_unaligned __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int32_t ivector __attribute__((vector_size(LANES * 4)));
typedef uint32_t uvector __attribute__((vector_size(LANES * 4)));

INLINE vector load(const float *p) { return *(const vector_unaligned *)p; }
INLINE void store(float *p, vector v) { *(vector_unaligned *)p = v; }
INLINE vector splat(float x) {
  vector v;
  UNROLLED for (int i = 0; i < LANES; i++) v[i] = x;
  return v;
}
INLINE ivector isplat(int32_t x) {
  ivector v;
  UNROLLED for (int i = 0; i < LANES; i++) v[i] = x;
  return v;
}

// Loads or stores the first n < LANES elements; what is not loaded is `rest`.
INLINE vector load_part(const float *p, int n, float rest) {
  vector v = splat(rest);
  for (int i = 0; i < n; i++) v[i] = p[i];
  return v;
}
INLINE void store_part(float *p, vector v, int n) {
  for (int i = 0; i < n; i++) p[i] = v[i];
}

// Halves are added to halves, so that no sum waits for all others.
INLINE float sum_lanes(vector v) {
  float part[LANES];
  UNROLLED for (int i = 0; i < LANES; i++) part[i] = v[i];
  UNROLLED for (int half = LANES / 2; half > 0; half /= 2)
    UNROLLED for (int i = 0; i < half; i++) part[i] += part[i + half];
  return part[0];
}
INLINE float max_lanes(vector v) {
  float m = v[0];
  UNROLLED for (int i = 1; i < LANES; i++) m = v[i] > m ? v[i] : m;
  return m;
}
INLINE vector choose(ivector mask, vector yes, vector no) { return (vector)(((ivector)yes & mask) | ((ivector)no & ~mask)); }
// For numbers: with relaxed SIMD, LLVM turns these into instructions that may lose a NaN.
INLINE vector greater_of(vector a, vector b) { return choose(a > b, a, b); }
INLINE vector lesser_of(vector a, vector b) { return choose(a < b, a, b); }
// ReLU keeps a NaN: one must come out of every kernel it goes into, or a broken run looks whole.
INLINE vector positive_part(vector x) { return (vector)((ivector)x & ~(x < splat(0))); }

// a * b + c: fused where the target has it. Plain SIMD128 has not, so the last bit differs between the builds.
#if defined(__wasm_relaxed_simd__)
#include <wasm_simd128.h>
INLINE vector multiply_add(vector a, vector b, vector c) {
  return (vector)wasm_f32x4_relaxed_madd((v128_t)a, (v128_t)b, (v128_t)c);
}
#elif defined(__wasm__)
INLINE vector multiply_add(vector a, vector b, vector c) { return a * b + c; }
#else
INLINE vector multiply_add(vector a, vector b, vector c) { return __builtin_elementwise_fma(a, b, c); }
#endif

INLINE vector square_root(vector x) {
#if __has_builtin(__builtin_elementwise_sqrt)
  return __builtin_elementwise_sqrt(x);
#else
  UNROLLED for (int i = 0; i < LANES; i++) x[i] = __builtin_sqrtf(x[i]);
  return x;
#endif
}
INLINE int smaller(int a, int b) { return a < b ? a : b; }
INLINE int larger(int a, int b) { return a > b ? a : b; }
