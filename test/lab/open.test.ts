// What is opened on the page: a person's files, the page's own systems, states, domains beside each other, and what an address says.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ARTEFACTS, isInstalled, missing, scratchDirectory } from "../support.ts";
import { type Lab, newPage, openLab, PROMPT, picture, screenText, waitForText } from "./browser.ts";

describe.skipIf(!isInstalled("chromium"))("opening", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.close());

  const open = async (page: Page, ...files: { name: string; mimeType: string; buffer: Buffer }[]) => {
    await page.locator("[data-open-files]").setInputFiles(files);
  };
  const file = (name: string, contents: string | Uint8Array) => ({
    name,
    mimeType: "application/octet-stream",
    buffer: Buffer.from(contents),
  });
  const example = async (page: Page, name: string) => {
    await page.locator('[data-command="open"]').click();
    await page.getByRole("button", { name }).click();
  };

  test("a kernel by itself, then a file that nobody can boot, and the kernel goes on", async () => {
    const { page, problems } = await newPage(lab);
    await page.goto(`${lab.url}?autostart=0`);
    await open(page, file("kernel.elf", readFileSync(ARTEFACTS.kernel)));
    await waitForText(page, PROMPT);
    await open(page, file("notes.bin", "no system at all"));
    await page.getByText("notes.bin: expected a floppy", { exact: false }).waitFor();
    await picture(page, "refused");
    await page.getByRole("button", { name: "Dismiss" }).click();
    await page.locator("[data-screen-keys]").focus();
    await page.keyboard.type("help\n");
    await waitForText(page, /list the commands/);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a CD with a boot menu from the page's examples", async () => {
    const { page, problems } = await newPage(lab);
    await page.goto(`${lab.url}?autostart=0`);
    await example(page, "grub-cd");
    await waitForText(page, /a friendly kernel/);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a CD with GRUB itself", async (context) => {
    const reason = missing("grub-mkrescue", "xorriso", "mformat");
    if (reason !== undefined) return context.skip(reason);
    const scratch = scratchDirectory("grub-iso");
    const tree = join(scratch.path, "boot/grub");
    mkdirSync(tree, { recursive: true });
    cpSync(ARTEFACTS.kernel, join(scratch.path, "boot/kernel.elf"));
    writeFileSync(join(tree, "grub.cfg"), "set timeout=0\nmenuentry MiniOS { multiboot /boot/kernel.elf }\n");
    const image = `${scratch.path}.iso`;
    execFileSync("grub-mkrescue", ["-o", image, scratch.path], { stdio: "pipe" });
    const iso = readFileSync(image);
    scratch.remove();
    rmSync(image);
    const { page, problems } = await newPage(lab);
    await page.goto(`${lab.url}?autostart=0`);
    await open(page, file("minios.iso", iso));
    await waitForText(page, PROMPT);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("two Xen domains stand beside each other", async () => {
    const { page, problems } = await newPage(lab);
    await page.goto(`${lab.url}?autostart=0`);
    await example(page, "xen-hello-ts");
    await waitForText(page, /[Hh]ello/);
    await example(page, "xen-hello-asm");
    await expect.poll(() => page.locator("[data-screen-text]").count()).toBe(2);
    await expect.poll(() => page.locator("[data-screen-text]").nth(1).textContent()).toMatch(/[Hh]ello/);
    await picture(page, "domains");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a saved state goes on where it was", async () => {
    const { page } = await newPage(lab);
    await page.goto(lab.url);
    await waitForText(page, PROMPT);
    await page.locator("[data-screen-keys]").focus();
    await page.keyboard.type("echo before\n");
    await waitForText(page, /^before$/m);
    await page.locator('[data-command="open"]').click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save state" }).click(),
    ]);
    const state = readFileSync(await download.path());
    await page.reload();
    await waitForText(page, PROMPT);
    expect(await screenText(page)).not.toContain("before");
    await open(page, file("MiniOS.state", state));
    await waitForText(page, /^before$/m);
    await page.locator('[data-command="run"]').click();
    await page.locator("[data-screen-keys]").focus();
    await page.keyboard.type("echo after\n");
    await waitForText(page, /^after$/m);
    await page.context().close();
  });

  test("in a frame of another page: the screen alone, at a click, with the memory that was asked for", async () => {
    const { page, problems } = await newPage(lab, { viewport: { width: 720, height: 460 } });
    await page.goto(`${lab.url}?layout=screen&memory=64&language=zh&theme=dark`);
    const start = page.getByRole("button", { name: "启动 MiniOS" });
    await start.waitFor();
    await picture(page, "embed-waiting");
    await start.click();
    await waitForText(page, /Memory: 6\d\d\d\d KB/);
    expect(await page.locator("header").count()).toBe(0);
    await picture(page, "embed");
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
