/* Sieve of Eratosthenes below 65536. */

#include "common.h"

#define LIMIT 65536u

u32 run(u8 *buffer) {
  for (u32 i = 0; i < LIMIT; i++) buffer[i] = 1;
  for (u32 i = 2; i * i < LIMIT; i++) {
    if (buffer[i] == 0) continue;
    for (u32 j = i * i; j < LIMIT; j += i) buffer[j] = 0;
  }
  u32 count = 0;
  for (u32 i = 2; i < LIMIT; i++) count += buffer[i];
  return count;
}
