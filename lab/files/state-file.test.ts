import { expect, test } from "vitest";
import { packState, unpackState } from "./state-file.ts";

const PLAN = { kind: "pc" as const, name: "MiniOS" };

test("a state comes back as it went, with the machine's name", async () => {
  const snapshot = Uint8Array.from({ length: 1000 }, (_, i) => i % 7);
  const state = await unpackState("x", await packState(PLAN, snapshot));
  expect(state?.head).toMatchObject(PLAN);
  expect(state?.snapshot).toEqual(snapshot);
});

test("other files, and damaged ones, are none", async () => {
  expect(await unpackState("x", new Blob(["words"]))).toBeUndefined();
  const packed = new Uint8Array(await (await packState(PLAN, new Uint8Array(100))).arrayBuffer());
  expect(await unpackState("x", new Blob([packed.slice(0, 20)]))).toBeUndefined();
});

test("a state of a later version is refused by name", async () => {
  const line = '{"format":"minios-lab-state","version":9,"name":"x","kind":"pc"}\n';
  const packed = await new Response(new Blob([line]).stream().pipeThrough(new CompressionStream("gzip"))).blob();
  await expect(unpackState("old.state", packed)).rejects.toThrow("old.state: expected a state of version 1");
});
