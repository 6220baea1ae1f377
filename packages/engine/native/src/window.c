// Convolution as a matrix product: every window that the kernel of a convolution looks at becomes a row, and rows are added back where
// their windows lay. Channels come last: x [b, height, width, channels], rows [kernel height, kernel width, channels].
#include "ranges.h"

typedef struct {
  range r;
  int64_t first;  // window of row 0
  int n, height, width, channels, kernel_height, kernel_width, out_height, out_width;
  int stride_y, stride_x, dilation_y, dilation_x, top, left;
  const float *from;
  float *to;
} task;

// Where window `window` of all windows begins, and in which plane of x.
typedef struct {
  int64_t plane;
  int y, x;
} corner;

static corner corner_of(const task *t, int64_t window) {
  int64_t row = window / t->out_width;
  corner c = {row / t->out_height, (int)(row % t->out_height) * t->stride_y - t->top, (int)(window % t->out_width) * t->stride_x - t->left};
  return c;
}

static void copy_floats(float *to, const float *from, int64_t n) { FOR_VECTORS(0, n, { WRITE(to, READ(from)) }) }
static void clear_floats(float *to, int64_t n) { FOR_VECTORS(0, n, { WRITE(to, splat(0)) }) }

static void gather_window(const task *t, corner at, float *to) {
  const int64_t line = (int64_t)t->kernel_width * t->channels;
  for (int ky = 0; ky < t->kernel_height; ky++, to += line) {
    int y = at.y + ky * t->dilation_y;
    if (y < 0 || y >= t->height) {
      clear_floats(to, line);
      continue;
    }
    const float *from = t->from + (at.plane * t->height + y) * t->width * t->channels;
    if (t->dilation_x == 1) {  // neighbours lie side by side
      int before = smaller(t->kernel_width, larger(0, -at.x)), end = larger(before, smaller(t->kernel_width, t->width - at.x));
      clear_floats(to, (int64_t)before * t->channels);
      copy_floats(to + (int64_t)before * t->channels, from + (int64_t)(at.x + before) * t->channels, (int64_t)(end - before) * t->channels);
      clear_floats(to + (int64_t)end * t->channels, (int64_t)(t->kernel_width - end) * t->channels);
      continue;
    }
    for (int kx = 0; kx < t->kernel_width; kx++) {
      int x = at.x + kx * t->dilation_x;
      float *place = to + (int64_t)kx * t->channels;
      if (x < 0 || x >= t->width) clear_floats(place, t->channels);
      else copy_floats(place, from + (int64_t)x * t->channels, t->channels);
    }
  }
}

static void gather_job(const void *argument, int i, float *scratch) {
  const task *t = argument;
  const int64_t row = (int64_t)t->kernel_height * t->kernel_width * t->channels;
  (void)scratch;
  RANGE(t->r, i)
  for (int64_t r = from; r < to; r++) gather_window(t, corner_of(t, t->first + r), t->to + r * row);
}

// rows[n, …] of the windows from `first` on, counted over [b, out height, out width]; zeros where a window reaches over the edge.
EXPORT void gather_windows(int first, int n, int height, int width, int channels, int kernel_height, int kernel_width, int out_height,
                           int out_width, int stride_y, int stride_x, int dilation_y, int dilation_x, int top, int left, const float *x,
                           float *rows) {
  task t = {{n, 0}, first, n, height, width, channels, kernel_height, kernel_width, out_height, out_width, stride_y, stride_x, dilation_y,
            dilation_x, top, left, x, rows};
  int64_t row = (int64_t)kernel_height * kernel_width * channels;
  parallel(gather_job, &t, chunks_of(n, LEAST_ELEMENTS / (row + 1) + 1, &t.r.per_chunk));
}

// Each chunk takes a strip of channels, so that windows are added in their order on any number of threads.
static void scatter_job(const void *argument, int i, float *scratch) {
  const task *t = argument;
  const int64_t row = (int64_t)t->kernel_height * t->kernel_width * t->channels;
  (void)scratch;
  RANGE(t->r, i)
  for (int r = 0; r < t->n; r++) {
    corner at = corner_of(t, t->first + r);
    for (int ky = 0; ky < t->kernel_height; ky++) {
      int y = at.y + ky * t->dilation_y;
      if (y < 0 || y >= t->height) continue;
      for (int kx = 0; kx < t->kernel_width; kx++) {
        int x = at.x + kx * t->dilation_x;
        if (x < 0 || x >= t->width) continue;
        const float *part = t->from + r * row + (int64_t)(ky * t->kernel_width + kx) * t->channels;
        float *sum = t->to + ((at.plane * t->height + y) * t->width + x) * t->channels;
        FOR_VECTORS(from, to, { WRITE(sum, READ(sum) + READ(part)) })
      }
    }
  }
}

// x += rows, each where its window lay: the transpose of gather_windows.
EXPORT void scatter_add_windows(int first, int n, int height, int width, int channels, int kernel_height, int kernel_width, int out_height,
                                int out_width, int stride_y, int stride_x, int dilation_y, int dilation_x, int top, int left,
                                const float *rows, float *x) {
  task t = {{channels, 0}, first, n, height, width, channels, kernel_height, kernel_width, out_height, out_width, stride_y, stride_x,
            dilation_y, dilation_x, top, left, rows, x};
  int64_t elements = (int64_t)n * kernel_height * kernel_width * channels;
  int strips = pool_threads() > 1 && elements > LEAST_ELEMENTS ? pool_threads() : 1;
  t.r.per_chunk = (channels + strips - 1) / strips + 15 & ~15;
  parallel(scatter_job, &t, channels ? (int)((channels + t.r.per_chunk - 1) / t.r.per_chunk) : 0);
}
