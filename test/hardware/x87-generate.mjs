// Takes the floating-point vectors anew from this machine's processor and writes x87-vectors.bin: `node test/hardware/x87-generate.mjs`.
// Vite only turns TypeScript into JavaScript here, as it does for the tests.

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
  const { writeFloatVectorsFile } = await server.ssrLoadModule("/test/hardware/x87-generate.ts");
  console.log(writeFloatVectorsFile());
} finally {
  await server.close();
}
