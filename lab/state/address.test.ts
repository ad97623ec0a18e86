import { expect, test } from "vitest";
import { parseAddress, withAddress } from "./address.ts";

test("nothing said: everything, at once", () => {
  expect(parseAddress("")).toMatchObject({ autostart: true, layout: "full" });
});

test("a frame in another page waits for a click, unless told otherwise", () => {
  expect(parseAddress("?layout=screen")).toMatchObject({ layout: "screen", autostart: false });
  expect(parseAddress("?layout=screen&autostart=1").autostart).toBe(true);
});

test("the machine: image, memory, boot order; language and theme", () => {
  const address = parseAddress("?image=my/disk.img&memory=64&boot=ca&language=zh&theme=dark");
  expect(address).toMatchObject({
    image: "my/disk.img",
    memoryBytes: 64 << 20,
    bootOrder: "ca",
    language: "zh",
    theme: "dark",
  });
  const plan = { kind: "pc" as const, name: "x" };
  expect(withAddress(plan, address)).toEqual({ ...plan, memoryBytes: 64 << 20, bootOrder: "ca" });
  const domain = { kind: "domain" as const, name: "x", kernel: new Uint8Array(), commandLine: "" };
  expect(withAddress(domain, address)).toEqual({ ...domain, memoryBytes: 64 << 20 });
});

test("what makes no sense is left out", () => {
  const address = parseAddress("?memory=lots&boot=aa&language=fr&layout=upside-down");
  expect(address).toEqual({
    image: undefined,
    example: undefined,
    memoryBytes: undefined,
    bootOrder: undefined,
    autostart: true,
    layout: "full",
    language: undefined,
    theme: undefined,
  });
});
