// The page in a browser: MiniOS boots, a person types, the machine is controlled; and nothing is asked of anybody else.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isInstalled } from "../support.ts";
import { type Lab, newPage, openLab, PROMPT, picture, screenText, waitForText } from "./browser.ts";

describe.skipIf(!isInstalled("chromium"))("the lab's page", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.close());

  test("boots MiniOS, takes a command and shows its answer; once more without a network", async () => {
    const { page, problems } = await newPage(lab);
    const start = performance.now();
    await page.goto(lab.url);
    await waitForText(page, PROMPT);
    const coldMs = performance.now() - start;
    await page.locator("[data-screen-keys]").focus();
    await page.keyboard.type("echo a word from the page\n");
    await waitForText(page, /^a word from the page$/m);
    await picture(page, "boot");
    // The keyboard comes back.
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    expect(await page.evaluate(() => document.activeElement?.tagName)).not.toBe("TEXTAREA");

    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.context().setOffline(true);
    const again = performance.now();
    await page.reload();
    await waitForText(page, PROMPT);
    console.log(`to the prompt: ${coldMs.toFixed(0)} ms cold, ${(performance.now() - again).toFixed(0)} ms warm`);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("runs, pauses, steps and resets", async () => {
    const { page, problems } = await newPage(lab);
    await page.goto(lab.url);
    await waitForText(page, PROMPT);
    const state = page.locator("output.status");
    await page.locator('[data-command="run"]').click();
    await expect.poll(() => state.getAttribute("data-state")).toBe("paused");
    await page.locator('[data-command="step"]').click();
    await expect.poll(() => state.getAttribute("data-state")).toBe("paused");
    await page.locator("[data-screen-keys]").focus();
    await page.keyboard.type("echo typed while it stood\n");
    expect(await screenText(page)).not.toContain("typed");
    await page.locator('[data-command="run"]').click();
    await waitForText(page, /^typed while it stood$/m);
    await page.locator('[data-command="reset"]').click();
    await expect.poll(async () => (await screenText(page)).includes("typed")).toBe(false);
    await waitForText(page, PROMPT);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("the mouse selects text, which is copied; what is pasted is typed", async () => {
    const { page, problems } = await newPage(lab, { permissions: ["clipboard-read", "clipboard-write"] });
    await page.goto(lab.url);
    await waitForText(page, PROMPT);
    const box = await page.locator("canvas.screen-picture").first().boundingBox();
    if (!box) throw new Error("the screen is not there");
    // The first word of the first line.
    await page.mouse.dblclick(box.x + 10, box.y + box.height / 50);
    await page.keyboard.press("Control+C");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("MiniOS");
    await page.evaluate(() => navigator.clipboard.writeText("echo pasted words\n"));
    await page.keyboard.press("Control+V");
    await waitForText(page, /^pasted words$/m);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("on a phone, in the dark, in Chinese", async () => {
    const { page, problems } = await newPage(lab, {
      viewport: { width: 390, height: 844 },
      colorScheme: "dark",
      locale: "zh-CN",
      hasTouch: true,
      isMobile: true,
    });
    await page.goto(lab.url);
    await waitForText(page, PROMPT);
    await page.getByRole("button", { name: "特殊按键" }).tap();
    await page.getByRole("button", { name: "F1", exact: true }).waitFor();
    await picture(page, "phone-dark-zh");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a machine's worker that breaks down is said, and can be started again", async () => {
    const { page } = await newPage(lab, { serviceWorkers: "block" });
    let broken = true;
    await page.route(/machine-worker/, (route) =>
      broken
        ? route.fulfill({ contentType: "text/javascript", body: "throw new Error('out of order');" })
        : route.continue(),
    );
    await page.goto(lab.url);
    await page.getByText("The machine's worker stopped").waitFor();
    expect(await page.locator(".overlay-detail").textContent()).toContain("out of order");
    broken = false;
    await page.getByRole("button", { name: "Start again" }).click();
    await waitForText(page, PROMPT);
    await page.context().close();
  });

  test("the first visit's hint is put away for good; what is chosen is there again", async () => {
    const { page } = await newPage(lab, { colorScheme: "light" });
    await page.goto(lab.url);
    await page.locator(".hint button").click();
    await page.getByRole("button", { name: "中文" }).click();
    await page.getByRole("button", { name: "主题" }).click();
    await page.getByRole("button", { name: "主题" }).click();
    await waitForText(page, PROMPT);
    await page.reload();
    await waitForText(page, PROMPT);
    expect(await page.locator(".hint").count()).toBe(0);
    expect(
      await page.evaluate(() => ({ ...document.documentElement.dataset, lang: document.documentElement.lang })),
    ).toEqual({
      theme: "dark",
      lang: "zh-Hans",
    });
    await picture(page, "dark-zh");
    await page.context().close();
  });

  test("the devices are seen; what is recorded of booting has the timer's interrupts and the disk's sectors", async () => {
    const { page, problems } = await newPage(lab);
    await page.goto(lab.url);
    await waitForText(page, PROMPT);
    await page.getByRole("tab", { name: "Devices" }).click();
    await page.locator(".irq", { hasText: "COM2" }).getByText("masked").waitFor();
    expect(await page.locator(".irq").count()).toBe(16);
    await picture(page, "devices");

    await page.getByRole("toolbar", { name: "Devices" }).getByRole("button", { name: "Disks" }).click();
    await page.getByRole("button", { name: "Record" }).click();
    await page.getByRole("button", { name: "Stop" }).waitFor();
    await page.getByRole("button", { name: "Reset" }).click();
    await page.getByRole("img", { name: /^Disk A: [1-9]\d* blocks read/ }).waitFor();
    expect(await page.locator(".strip-cell[data-read=true]").count()).toBeGreaterThan(0);
    await waitForText(page, PROMPT);
    await picture(page, "disks");

    await page.getByRole("tab", { name: "I/O" }).click();
    const rows = page.locator(".events-list tbody tr");
    const interrupt = rows.getByText(/^interrupts\.ts:\d+$/);
    await interrupt.first().waitFor();
    await page.getByRole("combobox", { name: "Device" }).selectOption("floppy");
    await rows.filter({ hasText: "3f5 floppy" }).first().waitFor();
    expect(await rows.filter({ hasNotText: /floppy|read/ }).count()).toBe(0);
    await picture(page, "events");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("asks for nothing but its own files, and finds all of them", () => {
    expect(lab.requests.filter((path) => !path.startsWith(new URL(lab.url).pathname))).toEqual([]);
    expect(lab.missing).toEqual([]);
  });
});
