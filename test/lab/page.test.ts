// The page in a browser: MiniOS boots, a person types, the machine is controlled.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isInstalled } from "../support.ts";
import { type Lab, newPage, openLab, picture, screenText, waitForText } from "./browser.ts";

const PROMPT = /minios> *$/m;

describe.skipIf(!isInstalled("chromium"))("the lab's page", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.close());

  test("boots MiniOS, takes a command and shows its answer", async () => {
    const { page, problems } = await newPage(lab);
    const start = performance.now();
    await page.goto(lab.url);
    await waitForText(page, PROMPT);
    const coldMs = performance.now() - start;
    await page.locator("[data-screen-keys]").focus();
    await page.keyboard.type("echo a word from the page\n");
    await waitForText(page, /^a word from the page$/m);
    await picture(page, "boot");

    await page.locator('[data-command="run"]').click();
    await page.getByText("paused", { exact: true }).waitFor();
    expect(problems).toEqual([]);

    const again = performance.now();
    await page.reload();
    await waitForText(page, PROMPT);
    console.log(`to the prompt: ${coldMs.toFixed(0)} ms cold, ${(performance.now() - again).toFixed(0)} ms warm`);
    expect(await screenText(page)).toContain("MiniOS");
    await page.context().close();
  });
});
