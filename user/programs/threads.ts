// threads: a race that one can see. Several programs add 1 to a number in a file, many times. Each reads the number, lets the
// others run, and writes what it read plus 1: additions are lost. Then the same with a semaphore around the three steps.

import { close, lseek, O_CREAT, O_RDWR, O_TRUNC, open, read, SEEK_SET, unlink, write } from "../library/files.ts";
import { numberOf, usageError } from "../library/options.ts";
import { semCreate, semDestroy, semP, semV, spawn, wait, yieldNow } from "../library/process.ts";
import { complain, printf } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

const FILE = "/counter";
const SEMAPHORE = "counter";
const USAGE = "threads [PROGRAMS [ROUNDS]]";
const MOST_PROGRAMS = 20;
const MOST_ROUNDS = 10000;
const number = memory.data(4, 4);

export function main(argc: i32, argv: usize): i32 {
  const words = argumentList(argc, argv);
  if (words.length == 4 && words[1] == "add") return add(numberOf(words[2]), words[3] == "safe");
  const programs = words.length > 1 ? numberOf(words[1]) : 4;
  const rounds = words.length > 2 ? numberOf(words[2]) : 50;
  if (programs < 1 || programs > MOST_PROGRAMS || rounds < 1 || rounds > MOST_ROUNDS || words.length > 3) {
    return usageError(USAGE);
  }
  printf("%d programs add 1 to a number %d times each.\n", programs, rounds);
  let status = race(words[0], programs, rounds, "free");
  if (status == 0) status = race(words[0], programs, rounds, "safe");
  unlink(FILE);
  return status;
}

function race(program: string, programs: i32, rounds: i32, way: string): i32 {
  const handle = open(FILE, O_RDWR | O_CREAT | O_TRUNC);
  if (handle < 0) {
    complain("threads", FILE, handle);
    return 1;
  }
  store<u32>(number, 0);
  write(handle, number, 4);
  const path = program.includes("/") ? program : `/bin/${program}`;
  let started = 0;
  for (let i = 0; i < programs; i++) {
    const child = spawn(path, [program, "add", `${rounds}`, way]);
    if (child < 0) complain("threads", path, child);
    else started++;
  }
  for (let i = 0; i < started; i++) wait();
  lseek(handle, 0, SEEK_SET);
  read(handle, number, 4);
  close(handle);
  const got = load<u32>(number);
  const expected = (started * rounds) as u32;
  const name = way == "safe" ? "with a semaphore" : "without";
  printf("%16s: %5u of %u", name, got, expected);
  printf(got == expected ? ", nothing lost\n" : ", %u additions lost\n", expected - got);
  return 0;
}

/** What each of the programs does. */
function add(rounds: i32, isSafe: bool): i32 {
  const semaphore = isSafe ? semCreate(SEMAPHORE, 1) : 0;
  const handle = open(FILE, O_RDWR);
  if (handle < 0 || semaphore < 0) return 1;
  for (let i = 0; i < rounds; i++) {
    if (isSafe) semP(semaphore);
    lseek(handle, 0, SEEK_SET);
    read(handle, number, 4);
    const next = load<u32>(number) + 1;
    yieldNow(); // here the others come in
    store<u32>(number, next);
    lseek(handle, 0, SEEK_SET);
    write(handle, number, 4);
    if (isSafe) semV(semaphore);
  }
  close(handle);
  if (isSafe) semDestroy(semaphore);
  return 0;
}
