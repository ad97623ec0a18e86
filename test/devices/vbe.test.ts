import { expect, it } from "vitest";
import { qemuMissing } from "../judges/qemu.ts";
import { runOnBoth } from "./programs.ts";

it.skipIf(qemuMissing())("modes with a linear frame buffer are the same on our PC and on QEMU's", async () => {
  const { ours, theirs } = await runOnBoth("vbe");
  expect(ours).toEqual(theirs);
  const answers = new Map(ours.map((line) => [line.split(" ")[0], line.split(" ").slice(1)]));
  expect(answers.get("id")?.[0]).toBe("B0C0");
  expect(answers.get("controller")).toEqual(["004F", "4556", "4153", "0200"]); // VESA, 2.0
  expect(answers.get("modes")?.[2]).toBe("0017");
  expect(answers.get("get")?.[1]).toBe("4112");
  expect(answers.get("size")?.slice(1, 3)).toEqual(["0280", "01E0"]);
  expect(answers.get("seen")?.slice(1, 3)).toEqual(["0000", "1234"]);
  expect(answers.get("line")?.slice(0, 3)).toEqual(["004F", "0960", "0320"]);
  expect(answers.get("where")?.slice(2)).toEqual(["0010", "0020"]);
  expect(answers.get("none")?.[0]).toBe("4F0A");
  expect(answers.get("unknown")?.[0]).toBe("014F");
  expect(answers.get("text")?.[0]).toBe("0000");
  expect(answers.get("mode")?.[1]).toBe("0003");
});
