// Every exported kernel behind one signature: a list of numbers. The table is written by the build script from the kernels' declarations.
#pragma once
#include <stdint.h>

// What a kernel returns, and what that depends on.
typedef enum { NOTHING, FROM_NUMBERS, FROM_MEMORY } answer;

typedef struct {
  const char *name;
  double (*run)(const double *arguments);
  answer answers;
} command;
extern const command commands[];

// As WebAssembly takes numbers: a whole one that was not given is 0, a NaN stays one, and 32 bits may come signed or not.
static inline int whole(double x) { return x == x ? (int)(int64_t)x : 0; }
static inline float real(double x) { return (float)x; }
static inline void *place(double x) { return x == x ? (void *)(uintptr_t)x : (void *)0; }
