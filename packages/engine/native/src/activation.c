// Activations, their derivatives, and gated units. `kind`: 1 ReLU, 2 GELU (erf), 3 GELU (tanh), 4 SiLU.
#include "activation.h"
#include "ranges.h"

INLINE vector slope_of(int kind, vector x) {
  switch (kind) {
    case 1: return (vector)((ivector)splat(1) & (x > splat(0)));
    case 2:
      return multiply_add(x * splat(0.39894228f), exponential_or_zero(splat(-0.5f) * x * x),
                          splat(0.5f) * (splat(1) + error_function(x * splat(0.70710678f))));
    case 3: {
      // 0.5 (1 + tanh u) = logistic(2u), with 2u = 1.5957691 (x + 0.044715 x^3)
      vector s = logistic(splat(1.5957691216f) * multiply_add(splat(0.044715f) * x * x, x, x));
      // Kept finite, for it is multiplied by 0 where x is large.
      vector inner = splat(1.5957691216f) * multiply_add(splat(0.134145f), lesser_of(x * x, splat(1e30f)), splat(1));
      return multiply_add(x * s * (splat(1) - s), inner, s);
    }
    default: {
      vector s = logistic(x);
      return s * multiply_add(x, splat(1) - s, splat(1));
    }
  }
}

typedef struct {
  range r;
  int kind;
  const float *x, *y, *dy;
  float *out, *out2;
} task;

#define FOR_KIND(NAME, ...)                                  \
  INLINE void NAME##_loop(const task *t, int i, int kind) {  \
    RANGE(t->r, i)                                           \
    FOR_VECTORS(from, to, __VA_ARGS__)                       \
  }                                                          \
  static void NAME(const void *argument, int i, float *scratch) { \
    const task *t = argument;                                \
    (void)scratch;                                           \
    switch (t->kind) {                                       \
      case 1: NAME##_loop(t, i, 1); break;                   \
      case 2: NAME##_loop(t, i, 2); break;                   \
      case 3: NAME##_loop(t, i, 3); break;                   \
      default: NAME##_loop(t, i, 4);                         \
    }                                                        \
  }

FOR_KIND(forward_job, { WRITE(t->out, value_of(kind, READ(t->x))) })
FOR_KIND(backward_job, { WRITE(t->out, READ(t->dy) * slope_of(kind, READ(t->x))) })
FOR_KIND(gated_job, { WRITE(t->out, value_of(kind, READ(t->x)) * READ(t->y)) })
FOR_KIND(gated_backward_job, {
  vector x = READ(t->x);
  vector dy = READ(t->dy);
  WRITE(t->out, dy * READ(t->y) * slope_of(kind, x))
  WRITE(t->out2, dy * value_of(kind, x))
})

static void run(job j, task *t) { parallel(j, t, chunks_of(t->r.n, t->kind == 1 ? LEAST_ELEMENTS : LEAST_ELEMENTS / 8, &t->r.per_chunk)); }

EXPORT void activation(int kind, int n, const float *x, float *out) {
  task t = {{n, 0}, kind, x, 0, 0, out, 0};
  run(forward_job, &t);
}
// dx = dy * slope(x). ReLU's slope may be taken at its output. dx may be dy.
EXPORT void activation_backward(int kind, int n, const float *x, const float *dy, float *dx) {
  task t = {{n, 0}, kind, x, 0, dy, dx, 0};
  run(backward_job, &t);
}
// out = value(gate) * up
EXPORT void gated_activation(int kind, int n, const float *gate, const float *up, float *out) {
  task t = {{n, 0}, kind, gate, up, 0, out, 0};
  run(gated_job, &t);
}
EXPORT void gated_activation_backward(int kind, int n, const float *gate, const float *up, const float *dy, float *dgate, float *dup) {
  task t = {{n, 0}, kind, gate, up, dy, dgate, dup};
  run(gated_backward_job, &t);
}
