/* CRC-32 by table over 32 KiB. */

#include "common.h"

#define LENGTH 32768u

u32 run(u8 *buffer) {
  u32 *table = (u32 *)buffer;
  u8 *data = buffer + 1024;
  for (u32 i = 0; i < 256; i++) {
    u32 c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? (c >> 1) ^ 0xedb88320 : c >> 1;
    table[i] = c;
  }
  seed();
  for (u32 i = 0; i < LENGTH; i++) data[i] = (u8)next();
  u32 crc = 0xffffffff;
  for (u32 i = 0; i < LENGTH; i++) crc = table[(crc ^ data[i]) & 0xff] ^ (crc >> 8);
  return ~crc;
}
