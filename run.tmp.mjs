import { createServer } from "vite";
const server = await createServer({ root: process.cwd(), configFile: false, appType: "custom", logLevel: "warn",
  server: { middlewareMode: true, watch: null, ws: false }, optimizeDeps: { noDiscovery: true } });
try { await server.ssrLoadModule("/" + process.argv[2]); } finally { await server.close(); }
