// Rotary position embedding (Su et al. 2021); `direction` -1 turns back, which is the gradient.
#include "ranges.h"

typedef struct {
  range r;
  int length, heads, width, half, pair_step, element_step;
  int64_t table_step;
  float direction;
  const float *x, *cosine, *sine;
  float *out;
} task;

static void rotate_job(const void *argument, int i, float *scratch) {
  const task *t = argument;
  (void)scratch;
  RANGE(t->r, i)
  for (int64_t r = from; r < to; r++) {
    int64_t batch = r / t->length, position = r % t->length;
    const float *cosine = t->cosine + batch * t->table_step + position * t->half;
    const float *sine = t->sine + batch * t->table_step + position * t->half;
    for (int h = 0; h < t->heads; h++) {
      const float *x = t->x + (r * t->heads + h) * t->width;
      float *out = t->out + (r * t->heads + h) * t->width;
      for (int k = 0; k < t->half; k++) {
        int first = k * t->element_step, second = first + t->pair_step;
        float a = x[first], b = x[second], s = sine[k] * t->direction;
        out[first] = a * cosine[k] - b * s;
        out[second] = b * cosine[k] + a * s;
      }
      for (int k = 2 * t->half; k < t->width; k++) out[k] = x[k];
    }
  }
}

// x [batch * length, heads * width]; tables [1 or batch, length, half], table_step 0 or length * half.
EXPORT void rotary(int batch, int length, int heads, int width, int half, int interleaved, float direction, const float *x, const float *cosine,
                   const float *sine, int table_step, float *out) {
  task t = {{(int64_t)batch * length, 0}, length, heads, width, half, interleaved ? 1 : half, interleaved ? 2 : 1, table_step, direction,
            x, cosine, sine, out};
  parallel(rotate_job, &t, chunks_of(t.r.n, LEAST_ELEMENTS / 2 / (heads * width + 1) + 1, &t.r.per_chunk));
}
