/* A bytecode interpreter with a stack: runs a loop that sums i*i mod 7 for i below 5000. */

#include "common.h"

enum { PUSH, LOAD, STORE, ADD, SUB, MUL, MOD, LESS, JUMP, BRANCH, HALT };

/* i = 0; sum = 0; while (i < 5000) { sum = sum + i * i % 7; i = i + 1; } */
static const u8 program[] = {
  PUSH, 0, 0, STORE, 0, PUSH, 0, 0, STORE, 1,
  LOAD, 0, PUSH, 0x88, 0x13, LESS, BRANCH, 42,
  LOAD, 1, LOAD, 0, LOAD, 0, MUL, PUSH, 7, 0, MOD, ADD, STORE, 1,
  LOAD, 0, PUSH, 1, 0, ADD, STORE, 0, JUMP, 10, HALT,
};

static void interpret(const u8 *code, u32 *variables, u32 *stack) {
  const u8 *pc = code;
  u32 *top = stack;
  for (;;) {
    switch (*pc++) {
      case PUSH:
        *++top = pc[0] | pc[1] << 8;
        pc += 2;
        break;
      case LOAD:
        *++top = variables[*pc++];
        break;
      case STORE:
        variables[*pc++] = *top--;
        break;
      case ADD:
        top--;
        top[0] = top[0] + top[1];
        break;
      case SUB:
        top--;
        top[0] = top[0] - top[1];
        break;
      case MUL:
        top--;
        top[0] = top[0] * top[1];
        break;
      case MOD:
        top--;
        top[0] = top[0] % top[1];
        break;
      case LESS:
        top--;
        top[0] = top[0] < top[1];
        break;
      case JUMP:
        pc = code + *pc;
        break;
      case BRANCH:
        pc = *top == 0 ? code + *pc : pc + 1;
        top--;
        break;
      default:
        return;
    }
  }
}

u32 run(u32 *buffer) {
  interpret(program, buffer, buffer + 16);
  return buffer[1];
}
