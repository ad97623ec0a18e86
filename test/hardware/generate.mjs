// `npm run vectors`: takes the vectors anew from this machine's processor and writes vectors.bin. Vite only turns TypeScript into
// JavaScript here, as it does for the tests.

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
  const { writeVectorsFile } = await server.ssrLoadModule("/test/hardware/generate.ts");
  console.log(writeVectorsFile());
} finally {
  await server.close();
}
