// A bytecode interpreter with a stack: runs a loop that sums i·i mod 7 for i below 5000.

const PUSH: u8 = 0;
const LOAD: u8 = 1;
const STORE: u8 = 2;
const ADD: u8 = 3;
const SUB: u8 = 4;
const MUL: u8 = 5;
const MOD: u8 = 6;
const LESS: u8 = 7;
const JUMP: u8 = 8;
const BRANCH: u8 = 9;
const HALT: u8 = 10;

// i = 0; sum = 0; while (i < 5000) { sum = sum + i * i % 7; i = i + 1; }
const PROGRAM = memory.data<u8>([
  PUSH,
  0,
  0,
  STORE,
  0,
  PUSH,
  0,
  0,
  STORE,
  1,
  LOAD,
  0,
  PUSH,
  0x88,
  0x13,
  LESS,
  BRANCH,
  42,
  LOAD,
  1,
  LOAD,
  0,
  LOAD,
  0,
  MUL,
  PUSH,
  7,
  0,
  MOD,
  ADD,
  STORE,
  1,
  LOAD,
  0,
  PUSH,
  1,
  0,
  ADD,
  STORE,
  0,
  JUMP,
  10,
  HALT,
]);

function interpret(code: usize, variables: usize, stack: usize): void {
  let pc = code;
  let top = stack;
  while (true) {
    switch (load<u8>(pc++)) {
      case PUSH:
        top += 4;
        store<u32>(top, load<u16>(pc));
        pc += 2;
        break;
      case LOAD:
        top += 4;
        store<u32>(top, load<u32>(variables + ((<usize>load<u8>(pc++)) << 2)));
        break;
      case STORE:
        store<u32>(variables + ((<usize>load<u8>(pc++)) << 2), load<u32>(top));
        top -= 4;
        break;
      case ADD:
        top -= 4;
        store<u32>(top, load<u32>(top) + load<u32>(top, 4));
        break;
      case SUB:
        top -= 4;
        store<u32>(top, load<u32>(top) - load<u32>(top, 4));
        break;
      case MUL:
        top -= 4;
        store<u32>(top, load<u32>(top) * load<u32>(top, 4));
        break;
      case MOD:
        top -= 4;
        store<u32>(top, load<u32>(top) % load<u32>(top, 4));
        break;
      case LESS:
        top -= 4;
        store<u32>(top, load<u32>(top) < load<u32>(top, 4) ? 1 : 0);
        break;
      case JUMP:
        pc = code + load<u8>(pc);
        break;
      case BRANCH:
        pc = load<u32>(top) == 0 ? code + load<u8>(pc) : pc + 1;
        top -= 4;
        break;
      default:
        return;
    }
  }
}

export function run(buffer: usize): u32 {
  interpret(PROGRAM, buffer, buffer + 64);
  return load<u32>(buffer, 4);
}
