// Builds the page into dist/lab: static files for any host, under any path, with no header of its own.

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build as esbuild } from "esbuild";
import { defineConfig, type Plugin } from "vite";
import { packShipped } from "./toolchain/pack.ts";
import { readShipped } from "./toolchain/shipped.ts";

/**
 * What the page may load and do: its own files only. WebAssembly is what the PC is made of; styles may stand in elements because the
 * terminal of the serial lines makes its own. The page has no form, no frame, no plug-in, and talks to nobody but where it came from.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

function contentSecurityPolicy(): Plugin {
  return {
    name: "content-security-policy",
    apply: "build",
    transformIndexHtml: () => [
      { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: POLICY }, injectTo: "head-prepend" },
    ],
  };
}

/** The compilers: large, and kept for the next visit when everything else is there. */
const LATER = /(toolchain|language)-worker/;

/** Tells the service worker which files there are. */
function offlineList(): Plugin {
  return {
    name: "offline-list",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const worker = bundle["service-worker.js"];
      if (worker?.type !== "chunk") throw new Error("the build has no service-worker.js");
      const all = Object.keys(bundle)
        .filter((file) => file !== "service-worker.js" && !file.endsWith(".map"))
        .concat("icon.svg")
        .sort();
      const files = all.filter((file) => !LATER.test(file));
      const hash = createHash("sha256").update(worker.code);
      for (const file of all) {
        const item = bundle[file];
        hash.update(file).update(item ? (item.type === "chunk" ? item.code : item.source) : "");
      }
      worker.code = worker.code
        .replace(/__FILES__/g, JSON.stringify(files))
        .replace(/__LATER__/g, JSON.stringify(all.filter((file) => LATER.test(file))))
        .replace(/__VERSION__/g, JSON.stringify(hash.digest("hex").slice(0, 16)));
    },
  };
}

/**
 * What the page loads only when somebody edits: the tree that the editor shows, packed, and the two workers that carry compilers.
 * esbuild bundles those in a second; through Vite's own bundler they took twenty. The page imports their addresses.
 */
function heavyParts(): Plugin {
  const folder = here("../dist/page");
  return {
    name: "heavy-parts",
    async buildStart() {
      mkdirSync(folder, { recursive: true });
      writeFileSync(`${folder}/sources.zip`, packShipped(readShipped(here(".."))));
      await esbuild({
        entryPoints: {
          "toolchain-worker": here("toolchain/worker.ts"),
          "language-worker": here("language/worker.ts"),
        },
        outdir: folder,
        bundle: true,
        minify: true,
        format: "esm",
        target: "es2022",
        // The compilers can also run in Node, and ask for its modules only there.
        alias: Object.fromEntries(NODE_MODULES.map((name) => [name, here("toolchain/not-node.ts")])),
        logLevel: "warning",
      });
    },
  };
}

/** The folder of a worker's entry: all of them are called worker.ts. */
const roomOf = (path: string | null) => path?.split("/").at(-2) ?? "a";

const NODE_MODULES = ["fs", "module", "path", "url", "os", "inspector", "perf_hooks", "source-map-support"].flatMap(
  (name) => [name, `node:${name}`],
);

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  base: "./",
  plugins: [heavyParts(), contentSecurityPolicy(), offlineList()],
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  worker: {
    format: "es",
    rollupOptions: { output: { entryFileNames: (chunk) => `assets/${roomOf(chunk.facadeModuleId)}-worker-[hash].js` } },
  },
  server: { fs: { allow: [here("..")] } },
  build: {
    outDir: here("../dist/lab"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    rollupOptions: {
      input: { index: here("index.html"), "service-worker": here("offline/service-worker.ts") },
      output: {
        entryFileNames: ({ name }) => (name === "service-worker" ? "service-worker.js" : "assets/[name]-[hash].js"),
      },
    },
  },
});
