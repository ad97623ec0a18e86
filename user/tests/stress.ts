// For the tests: work that goes on for so many million counts of the time-stamp counter (instructions, on our PC) and then
// says what it has done and what was wrong. stress files|memory|semaphores MILLIONS, in a directory that can be written to.

import { close, dup, O_CREAT, O_RDWR, O_TRUNC, O_WRONLY, open, pipe, read, unlink, write } from "../library/files.ts";
import { free, malloc, realloc } from "../library/memory.ts";
import { numberOf, usageError } from "../library/options.ts";
import { brk, semCreate, semDestroy, semP, semV, spawn, wait, waitStatus } from "../library/process.ts";
import { printf } from "../library/stdio.ts";
import { timestamp } from "../library/system.external.ts";
import { argumentList } from "../library/text.ts";

const MILLION: i64 = 1000000;
const AT_A_TIME: i32 = 10;
const CHILDREN: i32 = 100;
const FILE_BYTES: i32 = 6000;
const BLOCKS: i32 = 64;
const RUNNERS: i32 = 5;
const PASSES: i32 = 50;

const bytes = memory.data(6000);
const blocks = memory.data(256, 4);
const sizes = memory.data(256, 4);
const handles = memory.data(8, 4);
let state: u32 = 1;
let faults: i32 = 0;

/** Numbers as xorshift makes them. */
function random(limit: u32): u32 {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % limit;
}

function expect(condition: bool): void {
  if (!condition) faults++;
}

export function main(argc: i32, argv: usize): i32 {
  const words = argumentList(argc, argv);
  if (words.length != 3) return usageError("stress files|memory|semaphores MILLIONS");
  const what = words[1];
  const number = numberOf(words[2]);
  if (what == "write") return writeFile(words[0], number);
  if (what == "leaf") return number & 0xff;
  if (what == "pass") return pass(number);
  const end = timestamp() + (number as i64) * MILLION;
  let rounds = 0;
  do {
    if (what == "files") files(words[0]);
    else if (what == "semaphores") semaphores(words[0]);
    else churn(rounds);
    rounds++;
  } while (timestamp() < end);
  if (what == "memory") for (let i = 0; i < BLOCKS; i++) drop(i);
  printf("%s: %d rounds, %d faults\n", what, rounds, faults);
  return faults == 0 ? 0 : 1;
}

/** A hundred children, ten at a time: each spawns, writes a file, reads it again and exits. */
function files(self: string): void {
  for (let i = 0; i < CHILDREN; i++) {
    expect(spawn(self, [self, "write", `${i}`]) > 0);
    if (i % AT_A_TIME != AT_A_TIME - 1) continue;
    for (let n = 0; n < AT_A_TIME; n++) expect(wait() > 0 && waitStatus == 0);
  }
}

function writeFile(self: string, index: i32): i32 {
  state = index + 1;
  const child = spawn(self, [self, "leaf", `${index}`]);
  const path = `stress${index}`;
  const count: i32 = 1 + (random(FILE_BYTES) as i32);
  for (let i = 0; i < count; i++) store<u8>(bytes + i, (i * 7 + index) as u8);
  const file = open(path, O_RDWR | O_CREAT | O_TRUNC);
  expect(write(file, bytes, count) == count);
  expect(close(file) == 0);
  memory.fill(bytes, 0, count);
  const again = open(path);
  expect(read(again, bytes, FILE_BYTES) == count);
  for (let i = 0; i < count; i++) if (load<u8>(bytes + i) != ((i * 7 + index) as u8)) faults++;
  expect(close(again) == 0);
  expect(unlink(path) >= 0);
  expect(wait(child) == child && waitStatus == ((index & 0xff) as u32));
  return min<i32>(faults, 100);
}

/** The program's heap, and the kernel's by what takes memory there: open files, pipes, semaphores, pages. */
function churn(round: i32): void {
  for (let n = 0; n < 200; n++) {
    const i = random(BLOCKS) as i32;
    const size: u32 = 1 + random(random(20) == 0 ? 40000 : 600);
    const old: usize = load<u32>(blocks + (i << 2));
    if (old != 0 && random(3) == 0) {
      check(i);
      const kept = min<u32>(load<u32>(sizes + (i << 2)), size);
      fill(i, realloc(old, size), size, kept);
    } else {
      drop(i);
      fill(i, malloc(size), size, 0);
    }
  }
  expect(pipe(handles) == 0);
  const from = load<i32>(handles);
  const to = load<i32>(handles, 4);
  const other = dup(to);
  expect(write(other, bytes, 1000) == 1000 && read(from, bytes, 2000) == 1000);
  close(from);
  close(to);
  close(other);
  const file = open("/dev/null", O_WRONLY);
  const semaphore = semCreate(`churn${round & 7}`, 1);
  expect(file >= 0 && semaphore >= 0);
  close(file);
  expect(semDestroy(semaphore) >= 0);
  const end = brk(0);
  expect(brk(end + 0x10000) == end + 0x10000);
  memory.fill(end, 0xff, 0x10000);
  expect(brk(end) == end);
}

function fill(i: i32, block: usize, size: u32, kept: u32): void {
  expect(block != 0);
  for (let at: u32 = 0; at < kept; at++) if (load<u8>(block + at) != (i as u8)) faults++;
  memory.fill(block, i as u8, size);
  store<u32>(blocks + (i << 2), block as u32);
  store<u32>(sizes + (i << 2), size);
}

function check(i: i32): void {
  const block: usize = load<u32>(blocks + (i << 2));
  const size = load<u32>(sizes + (i << 2));
  for (let at: u32 = 0; at < size; at++) if (load<u8>(block + at) != (i as u8)) faults++;
}

function drop(i: i32): void {
  const block: usize = load<u32>(blocks + (i << 2));
  if (block == 0) return;
  check(i);
  free(block);
  store<u32>(blocks + (i << 2), 0);
}

/** Five programs in a ring pass one permit on and on; a wake-up that is lost stops them all. */
function semaphores(self: string): void {
  const all = new StaticArray<i32>(RUNNERS);
  for (let i = 0; i < RUNNERS; i++) {
    all[i] = semCreate(`ring${i}`, 0);
    expect(all[i] >= 0);
  }
  for (let i = 0; i < RUNNERS; i++) expect(spawn(self, [self, "pass", `${i}`]) > 0);
  semV(all[0]);
  for (let i = 0; i < RUNNERS; i++) expect(wait() > 0 && waitStatus == (PASSES as u32));
  expect(semP(all[0]) >= 0); // it has come back to the first
  for (let i = 0; i < RUNNERS; i++) expect(semDestroy(all[i]) >= 0);
}

function pass(index: i32): i32 {
  const mine = semCreate(`ring${index}`, 0);
  const next = semCreate(`ring${(index + 1) % RUNNERS}`, 0);
  let passes = 0;
  while (passes < PASSES && semP(mine) >= 0 && semV(next) >= 0) passes++;
  return passes;
}
