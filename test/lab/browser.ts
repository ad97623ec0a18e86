// What the page's tests share: the built page on a server of static files without any header of note, and a
// browser to look at it.

import { createReadStream, existsSync, mkdirSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname, join, normalize } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { ROOT } from "../support.ts";

export const CHROMIUM = "/usr/bin/chromium";
export const PROMPT = /minios> *$/m;
/** The page lies below a path that the build knows nothing of. */
const BASE = "/some/where/";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

export interface Lab {
  url: string;
  browser: Browser;
  /** All addresses that were asked for since the start. */
  requests: string[];
  /** Those of them that there were no files for. */
  missing: string[];
  close(): Promise<void>;
}

/** Serves the built page and starts a browser. */
export async function openLab(): Promise<Lab> {
  const folder = join(ROOT, "dist/lab");
  if (!existsSync(join(folder, "index.html"))) throw new Error(`${folder}: not built; \`npm run lab:build\` makes it`);
  const requests: string[] = [];
  const missing: string[] = [];
  const server = serve(folder, requests, missing);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  return {
    url: `http://127.0.0.1:${address.port}${BASE}`,
    browser,
    requests,
    missing,
    close: async () => {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function serve(folder: string, requests: string[], missing: string[]): Server {
  return createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    requests.push(pathname);
    const inside = pathname.startsWith(BASE) ? normalize(pathname.slice(BASE.length) || "index.html") : "..";
    const file = join(folder, inside);
    if (inside.startsWith("..") || !existsSync(file) || !statSync(file).isFile()) {
      missing.push(pathname);
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "content-length": statSync(file).size,
    });
    createReadStream(file).pipe(response);
  });
}

/** A page in a context of its own, which fails the test when something goes wrong in it. */
export async function newPage(
  lab: Lab,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; problems: string[] }> {
  const context = await lab.browser.newContext({ viewport: { width: 1280, height: 720 }, locale: "en-US", ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
  });
  return { page, problems };
}

/** The text on the guest's screen. */
export async function screenText(page: Page): Promise<string> {
  return (await page.locator("[data-screen-text]").textContent()) ?? "";
}

/** Waits until the guest's screen shows something; one that does not come says what was there instead. */
export async function waitForText(page: Page, pattern: RegExp, timeout = 45_000): Promise<void> {
  try {
    await page.waitForFunction(
      ([source, flags]) =>
        new RegExp(source, flags).test(document.querySelector("[data-screen-text]")?.textContent ?? ""),
      [pattern.source, pattern.flags] as const,
      { timeout },
    );
  } catch (error) {
    const state = await page.locator("output.status").allTextContents();
    throw new Error(`${pattern} did not come; the machine: ${state.join()}; the screen:\n${await screenText(page)}`, {
      cause: error,
    });
  }
}

/** With MINIOS_PICTURES set to a folder: a picture of the page for a person to judge. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["MINIOS_PICTURES"];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
