/* A torture of floating-point arithmetic: what IEEE 754 says must hold is checked, and everything that is computed goes into a sum that
 * must be the same on any processor: float and double by SSE, where the compiler uses it, and long double by the x87. `run` says the
 * results through `put`; whoever links the program gives it one. */

typedef unsigned int u32;
typedef unsigned char u8;

void put(char character);

static u32 sum;
static int failures, checks;

static void mix(u32 value) {
  sum = (sum ^ value) * 0x9e3779b1;
  sum ^= sum >> 15;
}

static void mix_bytes(const volatile void *from, int count) {
  const volatile u8 *bytes = from;
  while (count-- > 0) mix(*bytes++);
}

static void text(const char *s) {
  while (*s) put(*s++);
}

static void hex(u32 value) {
  for (int i = 28; i >= 0; i -= 4) put("0123456789abcdef"[(value >> i) & 15]);
}

static void check(int holds, int line) {
  checks++;
  if (holds) return;
  failures++;
  text(" [line ");
  for (int i = 1000; i > 0; i /= 10) put((char)('0' + line / i % 10));
  text("]");
}

static void say(void) {
  text(": sum ");
  hex(sum);
  text(", checks ");
  hex((u32)checks);
  text(failures == 0 ? ", all hold\n" : ", FAILED\n");
  sum = 0;
  failures = 0;
  checks = 0;
}

#define CHECK(condition) check((condition) != 0, __LINE__)
#define HASH(value) mix_bytes(&(value), sizeof(T) == 12 ? 10 : sizeof(T))

/* The x87: rounding in bits 10 and 11 of its control word, 64 bits of precision, all exceptions masked. */
static void x87_set_rounding(int mode) {
  volatile unsigned short control = (unsigned short)(0x33f | mode << 10);
  __asm__ volatile("fldcw %0" : : "m"(control));
}
static void x87_clear(void) {
  __asm__ volatile("fnclex");
}
static u32 x87_raised(void) {
  unsigned short status;
  __asm__ volatile("fnstsw %0" : "=a"(status));
  return status;
}
static int x87_whole(long double value) {
  int whole;
  __asm__ volatile("fistpl %0" : "=m"(whole) : "t"(value) : "st");
  return whole;
}
static long double x87_root(long double value) {
  __asm__("fsqrt" : "+t"(value));
  return value;
}

#ifdef __SSE2_MATH__
static void sse_set_rounding(int mode) {
  volatile u32 control = 0x1f80 | (u32)mode << 13;
  __asm__ volatile("ldmxcsr %0" : : "m"(control));
}
static void sse_clear(void) {
  sse_set_rounding(0);
}
static u32 sse_raised(void) {
  u32 status;
  __asm__ volatile("stmxcsr %0" : "=m"(status));
  return status;
}
static int sse_whole(double value) {
  int whole;
  __asm__ volatile("cvtsd2si %1, %0" : "=r"(whole) : "x"(value));
  return whole;
}
static float sse_root_float(float value) {
  __asm__("sqrtss %0, %0" : "+x"(value));
  return value;
}
static double sse_root_double(double value) {
  __asm__("sqrtsd %0, %0" : "+x"(value));
  return value;
}

#define T float
#define DIGITS 24
#define MIN_EXPONENT -126
#define L(x) x##f
#define ROOT(x) sse_root_float(x)
#define NAME(x) float_##x
#define UNIT(x) sse_##x
#define TITLE "float"
#include "torture-type.inc"
#undef T
#undef DIGITS
#undef MIN_EXPONENT
#undef L
#undef ROOT
#undef NAME
#undef UNIT
#undef TITLE
#undef RAISES

#define T double
#define DIGITS 53
#define MIN_EXPONENT -1022
#define L(x) x
#define ROOT(x) sse_root_double(x)
#define NAME(x) double_##x
#define UNIT(x) sse_##x
#define TITLE "double"
#include "torture-type.inc"
#undef T
#undef DIGITS
#undef MIN_EXPONENT
#undef L
#undef ROOT
#undef NAME
#undef UNIT
#undef TITLE
#undef RAISES
#endif

#define T long double
#define DIGITS 64
#define MIN_EXPONENT -16382
#define L(x) x##L
#define ROOT(x) x87_root(x)
#define NAME(x) extended_##x
#define UNIT(x) x87_##x
#define TITLE "long double"
#include "torture-type.inc"

void run(void) {
  x87_set_rounding(0);
#ifdef __SSE2_MATH__
  float_torture();
  double_torture();
#endif
  extended_torture();
  text("done\n");
}
