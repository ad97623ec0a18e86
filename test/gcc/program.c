/* What compilers make of a bit of everything: integers of all widths, 64-bit arithmetic, floating point, strings, structures, recursion,
 * switches, function pointers. `run` says its results through `put`; whoever links the program gives it one. */

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;

void put(char character);

/* The compiler may call these on its own account. */
void *memcpy(void *to, const void *from, u32 count) {
  u8 *t = to;
  const u8 *f = from;
  while (count-- > 0) *t++ = *f++;
  return to;
}

void *memset(void *to, int value, u32 count) {
  u8 *t = to;
  while (count-- > 0) *t++ = (u8)value;
  return to;
}

static void text(const char *s) {
  while (*s) put(*s++);
}

static void hex(u64 value, int digits) {
  for (int i = digits - 1; i >= 0; i--) put("0123456789abcdef"[(value >> (i * 4)) & 15]);
}

static void decimal(s64 value) {
  char digits[24];
  int n = 0;
  u64 rest = value < 0 ? -(u64)value : (u64)value;
  if (value < 0) put('-');
  do digits[n++] = (char)('0' + rest % 10);
  while ((rest /= 10) != 0);
  while (n > 0) put(digits[--n]);
}

static void line(const char *name, u64 value) {
  text(name);
  text(" ");
  hex(value, 16);
  text("\n");
}

static u32 state = 0x12345678;
static u32 next(void) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

static volatile u32 sink;

static void integers(void) {
  u32 a = 0;
  u64 b = 0;
  for (int i = 0; i < 2000; i++) {
    u32 x = next(), y = next() | 1;
    a += x / y + x % y + x * y + (x << (y & 31)) + (x >> (y & 31));
    a ^= (u32)((s32)x >> (y & 31)) + (u32)((s32)x / (s32)((y & 0xffff) | 1));
    a += (u8)(x * y) + (u16)(x - y) + (u32)(s8)x + (u32)(s16)y;
    a = (a << 7) | (a >> 25);
    b += (u64)x * y + (u64)((s64)(s32)x * (s32)y);
    a += x > y ? 3 : (s32)x < (s32)y ? 5 : 7;
  }
  line("integers", ((u64)a << 32) ^ b);
}

static void wide(void) {
  u64 a = 1;
  s64 b = -1;
  for (int i = 0; i < 1000; i++) {
    u64 x = ((u64)next() << 32) | next(), y = (((u64)next() << 32) | next()) >> (next() & 63);
    a += x / (y | 1) + x % (y | 1) + x * y;
    a ^= (x << (y & 63)) | (x >> (64 - (y & 63 ? y & 63 : 1)));
    b += (s64)x / (s64)(y | 1) - (s64)x % (s64)(y | 1) + ((s64)x >> (y & 63));
    a += x > y ? 1 : 0;
    b -= (s64)x > (s64)y ? 1 : 0;
    a += (u64)__builtin_popcountll(x) + (u64)(x ? __builtin_clzll(x) : 64) + (u64)(y ? __builtin_ctzll(y) : 64);
  }
  line("wide", a);
  line("wide signed", (u64)b);
  decimal(b);
  text("\n");
}

static u64 bits(double value) {
  union {
    double d;
    u64 u;
  } both = {.d = value};
  return both.u;
}

static double root(double value) {
  double guess = value > 1 ? value : 1;
  for (int i = 0; i < 60; i++) guess = (guess + value / guess) / 2;
  return guess;
}

static void floats(void) {
  double m[6][6], n[6][6], sum = 0, pi = 0, e = 1, term = 1;
  float f = 0.1f, g = 0;
  for (int i = 0; i < 6; i++)
    for (int j = 0; j < 6; j++) {
      m[i][j] = (double)(s32)next() / 65536.0;
      n[i][j] = (double)next() / 3.0;
    }
  for (int i = 0; i < 6; i++)
    for (int j = 0; j < 6; j++) {
      double cell = 0;
      for (int k = 0; k < 6; k++) cell += m[i][k] * n[k][j];
      sum += cell * (i - j);
    }
  line("matrix", bits(sum));
  for (int i = 0; i < 4000; i++) pi += (i & 1 ? -4.0 : 4.0) / (2 * i + 1);
  line("pi", bits(pi));
  for (int i = 1; i < 25; i++) e += term /= i;
  line("e", bits(e));
  line("root", bits(root(2)));
  for (int i = 0; i < 500; i++) {
    f = f * 1.25f - (float)i / 7;
    g += f > 0 ? f : -f;
    if (f < -1e6f || f > 1e6f) f = 0.1f;
  }
  line("float", bits((double)g));
  s64 whole = 0;
  for (int i = 0; i < 300; i++) {
    double x = (double)(s32)next() / (double)((next() & 0xff) + 1);
    whole += (s64)x + (s32)(x / 5) + (s64)(float)x;
    whole += (x < 0) + 2 * (x > 1e5) + 4 * (x == 0) + 8 * (x != x);
  }
  line("conversions", (u64)whole);
  volatile double zero = 0;
  double infinite = 1 / zero, none = zero / zero;
  line("specials", (u64)((infinite > 1e300) | (none != none) << 1 | (none < 1) << 2 | !(none >= 1) << 3 | (-infinite < 0) << 4));
  long double l = 1;
  for (int i = 1; i < 40; i++) l = l * i / 1.5L + 0.25L;
  line("long double", bits((double)l));
  u64 large = 0xfedcba9876543210ull;
  line("from u64", bits((double)large) + (u64)(double)(large >> 3));
}

static u32 length(const char *s) {
  u32 n = 0;
  while (s[n]) n++;
  return n;
}

static int compare(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (u8)*a - (u8)*b;
}

static void strings(void) {
  char buffer[256], copy[256];
  u32 hash = 5381, n = 0;
  for (int i = 0; i < 200; i++) {
    buffer[n++] = (char)('a' + next() % 26);
    if (next() % 7 == 0 && n > 1) buffer[n - 1] = ' ';
  }
  buffer[n] = 0;
  for (u32 i = 0; i <= n; i++) copy[i] = buffer[n > i ? n - 1 - i : n];
  for (u32 i = 0; i < n; i++) {
    hash = hash * 33 + (u8)copy[i];
    if (copy[i] >= 'a' && copy[i] <= 'z') copy[i] = (char)(copy[i] - 32);
  }
  line("strings", hash + length(copy) + (u32)(compare(buffer, copy) > 0) + (u32)(compare(copy, copy) == 0));
  text(copy);
  text("\n");
  memset(buffer, 0x5a, sizeof buffer);
  memcpy(buffer + 3, copy + 1, 77);
  hash = 0;
  for (u32 i = 0; i < sizeof buffer; i++) hash = hash * 31 + (u8)buffer[i];
  line("memory", hash);
}

struct point {
  s16 x;
  s32 y;
  u8 flags : 3, kind : 5;
  double weight;
};

struct pair {
  struct point a, b;
};

static struct point mixed(struct point p, struct pair q, int which) {
  struct point r = which ? q.a : q.b;
  r.x = (s16)(r.x + p.x);
  r.y -= p.y;
  r.flags = (u8)(r.flags + p.flags);
  r.kind ^= p.kind;
  r.weight += p.weight / 2;
  return r;
}

static void structures(void) {
  struct point p = {1, 2, 3, 4, 0.5};
  u64 sum = 0;
  for (int i = 0; i < 300; i++) {
    struct pair q = {{(s16)next(), (s32)next(), (u8)(next() & 7), (u8)(next() & 31), (double)(next() & 0xffff)}, p};
    p = mixed(p, q, i % 3 == 0);
    sum = sum * 31 + (u16)p.x + (u32)p.y + p.flags * 8u + p.kind;
  }
  line("structures", sum ^ bits(p.weight));
}

static u32 ackermann(u32 m, u32 n) {
  return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static u32 queens(u32 all, u32 columns, u32 left, u32 right) {
  u32 count = 0;
  if (columns == all) return 1;
  for (u32 free = all & ~(columns | left | right); free != 0;) {
    u32 bit = free & -free;
    free ^= bit;
    count += queens(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return count;
}

static void sort(s32 *from, s32 *to) {
  if (to - from < 2) return;
  s32 pivot = from[(to - from) / 2], *low = from, *high = to - 1;
  while (low <= high) {
    while (*low < pivot) low++;
    while (*high > pivot) high--;
    if (low <= high) {
      s32 swap = *low;
      *low++ = *high;
      *high-- = swap;
    }
  }
  sort(from, high + 1);
  sort(low, to);
}

static void recursion(void) {
  static s32 numbers[500];
  u64 check = 0;
  line("ackermann", ackermann(2, 9));
  line("queens", queens(0x7f, 0, 0, 0));
  for (u32 i = 0; i < 500; i++) numbers[i] = (s32)next();
  sort(numbers, numbers + 500);
  for (u32 i = 1; i < 500; i++) check = check * 3 + (u32)numbers[i] + (numbers[i - 1] <= numbers[i]);
  line("sort", check);
}

/* A machine of its own: a switch of many cases, dense and not. */
static u32 machine(const u8 *code, u32 steps) {
  u32 a = 0, b = 1, at = 0;
  while (steps-- > 0) {
    switch (code[at++ & 63] % 19) {
      case 0: a += b; break;
      case 1: a -= b; break;
      case 2: a *= b | 1; break;
      case 3: a ^= b >> 3; break;
      case 4: b = a; break;
      case 5: b += 0x1234; break;
      case 6: at += a & 3; break;
      case 7: a = ~a; break;
      case 8: b = (b << 5) | (b >> 27); break;
      case 9: if (a > b) a >>= 1; break;
      case 10: if ((s32)a < (s32)b) b++; break;
      case 11: { u32 swap = a; a = b; b = swap; break; }
      case 12: a /= (b & 15) + 1; break;
      case 13: a |= 0x40; break;
      case 14: b &= 0xffffff; break;
      case 15: at -= 2; break;
      case 18: a += at; break;
      default: a -= 7;
    }
    switch (a & 0xff00) {
      case 0x1000: b ^= 1; break;
      case 0x7f00: b ^= 2; break;
      case 0xff00: b ^= 4; break;
    }
  }
  return a ^ b;
}

static u32 twice(u32 x) { return x * 2; }
static u32 square(u32 x) { return x * x; }
static u32 odd(u32 x) { return x | 1; }

static void switches(void) {
  u8 code[64];
  u32 (*const functions[])(u32) = {twice, square, odd};
  u32 x = 3;
  for (int i = 0; i < 64; i++) code[i] = (u8)next();
  line("machine", machine(code, 20000));
  for (int i = 0; i < 1000; i++) x = functions[(x >> 3) % 3](x) + (u32)i;
  line("functions", x);
}

static u32 sum(u32 count, ...) {
  __builtin_va_list list;
  u32 total = 0;
  __builtin_va_start(list, count);
  while (count-- > 0) total = total * 5 + __builtin_va_arg(list, u32);
  __builtin_va_end(list);
  return total;
}

static void arrays(void) {
  static float a[256], b[256];
  static u16 c[256];
  static s32 d[256];
  float dot = 0;
  u64 check = 0;
  for (int i = 0; i < 256; i++) {
    a[i] = (float)(next() & 0xffff);
    b[i] = (float)i / 16;
    c[i] = (u16)next();
    d[i] = (s32)next();
  }
  for (int i = 0; i < 256; i++) b[i] = a[i] * b[i] + 1;
  for (int i = 0; i < 256; i++) c[i] = (u16)(c[i] * 3 + (c[i] >> 2));
  for (int i = 0; i < 256; i++) d[i] = d[i] > c[i] ? d[i] - c[i] : d[i] * 5;
  for (int i = 0; i < 256; i++) {
    dot += b[i];
    check = check * 7 + c[i] + (u32)d[i];
  }
  line("arrays", check ^ bits((double)dot));
  line("arguments", sum(6, 1u, 2u, 3u, 4u, 5u, 6u));
}

void run(void) {
  integers();
  wide();
  floats();
  strings();
  structures();
  recursion();
  switches();
  arrays();
  sink = state;
  text("done\n");
}
