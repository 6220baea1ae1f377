// Optimizer steps in place, and the in-place arithmetic that training needs beside them.
#include "ranges.h"

typedef struct {
  range r;
  float *to, *first, *second;
  const float *from;
  float factor, weight1, beta2, weight2, rate, correction2, epsilon, scale;
  int nesterov;
} task;

#define IN_PLACE(NAME, ...)                                        \
  static void NAME(const void *argument, int i, float *scratch) {  \
    const task *t = argument;                                      \
    (void)scratch;                                                 \
    RANGE(t->r, i)                                                 \
    FOR_VECTORS(from, to, __VA_ARGS__)                             \
  }

static void run(job j, task *t) { parallel(j, t, chunks_of(t->r.n, LEAST_ELEMENTS, &t->r.per_chunk)); }

// The order of operations of torch.optim.AdamW: decay, first.lerp_, second.mul_.addcmul_, sqrt / correction + epsilon, addcdiv_.
IN_PLACE(adamw_job, {
  vector g = READ(t->from) * splat(t->scale);
  vector first = READ(t->first);
  first = multiply_add(g - first, splat(t->weight1), first);
  vector second = multiply_add(splat(t->weight2) * g, g, READ(t->second) * splat(t->beta2));
  WRITE(t->first, first)
  WRITE(t->second, second)
  vector denominator = square_root(second) / splat(t->correction2) + splat(t->epsilon);
  WRITE(t->to, READ(t->to) * splat(t->factor) - splat(t->rate) * first / denominator)
})
// rate is already divided by the first moment's bias correction; correction2 is the root of the second's.
EXPORT void adamw(int n, float *parameter, const float *gradient, float *first, float *second, float factor, float weight1, float beta2,
                  float weight2, float rate, float correction2, float epsilon, float scale) {
  task t = {.r = {n, 0}, .to = parameter, .from = gradient, .first = first, .second = second, .factor = factor, .weight1 = weight1,
            .beta2 = beta2, .weight2 = weight2, .rate = rate, .correction2 = correction2, .epsilon = epsilon, .scale = scale};
  run(adamw_job, &t);
}

IN_PLACE(sgd_job, {
  vector p = READ(t->to);
  vector g = multiply_add(p, splat(t->weight1), READ(t->from));
  if (t->first) {
    vector velocity = multiply_add(READ(t->first), splat(t->factor), g);
    WRITE(t->first, velocity)
    g = t->nesterov ? multiply_add(velocity, splat(t->factor), g) : velocity;
  }
  WRITE(t->to, p - splat(t->rate) * g)
})
// velocity may be null; decay is added to the gradient.
EXPORT void sgd(int n, float *parameter, const float *gradient, float *velocity, float rate, float momentum, float decay, int nesterov) {
  task t = {.r = {n, 0}, .to = parameter, .from = gradient, .first = velocity, .rate = rate, .factor = momentum, .weight1 = decay,
            .nesterov = nesterov};
  run(sgd_job, &t);
}

IN_PLACE(scale_job, { WRITE(t->to, READ(t->to) * splat(t->factor)) })
EXPORT void scale_in_place(int n, float *to, float factor) {
  task t = {.r = {n, 0}, .to = to, .factor = factor};
  run(scale_job, &t);
}

IN_PLACE(add_job, { WRITE(t->to, multiply_add(READ(t->from), splat(t->factor), READ(t->to))) })
// to += factor * from
EXPORT void add_in_place(int n, float *to, const float *from, float factor) {
  task t = {.r = {n, 0}, .to = to, .from = from, .factor = factor};
  run(add_job, &t);
}

IN_PLACE(lerp_job, {
  vector v = READ(t->to);
  WRITE(t->to, multiply_add(READ(t->from) - v, splat(t->factor), v))
})
// to += weight * (from - to)
EXPORT void lerp_in_place(int n, float *to, const float *from, float weight) {
  task t = {.r = {n, 0}, .to = to, .from = from, .factor = weight};
  run(lerp_job, &t);
}
