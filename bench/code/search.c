/* Horspool's string search: all places of a pattern of 12 bytes in 64 KiB of text over four letters. */

#include "common.h"

#define TEXT 65536u
#define PATTERN 12

u32 run(u8 *buffer) {
  u32 *skip = (u32 *)buffer;
  u8 *pattern = buffer + 1024;
  u8 *text = pattern + 16;
  seed();
  for (u32 i = 0; i < TEXT; i++) text[i] = (u8)(97 + (next() & 3));
  for (u32 i = 0; i < PATTERN; i++) pattern[i] = text[TEXT - PATTERN - 100 + i];
  for (u32 i = 0; i < 256; i++) skip[i] = PATTERN;
  for (u32 i = 0; i < PATTERN - 1; i++) skip[pattern[i]] = PATTERN - 1 - i;
  u32 found = 0;
  u32 at = 0;
  while (at <= TEXT - PATTERN) {
    int i = PATTERN - 1;
    while (i >= 0 && text[at + i] == pattern[i]) i--;
    if (i < 0) found = found * 31 + at;
    at += skip[text[at + PATTERN - 1]];
  }
  return found;
}
