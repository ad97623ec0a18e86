// `node test/contracts/run.mjs [PART OF A PATH …]`: breaks the contracts of the kernel and the user library, one at a time, and names
// those whose breaking makes no unit test fail. See README.md. Vite only turns TypeScript into JavaScript here, as it does for the tests.

import { createServer } from "vite";

const server = await createServer({
  root: new URL("../..", import.meta.url).pathname,
  configFile: false,
  appType: "custom",
  logLevel: "warn",
  server: { middlewareMode: true, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true },
});
try {
  const { breakContracts } = await server.ssrLoadModule("/test/contracts/run.ts");
  process.exitCode = (await breakContracts(process.argv.slice(2))) ? 0 : 1;
} finally {
  await server.close();
}
