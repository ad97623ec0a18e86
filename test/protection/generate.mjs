// Runs generated system programs on our PC, Bochs and QEMU and writes docs/conformance-system.md:
//   node test/protection/generate.mjs [CASES OF EACH SUBJECT] [SEED]
// The answer is 1 when a case is unexplained.

import { withModule } from "../hardware/typescript.mjs";

const [count = 2000, seed = 1] = process.argv.slice(2).map(Number);
await withModule("/test/protection/report.ts", async ({ writeReport }) => {
  const text = await writeReport(count, seed);
  console.log(text);
  if (/[1-9]\d* wrong/.test(text)) process.exitCode = 1;
});
