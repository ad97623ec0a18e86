// System calls as programs make them: what each refuses, with every kind of bad number, handle, address and flag.

import { beforeAll, describe, expect, it } from "vitest";
import { type Argument, compilePrograms, ProgramSimulation, type Step, sys } from "../../testing-programs.ts";

/** An address that no program can have: the kernel's. */
const KERNEL = 0x200000;
/** Not mapped, between segments and stack. */
const NOWHERE = 0x40000000;
const NONE = 0xffffffff;
const NO_HANDLES: Argument = [NONE, NONE, NONE];
const WRITE_ONLY = 1;

/** A keyboard that gives as many bytes as it is told. */
const KEYBOARD = `
import { DEVICE_OPERATIONS_BYTES, Device, DeviceKind, DeviceOperations, newDevice, registerDevice } from "./device/device.ts";
const keyboard = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
let keyBytes: i32 = 0;
export function addKeyboard(bytes: i32): void {
  keyBytes = bytes;
  keyboard.read = (_device: Device, buffer: usize, _count: u32): i32 => { store<u16>(buffer, 0x1041); return keyBytes; };
  registerDevice(newDevice("keyboard", -1, DeviceKind.Character, keyboard) as Device);
}
`;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compilePrograms(KEYBOARD);
});

/** Runs a program of these calls, each with what it must give, and looks whether the kernel has all back afterwards. */
function expectResults(...steps: [Step, number | string][]): void {
  const simulation = new ProgramSimulation(module);
  simulation.addFile("text", Buffer.from("0123456789"));
  simulation.add(
    "program",
    steps.map(([step]) => step),
  );
  simulation.add("child", []);
  expect(simulation.start("program")).toBe(0);
  expect(simulation.results(0)).toEqual(steps.map(([, result]) => result));
  expect(simulation.kernel.call("processCount")).toBe(1);
  expect(simulation.kernel.call("openFileCount")).toBe(0);
  expect(simulation.kernel.call("semaphoreTotal")).toBe(0);
}

describe("system calls refuse", () => {
  it("numbers that mean nothing", () => {
    expectResults(
      [{ call: 43, values: [] }, "ENOSYS"],
      [{ call: 0xffffffff, values: [] }, "ENOSYS"],
      [sys("power", 0), "EINVAL"],
      [sys("schedPolicy", 2, 5), "EINVAL"],
      [sys("schedPolicy", 0, 1001), "EINVAL"],
      [sys("setPriority", 0, 0), "EINVAL"],
      [sys("setPriority", 0, 6), "EINVAL"],
      [sys("setPriority", 99, 3), "ESRCH"],
      [sys("setPriority", 0, 3), 0],
      [sys("kill", 99), "ESRCH"],
      [sys("kill", 0), "ESRCH"],
      [sys("brk", 1), "ENOMEM"],
      [sys("brk", 0xb0000001), "ENOMEM"],
      [sys("wait", 0, 0, 2), "EINVAL"],
      [sys("wait", 0, 0, 0), "ECHILD"],
      [sys("cursor", 0x10000, 0), "EINVAL"],
      [sys("cursor", 0, 0x10000), "EINVAL"],
      [sys("power", 1), "EIO"], // this machine can't be switched off
    );
  });

  it("devices that the machine has not", () => {
    expectResults(
      [sys("cursor", 0, 0), "ENODEV"],
      [sys("attribute", 7), "ENODEV"],
      [sys("getKey"), "ENODEV"],
      [sys("time"), "ENODEV"],
      [sys("mount", "hd0", "/", "none", 0), "ENODEV"],
    );
  });

  it.each([
    [2, 0x1041],
    [1, "EIO"],
    [-4, "EINTR"],
  ])("a keyboard's answer unless it is a key: %d bytes", (bytes, result) => {
    const simulation = new ProgramSimulation(module);
    simulation.kernel.call("addKeyboard", bytes);
    simulation.add("program", [sys("getKey")]);
    expect(simulation.start("program")).toBe(0);
    expect(simulation.results()).toEqual([result]);
  });

  it("handles that are not open", () => {
    for (const handle of [0, 31, 32, NONE])
      expectResults(
        [sys("close", handle), "EBADF"],
        [sys("read", handle, KERNEL, 1), "EBADF"],
        [sys("write", handle, KERNEL, 1), "EBADF"],
        [sys("seek", handle, 0, 0), "EBADF"],
        [sys("readdir", handle, KERNEL), "EBADF"],
        [sys("fstat", handle, KERNEL), "EBADF"],
        [sys("ioctl", handle, 0, 0), "EBADF"],
        [sys("dup", handle, NONE), "EBADF"],
        [sys("poll", handle, 1), "EBADF"],
        [sys("truncate", handle, 0), "EBADF"],
      );
  });

  it.each([0, KERNEL, NOWHERE, 0xfffffffc])("addresses that the program has not: %d", (address) => {
    expectResults(
      [sys("open", address, 0), "EFAULT"],
      [sys("open", "/text", 0), 0],
      [sys("open", "/", 0x10000), 1],
      [sys("read", 0, address, 1), "EFAULT"],
      [sys("write", 0, address, 1), "EFAULT"],
      [sys("readdir", 1, address), "EFAULT"],
      [sys("stat", "/text", address), "EFAULT"],
      [sys("stat", address, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "EFAULT"],
      [sys("fstat", 0, address), "EFAULT"],
      [sys("getcwd", address, 100), "EFAULT"],
      [sys("pipe", address), "EFAULT"],
      [sys("spawn", address, [0], NO_HANDLES, 0), "EFAULT"],
      [sys("spawn", "/child", address, NO_HANDLES, 0), "EFAULT"],
      [sys("spawn", "/child", [address === 0 ? KERNEL : address, 0], NO_HANDLES, 0), "EFAULT"],
      [sys("spawn", "/child", [0], address, 0), "EFAULT"],
      [sys("wait", 0, address === 0 ? KERNEL : address, 0), "EFAULT"],
      [sys("semCreate", address, 1), "EFAULT"],
    );
  });

  it("opening with flags that nobody knows, of what is not there, or without a handle left", () => {
    const fill = Array.from({ length: 31 }, (_, i): [Step, number] => [sys("dup", 0, NONE), i + 1]);
    expectResults(
      [sys("open", "/text", 4), "EINVAL"],
      [sys("open", "/text", 3), "EINVAL"],
      [sys("open", "/missing", 0), "ENOENT"],
      [sys("open", "", 0), "ENOENT"],
      [sys("open", "x".repeat(300), 0), "ENAMETOOLONG"],
      [sys("open", "/text", 0), 0],
      [sys("dup", 0, 32), "EBADF"],
      ...fill,
      [sys("dup", 0, NONE), "EMFILE"],
      [sys("open", "/text", 0), "EMFILE"],
      [sys("pipe", [0, 0]), "EMFILE"],
      [sys("close", 31), 0],
      [sys("pipe", [0, 0]), "EMFILE"], // it needs two
    );
  });

  it("what a file can't do", () => {
    expectResults(
      [sys("open", "/text", 0), 0],
      [sys("seek", 0, 0, 3), "EINVAL"],
      [sys("seek", 0, 0x7fffffff, 0), 0x7fffffff],
      [sys("seek", 0, 1, 1), "ERANGE"],
      [sys("seek", 0, 0, 1), 0x7fffffff], // it stayed
      [sys("seek", 0, -1, 0), "EINVAL"],
      [sys("poll", 0, 0x20), "EINVAL"],
      [sys("poll", 0, 5), 5],
      [sys("ioctl", 0, 1, 0), "ENOTTY"],
      [sys("write", 0, "bytes", 5), "EBADF"],
      [sys("truncate", 0, 5), "EBADF"],
      [sys("readdir", 0, "x".repeat(300)), "ENOTDIR"],
      [sys("open", "/text", WRITE_ONLY), 1],
      [sys("read", 1, "12345678", 5), "EBADF"],
      [sys("write", 1, "bytes", 5), "EINVAL"],
      [sys("truncate", 1, 5), "EINVAL"],
      [sys("chdir", "/text"), "ENOTDIR"],
      [sys("getcwd", "12345678", 1), "ERANGE"],
      [sys("getcwd", "12345678", 2), 1],
    );
  });

  it("programs to start with bad flags, handles or arguments", () => {
    const many = (count: number): Argument => [...Array.from({ length: count }, () => "a"), 0];
    expectResults(
      [sys("spawn", "/child", [0], NO_HANDLES, 4), "EINVAL"],
      [sys("spawn", "/child", [0], [0, NONE, NONE], 0), "EBADF"],
      [sys("spawn", "/child", [0], [NONE, 5, NONE], 0), "EBADF"],
      [sys("spawn", "/child", [0], [NONE, NONE, 32], 0), "EBADF"],
      [sys("spawn", "/missing", [0], NO_HANDLES, 0), "ENOENT"],
      [sys("spawn", "/text", [0], NO_HANDLES, 0), "ENOEXEC"],
      [sys("spawn", "/child", many(65), NO_HANDLES, 0), "E2BIG"],
      [sys("spawn", "/child", ["x".repeat(1500), "x".repeat(600), 0], NO_HANDLES, 0), "E2BIG"],
      [sys("spawn", "/child", many(64), NO_HANDLES, 0), 3], // the text was 2
      [sys("wait", 3, [99], 0), 3],
      [sys("wait", 3, 0, 0), "ECHILD"],
    );
  });

  it("semaphores that are not the program's, and permits that don't fit", () => {
    expectResults(
      [sys("semP", 0), "EBADF"],
      [sys("semCreate", "x".repeat(40), 1), "ENAMETOOLONG"],
      [sys("semCreate", "", 1), "EINVAL"],
      [sys("semCreate", "full", 0x80000000), "EINVAL"],
      [sys("semCreate", "full", 0x7fffffff), 0],
      [sys("semV", 0), "EINVAL"],
      [sys("semP", 0), 0],
      [sys("semV", 0), 0],
      [sys("semDestroy", 0), 0],
      [sys("semV", 0), "EBADF"],
      [sys("semDestroy", 0), "EBADF"],
    );
  });
});
