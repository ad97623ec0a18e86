// The package in somebody else's page: the example by a plain script, and an entry that a bundler made.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isInstalled, ROOT, scratchDirectory } from "../support.ts";
import { CHROMIUM, PROMPT } from "./browser.ts";

const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

/** Files below a folder, as any server gives them. */
function serve(folder: string): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    try {
      const file = join(folder, new URL(request.url ?? "/", "http://localhost").pathname);
      const bytes = readFileSync(file);
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      resolve({ server, url: `http://127.0.0.1:${port}` });
    });
  });
}

/** The text of `globalThis.machine`'s screen. */
const text = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { machine } = globalThis as { machine?: { screen: { text(): string[] } } };
    return machine?.screen.text().join("\n") ?? "";
  });

describe.skipIf(!isInstalled("chromium"))("the package in a page", () => {
  const scratch = scratchDirectory("library");
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  });
  afterAll(async () => {
    await browser?.close();
    scratch.remove();
  });

  test("the example, by a plain script: it boots, is typed at and draws", async () => {
    const { server, url } = await serve(ROOT);
    const page = await browser.newPage();
    await page.goto(`${url}/examples/web-page/index.html`);
    await expect.poll(() => text(page), { timeout: 30_000 }).toMatch(PROMPT);
    await page.keyboard.type("echo a page of my own\n");
    await expect.poll(() => text(page)).toMatch(/^a page of my own$/m);
    const lit = await page.evaluate(() => {
      const canvas = document.querySelector("canvas");
      const data = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return data.some((value, i) => i % 4 !== 3 && value !== 0);
    });
    expect(lit).toBe(true);
    await page.close();
    server.close();
  });

  test("by a bundler, from the package's name", async () => {
    const folder = join(ROOT, "dist/library-test");
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, "index.html"),
      `<script type="module">
        import { createMachine, Machine } from "minios";
        const machine = createMachine({ memoryBytes: 4 << 20 });
        if (!(machine instanceof Machine)) throw new Error("not a Machine");
        machine.run({ timeNs: 3e9 });
        globalThis.machine = machine;
      </script>`,
    );
    const outDir = join(scratch.path, "out");
    await build({
      root: folder,
      base: "./",
      configFile: false,
      logLevel: "error",
      build: { outDir, target: "es2022" },
    });
    const { server, url } = await serve(outDir);
    const page = await browser.newPage();
    await page.goto(`${url}/index.html`);
    // Nothing to boot from: the firmware says so.
    await expect.poll(() => text(page), { timeout: 30_000 }).toMatch(/\S/);
    await page.close();
    server.close();
  });

  test("has the same names in a page as in Node", async () => {
    const names = (file: string) =>
      [
        ...(
          /export\s*\{([^}]*)\}\s*;?\s*(\/\/.*)?\s*$/.exec(readFileSync(join(ROOT, "dist", file), "utf8"))?.[1] ?? ""
        ).split(","),
      ]
        .map((name) => name.trim().replace(/^.* as /, ""))
        .sort();
    expect(names("browser.js")).toEqual(names("index.js"));
    expect(names("index.js")).toContain("createMachine");
  });
});
