// Makes test vectors for every form of the instruction table on this machine's processor, compares our CPU with them, and writes what
// came of it to docs/conformance.md: `node test/hardware/conformance.mjs [SHARE]`. SHARE 1 (the default) is more than 500,000
// vectors in a minute. Exit status 1 if any differs. The core must have been built (`npm run build`).

import { withModule } from "./typescript.mjs";

await withModule("/test/hardware/conformance.ts", async ({ runConformance }) => {
  const mismatches = await runConformance(Number(process.argv[2] ?? 1), (line) => console.log(line));
  process.exitCode = mismatches === 0 ? 0 : 1;
});
