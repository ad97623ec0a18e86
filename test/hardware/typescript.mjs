// Loads a module of this repository in plain Node: Vite only turns TypeScript into JavaScript here, as it does for the tests.

import { createServer } from "vite";

/** Calls `use` with the module's exports; `path` is from the repository's root. */
export async function withModule(path, use) {
  const server = await createServer({
    root: new URL("../..", import.meta.url).pathname,
    configFile: false,
    appType: "custom",
    logLevel: "warn",
    server: { middlewareMode: true, watch: null, ws: false },
    optimizeDeps: { noDiscovery: true },
  });
  try {
    await use(await server.ssrLoadModule(path));
  } finally {
    await server.close();
  }
}
