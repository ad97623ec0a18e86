// For the tests: random system calls with random arguments, and what the kernel answered. Left out is what ends or
// stops this program when it succeeds: exit, power, a read of the keyboard, a wait for a semaphore, long sleeps, and all that
// reaches the terminal.

import {
  SYS_ATTRIBUTE,
  SYS_CLOSE,
  SYS_CURSOR,
  SYS_DUP,
  SYS_EXIT,
  SYS_GET_KEY,
  SYS_IOCTL,
  SYS_KILL,
  SYS_PIPE,
  SYS_POWER,
  SYS_READ,
  SYS_SEM_P,
  SYS_SLEEP,
  SYS_WRITE,
  SYSTEM_CALL_COUNT,
} from "../../kernel/abi/systemCalls.ts";
import { strerror } from "../library/errno.ts";
import { STDERR } from "../library/files.ts";
import { calloc } from "../library/memory.ts";
import { getpid } from "../library/process.ts";
import { printf } from "../library/stdio.ts";
import { atoi } from "../library/string.ts";
import { systemCall } from "../library/system.external.ts";

const COUNTS: i32 = 64;
/** For each error number how often it came; at 0, what was done. */
const counts = memory.data(256, 4);
let state: u32 = 1;

/** Numbers as xorshift makes them. */
function random(): u32 {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

/** An argument of the kinds that break kernels. */
function argument(own: usize): usize {
  switch (random() & 15) {
    case 0:
      return 0;
    case 1:
      return usize.MAX_VALUE - (random() & 15);
    case 2:
      return random() & 63;
    case 3:
      return 0x7fffffff + (random() & 3);
    case 4:
      return 0x100000 + (random() & 0x3ffff); // the kernel
    case 5:
      return 0xbffff000 - (random() & 0x2000); // the stack's end
    case 6:
      return 0x08048000 + (random() & 0x3fff); // the program's code
    case 7:
      return 0xc0000000 + random();
    case 8:
      return own + (random() & 0xffff);
    case 9:
      return 1 << (random() & 31);
    default:
      return random();
  }
}

function isAllowed(number: u32, first: usize, second: usize): bool {
  switch (number) {
    case SYS_EXIT:
    case SYS_POWER:
    case SYS_GET_KEY:
    case SYS_SEM_P:
    case SYS_PIPE:
    case SYS_ATTRIBUTE:
      return false;
    case SYS_CURSOR:
      return first > 0xffff;
    case SYS_READ:
    case SYS_WRITE:
    case SYS_CLOSE:
    case SYS_IOCTL:
      return (first as i32) > STDERR;
    case SYS_DUP:
      return (first as i32) > STDERR && (second as i32) > STDERR;
    case SYS_SLEEP:
      return first < 2;
    case SYS_KILL:
      return (first as i32) != getpid();
  }
  return true;
}

export function main(argc: i32, argv: usize): i32 {
  const rounds = argc > 1 ? atoi(load<u32>(argv + 4)) : 1000;
  const own = calloc(1, 0x10000);
  for (let done = 0; done < rounds; ) {
    const number = random() % (SYSTEM_CALL_COUNT + 4);
    const first = argument(own);
    const second = argument(own);
    if (!isAllowed(number, first, second)) continue;
    const result = systemCall(number, first, second, argument(own), argument(own), argument(own));
    const error = result < 0 && result > -COUNTS ? -result : 0;
    store<u32>(counts + (error << 2), load<u32>(counts + (error << 2)) + 1);
    done++;
  }
  printf("%8d done\n", load<u32>(counts));
  for (let error = 1; error < COUNTS; error++) {
    const count = load<u32>(counts + (error << 2));
    if (count > 0) printf("%8d refused: %s\n", count, strerror(error));
  }
  return 0;
}
