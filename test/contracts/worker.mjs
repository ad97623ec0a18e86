// Runs test files with one contract broken, as run.ts asks: a process of its own, so that one that hangs can be ended.
// In: { file, broken, askedFile, sources }; out: { passed, milliseconds }.

import { createVitest } from "vitest/node";

const vitest = await createVitest("test", {
  watch: false,
  config: false,
  root: process.cwd(),
  include: ["{kernel,user}/**/*.test.ts"],
  setupFiles: ["test/contracts/setup.ts"],
  pool: "threads",
  maxWorkers: 1,
  bail: 1,
  testTimeout: 60_000,
  hookTimeout: 300_000,
  reporters: [{}],
  passWithNoTests: false,
});

process.on("message", async ({ file, broken, askedFile, sources }) => {
  vitest.provide("switchedSources", sources);
  vitest.provide("brokenContract", broken);
  vitest.provide("askedFile", askedFile);
  const specifications = await vitest.getRelevantTestSpecifications([file]);
  const start = performance.now();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  const passed = testModules.length > 0 && unhandledErrors.length === 0 && testModules.every((module) => module.ok());
  const errors =
    broken >= 0
      ? []
      : testModules.flatMap((module) => [
          ...module.errors(),
          ...[...module.children.allTests("failed")].flatMap((test) => test.result().errors ?? []),
        ]);
  process.exitCode = 0;
  process.send({ passed, milliseconds: performance.now() - start, errors: errors.map(({ message }) => message) });
});
process.send("ready");
