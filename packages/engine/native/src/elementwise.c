// Arithmetic element by element, same shape and broadcast; casts and selection.
#include "ranges.h"
#include "vector-math.h"

// 0 add, 1 subtract, 2 multiply, 3 divide, 4 maximum, 5 minimum
INLINE vector combine(int operation, vector x, vector y) {
  switch (operation) {
    case 0: return x + y;
    case 1: return x - y;
    case 2: return x * y;
    case 3: return x / y;
    case 4: return choose((x > y) | (x != x), x, y);
    default: return choose((x < y) | (x != x), x, y);
  }
}

typedef struct {
  range r;
  int operation;
  const float *x, *y;
  float *out;
  int size[4], x_step[4], y_step[4];
} task;

#define BY_OPERATION(CALL)       \
  switch (t->operation) {        \
    case 0: CALL(0); break;      \
    case 1: CALL(1); break;      \
    case 2: CALL(2); break;      \
    case 3: CALL(3); break;      \
    case 4: CALL(4); break;      \
    default: CALL(5);            \
  }

INLINE void same_shape_loop(const task *t, int64_t from, int64_t to, int operation) {
  FOR_VECTORS(from, to, { WRITE(t->out, combine(operation, READ(t->x), READ(t->y))) })
}
static void same_shape_job(const void *argument, int i, float *scratch) {
  const task *t = argument;
  (void)scratch;
  RANGE(t->r, i)
#define SAME(operation) same_shape_loop(t, from, to, operation)
  BY_OPERATION(SAME)
}

// out[n] = x[n] ? y[n]
EXPORT void binary(int operation, int n, const float *x, const float *y, float *out) {
  task t = {{n, 0}, operation, x, y, out, {0}, {0}, {0}};
  parallel(same_shape_job, &t, chunks_of(n, LEAST_ELEMENTS, &t.r.per_chunk));
}

// One row: a step is 1 or, where the operand is one number for the whole row, 0.
INLINE void row_loop(const float *x, int x_step, const float *y, int y_step, float *out, int n, int operation) {
  if (x_step && y_step) FOR_VECTORS(0, n, { WRITE(out, combine(operation, READ(x), READ(y))) })
  else if (x_step) FOR_VECTORS(0, n, { WRITE(out, combine(operation, READ(x), splat(*y))) })
  else if (y_step) FOR_VECTORS(0, n, { WRITE(out, combine(operation, splat(*x), READ(y))) })
  else FOR_VECTORS(0, n, { WRITE(out, combine(operation, splat(*x), splat(*y))) })
}
INLINE void broadcast_loop(const task *t, int64_t from, int64_t to, int operation) {
  for (int64_t r = from; r < to; r++) {
    int64_t k = r % t->size[2], j = r / t->size[2] % t->size[1], i = r / t->size[2] / t->size[1];
    row_loop(t->x + i * t->x_step[0] + j * t->x_step[1] + k * t->x_step[2], t->x_step[3],
             t->y + i * t->y_step[0] + j * t->y_step[1] + k * t->y_step[2], t->y_step[3], t->out + r * t->size[3], t->size[3], operation);
  }
}
static void broadcast_job(const void *argument, int i, float *scratch) {
  const task *t = argument;
  (void)scratch;
  RANGE(t->r, i)
#define BROADCAST(operation) broadcast_loop(t, from, to, operation)
  BY_OPERATION(BROADCAST)
}

// out[s0, s1, s2, s3] with the steps of x and y in floats; a step of 0 repeats. Innermost steps are 0 or 1.
EXPORT void binary_broadcast(int operation, int s0, int s1, int s2, int s3, const float *x, int x0, int x1, int x2, int x3, const float *y,
                             int y0, int y1, int y2, int y3, float *out) {
  task t = {{(int64_t)s0 * s1 * s2, 0}, operation, x, y, out, {s0, s1, s2, s3}, {x0, x1, x2, x3}, {y0, y1, y2, y3}};
  parallel(broadcast_job, &t, chunks_of(t.r.n, LEAST_ELEMENTS / (s3 + 1) + 1, &t.r.per_chunk));
}

// 0 square, 1 square root, 2 its reciprocal, 3 exponential, 4 negative, 5 logistic, 6 reciprocal, 7 logarithm, 8 absolute value
INLINE vector transform(int operation, vector x) {
  switch (operation) {
    case 0: return x * x;
    case 1: return square_root(x);
    case 2: return splat(1) / square_root(x);
    case 3: return choose(x > splat(MOST_EXPONENT), splat(__builtin_inff()), exponential_or_zero(x));
    case 4: return -x;
    case 5: return logistic(x);
    case 6: return splat(1) / x;
    case 7: return natural_logarithm(x);
    default: return (vector)((ivector)x & isplat(0x7fffffff));
  }
}
static void unary_job(const void *argument, int i, float *scratch) {
  const task *t = argument;
  (void)scratch;
  RANGE(t->r, i)
#define UNARY(operation) FOR_VECTORS(from, to, { WRITE(t->out, transform(operation, READ(t->x))) })
  if (t->operation == 6) UNARY(6)
  else if (t->operation == 7) UNARY(7)
  else if (t->operation == 8) UNARY(8)
  else BY_OPERATION(UNARY)
}
EXPORT void unary(int operation, int n, const float *x, float *out) {
  task t = {{n, 0}, operation, x, 0, out, {0}, {0}, {0}};
  parallel(unary_job, &t, chunks_of(n, LEAST_ELEMENTS / 4, &t.r.per_chunk));
}

EXPORT void fill(int n, float value, float *out) {
  for (int64_t j = 0; j < n; j++) out[j] = value;
}
EXPORT void float_from_int(int n, const int32_t *x, float *out) {
  for (int64_t j = 0; j < n; j++) out[j] = (float)x[j];
}
EXPORT void float_from_byte(int n, const uint8_t *x, float *out) {
  for (int64_t j = 0; j < n; j++) out[j] = (float)x[j];
}
EXPORT void select_values(int n, const uint8_t *condition, const float *yes, const float *no, float *out) {
  for (int64_t j = 0; j < n; j++) out[j] = condition[j] ? yes[j] : no[j];
}
