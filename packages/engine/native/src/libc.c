// The two functions of the C library that compilers call by themselves; a freestanding wasm module has to bring them.
#if defined(__wasm__)
#include <stddef.h>
void *memset(void *to, int value, size_t n) {
  unsigned char *p = to;
  while (n--) *p++ = (unsigned char)value;
  return to;
}
void *memcpy(void *restrict to, const void *restrict from, size_t n) {
  unsigned char *p = to;
  const unsigned char *q = from;
  while (n--) *p++ = *q++;
  return to;
}
#endif
