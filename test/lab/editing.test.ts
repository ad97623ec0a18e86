// Editing on the page: changed kernels, mistakes, breakpoints and what is seen there.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isInstalled, ROOT } from "../support.ts";
import { type Lab, newPage, openLab, PROMPT, picture, waitForText } from "./browser.ts";

describe.skipIf(!isInstalled("chromium"))("editing", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.close());

  test("a changed line of the kernel boots; a mistake is shown at its place", async () => {
    const { page, problems } = await newPage(lab);
    await page.goto(lab.url);
    await waitForText(page, PROMPT);
    await openFile(page, ["kernel"], "kernel/version.ts");
    await replaceInEditor(page, /VERSION = "[^"]*"/, 'VERSION = "changed here"');
    await page.keyboard.press("Control+Enter");
    await waitForText(page, /MiniOS changed here/);
    await page.locator('[data-build="built"]').waitFor();
    await picture(page, "built");

    await replaceInEditor(page, /VERSION = "[^"]*"/, "VERSION: u32 = nothing");
    await page.keyboard.press("Control+Enter");
    const complaint = page.locator(".problem").first();
    await complaint.waitFor();
    expect(await complaint.textContent()).toMatch(/Cannot find name 'nothing'[\s\S]*kernel\/version\.ts:\d+:\d+/);
    await page.locator(".cm-lintRange-error").first().waitFor();
    await picture(page, "mistake");

    // The edit is there again at the next visit, and can be given up.
    await page.waitForTimeout(1000);
    await page.reload();
    await openFile(page, ["kernel"], "kernel/version.ts");
    await page.locator(".cm-content").getByText("nothing").waitFor();
    page.on("dialog", (dialog) => void dialog.accept());
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Everything back to the original" }).click();
    await page.locator(".cm-content").getByText("nothing").waitFor({ state: "detached" });
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a panic leads to its line", async () => {
    const { page, problems } = await newPage(lab);
    await page.goto(lab.url);
    await waitForText(page, PROMPT);
    await openFile(page, ["kernel"], "kernel/trap.ts");
    await replaceInEditor(
      page,
      /interrupt\(frame: InterruptFrame\): void \{/,
      'interrupt(frame: InterruptFrame): void { assert(false, "on purpose");',
    );
    await page.keyboard.press("Control+Enter");
    await waitForText(page, /PANIC: .*on purpose/);
    await page.locator(".panic-note .link").click();
    await page.locator(".open-file[data-active=true]").getByText("trap.ts").waitFor();
    await picture(page, "panic");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("an example is a project too: a Xen guest in TypeScript is built and runs as a domain", async () => {
    const { page, problems } = await newPage(lab);
    await page.goto(lab.url);
    await page.locator(".editor-project select").selectOption("examples/xen-hello-ts");
    await page.keyboard.press("Control+Enter");
    await waitForText(page, /Hello/);
    await picture(page, "xen");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a breakpoint in the scheduler stops the kernel there; a step goes to another line; the threads are seen", async () => {
    const { page, problems } = await newPage(lab);
    await page.goto(lab.url);
    await waitForText(page, PROMPT);
    await openFile(page, ["kernel", "thread"], "kernel/thread/scheduler.ts");
    await page.getByRole("tab", { name: "CPU" }).click();
    const source = new TextDecoder().decode(readFileSync(join(ROOT, "kernel/thread/scheduler.ts"))).split("\n");
    const line = source.findIndex((text) => /^\s+switchContext\(/.test(text)) + 1;
    await goToLine(page, line);
    await page.keyboard.press("F9");
    await page.locator(".breakpoint-gutter .breakpoint-dot").last().waitFor();
    await page.getByText("paused", { exact: true }).waitFor();
    expect(await page.locator(".stopped-line").textContent()).toContain("switchContext(");
    expect(await page.locator(".code-row[data-now=true]").count()).toBe(1);
    await picture(page, "breakpoint");

    await page.keyboard.press("F10");
    await page.waitForFunction(() => !document.querySelector(".stopped-line")?.textContent?.includes("switchContext("));
    await page.getByRole("tab", { name: "Threads" }).click();
    const threads = page.locator(".threads tbody tr");
    await threads.getByText("shell", { exact: true }).waitFor();
    await threads.getByText("shell", { exact: true }).click();
    await page.locator(".calls .call").nth(1).waitFor();
    await picture(page, "threads");
    expect(problems).toEqual([]);
    await page.context().close();
  });
});

/** Opens the folders of the tree on the way, and the file. */
async function openFile(page: Page, folders: readonly string[], path: string): Promise<void> {
  await page.locator(".tree-row").first().waitFor();
  for (const [depth] of folders.entries()) {
    const folder = page.locator(`[data-path="${folders.slice(0, depth + 1).join("/")}"]`);
    if ((await folder.getAttribute("aria-expanded")) === "false") await folder.click();
  }
  await page.locator(`[data-path="${path}"]`).click();
}

async function goToLine(page: Page, line: number): Promise<void> {
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+Home");
  for (let at = 1; at < line; at++) await page.keyboard.press("ArrowDown");
}

/** Selects the first place in the open file that matches, which is on one line, and types over it. */
async function replaceInEditor(page: Page, pattern: RegExp, text: string): Promise<void> {
  const lines = await page.locator(".cm-line").allInnerTexts();
  const line = lines.findIndex((one) => pattern.test(one));
  const found = pattern.exec(lines[line] ?? "");
  if (!found) throw new Error(`no ${pattern} in ${lines.join("\n")}`);
  await goToLine(page, line + 1);
  await page.keyboard.press("Home");
  for (let at = 0; at < found.index; at++) await page.keyboard.press("ArrowRight");
  for (let at = 0; at < found[0].length; at++) await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.insertText(text);
}
