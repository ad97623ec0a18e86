#!/usr/bin/env node
// The `minios` command. All of it is in dist/cli.js, which the build makes from cli/.

import { existsSync } from "node:fs";

const bundle = new URL("../dist/cli.js", import.meta.url);
if (existsSync(bundle)) {
  const { main } = await import(bundle.href);
  process.exitCode = await main(process.argv.slice(2), process);
} else {
  process.stderr.write('minios: dist/cli.js is missing; run "npm run build" first\n');
  process.exitCode = 2;
}
