/* Quicksort of 4000 words. */

#include "common.h"

#define COUNT 4000

static void quicksort(u32 *low, u32 *high) {
  while (low < high) {
    u32 pivot = low[((u8 *)high - (u8 *)low) >> 3];
    u32 *i = low;
    u32 *j = high;
    while (i <= j) {
      while (*i < pivot) i++;
      while (*j > pivot) j--;
      if (i <= j) {
        u32 t = *i;
        *i++ = *j;
        *j-- = t;
      }
    }
    quicksort(low, j);
    low = i;
  }
}

u32 run(u32 *buffer) {
  seed();
  for (int i = 0; i < COUNT; i++) buffer[i] = next();
  quicksort(buffer, buffer + COUNT - 1);
  u32 sum = 0;
  for (int i = 0; i < COUNT; i++) sum = sum * 31 + buffer[i];
  return sum;
}
