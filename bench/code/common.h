/* What the programs share: a pseudo-random generator with a fixed seed, as in common.ts. */

typedef unsigned char u8;
typedef unsigned int u32;

static u32 state = 1;

static inline void seed(void) { state = 12345; }

static inline u32 next(void) {
  state = state * 1664525 + 1013904223;
  return state >> 8;
}
