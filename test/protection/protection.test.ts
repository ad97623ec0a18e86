// Generated system programs: our CPU, Bochs and QEMU on the same image. Where Bochs and QEMU both differ from us, compare.ts has to
// say why that may be.

import { beforeAll, describe, expect, test } from "vitest";
import { Random } from "../hardware/random.ts";
import { bochsMissing } from "../judges/bochs.ts";
import { qemuMissing } from "../judges/qemu.ts";
import { artefact } from "../support.ts";
import { CaseBuilder } from "./builder.ts";
import { casesOf, SUBJECTS } from "./cases.ts";
import { describeDifference, judge, RULES } from "./compare.ts";
import { onBochs, onOurs, onQemu, type Run, runAll } from "./run.ts";
import { ARENA, DATA, END_VECTOR } from "./world.ts";

const CASES_OF_A_SUBJECT = 60;
const SEED = 20_261_121;

describe("generated system programs", () => {
  let ours: Run;
  beforeAll(async () => {
    ours = onOurs(await WebAssembly.compile(Uint8Array.from(artefact("core"))));
  });

  test("the harness tells registers, memory and the vector", async () => {
    const { state } = new CaseBuilder(new Random(1), "a case")
      .start(0)
      .code("movl $0x1234, %ecx", `movl %ecx, ${ARENA + DATA}`);
    const [outcome] = await ours([state]);
    expect(outcome.registers.vector).toBe(END_VECTOR);
    expect(outcome.registers.ecx).toBe(0x1234);
    expect(outcome.changes.get(ARENA + DATA)).toBe(0x1234);
  });

  test("a case that shuts the processor down is lost, and the next ones run", async () => {
    const random = new Random(1);
    const dead = new CaseBuilder(random, "no vectors").start(0);
    dead.state.idtLimit = 0;
    const alive = new CaseBuilder(random, "alive").start(3).code("incl %eax");
    const results = await runAll(ours, [dead.code("ud2").build(), alive.build()]);
    expect(results[0]).toBe("lost");
    expect(results[1]).toMatchObject({ registers: { vector: END_VECTOR, eax: 1 } });
  });

  test("Bochs or QEMU is with us, or the manual", async (context) => {
    const reason = bochsMissing() ?? qemuMissing();
    if (reason !== undefined) return context.skip(reason);
    const cases = Object.keys(SUBJECTS).flatMap((subject) => casesOf(subject, CASES_OF_A_SUBJECT, SEED));
    const [a, b, c] = await Promise.all([runAll(ours, cases), runAll(onBochs, cases), runAll(onQemu, cases)]);
    const opinions = cases.map((one, i) => judge(one, a[i], b[i], c[i]));
    const wrong = opinions.filter(({ kind }) => kind === "wrong");
    expect(wrong.map((opinion) => `${opinion.test.name}: ${describeDifference(opinion.ours, opinion.bochs)}`)).toEqual(
      [],
    );
    // A comparison with nothing to compare would be content, too.
    expect(opinions.filter(({ kind }) => kind === "same").length).toBeGreaterThan(cases.length / 3);
    expect(new Set(cases.map(({ name }) => name)).size).toBeGreaterThan(cases.length * 0.9);
    expect(RULES.length).toBeLessThan(12);
  });
});
