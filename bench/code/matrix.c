/* Product of two 48x48 matrices of integers. */

#include "common.h"

#define N 48

u32 run(u32 *buffer) {
  u32 *a = buffer;
  u32 *b = a + N * N;
  u32 *c = b + N * N;
  seed();
  for (int i = 0; i < 2 * N * N; i++) buffer[i] = next();
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < N; j++) {
      u32 sum = 0;
      for (int k = 0; k < N; k++) sum += a[i * N + k] * b[k * N + j];
      c[i * N + j] = sum;
    }
  }
  u32 trace = 0;
  for (int i = 0; i < N; i++) trace += c[i * N + i];
  return trace;
}
