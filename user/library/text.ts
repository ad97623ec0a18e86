// Between TypeScript strings (UTF-16) and the bytes that files, terminals and system calls have (UTF-8, NUL-terminated).

import { strlen } from "./string.ts";

/** The string that the NUL-terminated bytes at `text` are. */
export function fromBytes(text: usize): string {
  return String.UTF8.decodeUnsafe(text, strlen(text));
}

/** The string that `count` bytes are. */
export function fromBytesOf(bytes: usize, count: usize): string {
  return String.UTF8.decodeUnsafe(bytes, count);
}

/** The string's bytes with a NUL, as an object: its address is good as long as someone holds it. */
export function toBytes(text: string): ArrayBuffer {
  return String.UTF8.encode(text, true);
}

/** The address of an ArrayBuffer's bytes. */
export function addressOf(buffer: ArrayBuffer): usize {
  return changetype<usize>(buffer);
}

/** The arguments of main as strings; the first is the program's own name. */
export function argumentList(argc: i32, argv: usize): string[] {
  const list = new Array<string>(argc);
  for (let i = 0; i < argc; i++) list[i] = fromBytes(load<u32>(argv + ((i as usize) << 2)));
  return list;
}

/** `count` bytes as a string with a unit for each byte, whatever they mean. */
export function bytesToUnits(bytes: usize, count: usize): string {
  const units = new ArrayBuffer((count as i32) << 1);
  for (let i: usize = 0; i < count; i++) store<u16>(changetype<usize>(units) + (i << 1), load<u8>(bytes + i));
  return String.UTF16.decode(units);
}
