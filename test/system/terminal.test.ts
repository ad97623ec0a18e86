// A person at a real terminal (tmux is one): boots, types, uses history and editing keys, quits; the terminal is then as it was.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ARTEFACTS, missing, scratchDirectory, sleep } from "../support.ts";

const run = promisify(execFile);
const reason = missing("tmux");

describe.skipIf(reason)(`minios run in a terminal${reason ? ` (${reason})` : ""}`, () => {
  let scratch: { path: string; remove: () => void };

  const tmux = async (...words: string[]): Promise<string> => {
    const env = { ...process.env, TERM: "xterm-256color", LC_ALL: "C.UTF-8", TMUX: "" };
    return (await run("tmux", ["-u", "-f", "/dev/null", "-S", join(scratch.path, "tmux"), ...words], { env })).stdout;
  };
  const screen = (): Promise<string> => tmux("capture-pane", "-p");
  const type = (text: string): Promise<string> => tmux("send-keys", "-l", text);
  const key = (...names: string[]): Promise<string> => tmux("send-keys", ...names);
  const waitFor = async (pattern: RegExp, seconds = 30): Promise<string> => {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const text = await screen();
      if (pattern.test(text)) return text;
      if (Date.now() > deadline) throw new Error(`no ${pattern} in the terminal, which shows:\n${text}`);
      await sleep(30);
    }
  };
  const file = (name: string): string => readFileSync(join(scratch.path, name), "utf8");
  /** What the terminal itself is set to: alternate screen, cursor, mouse, keypad and insert modes. */
  const modes = (): Promise<string> => {
    const flags = [
      "alternate_on",
      "cursor_flag",
      "mouse_any_flag",
      "keypad_flag",
      "keypad_cursor_flag",
      "insert_flag",
      "wrap_flag",
    ];
    return tmux("display-message", "-p", flags.map((flag) => `${flag}=#{${flag}}`).join(" "));
  };

  beforeEach(async () => {
    scratch = scratchDirectory("terminal");
    await tmux("new-session", "-d", "-x", "100", "-y", "30", "env PS1='$ ' sh");
    await type(`cd '${scratch.path}'; clear; stty -a > before; echo the shell is ready`);
    await key("Enter");
    await waitFor(/^the shell is ready/m);
  });
  afterEach(async () => {
    await tmux("kill-server").catch(() => "");
    scratch.remove();
  });

  const start = async (): Promise<void> => {
    await type(
      `'${process.execPath}' '${ARTEFACTS.cli}' run -fda '${ARTEFACTS.floppy}'; echo status $? > status; stty -a > after; echo; echo back in it`,
    );
    await key("Enter");
    await waitFor(/^minios>/m);
  };
  const backInShell = async (before: string): Promise<void> => {
    expect(await waitFor(/^back in it\n\$/m)).toMatch(/^the shell is ready/m);
    await type("echo and it still works");
    await key("Enter");
    await waitFor(/^and it still works$/m);
    expect(await modes()).toBe(before);
    expect(file("after")).toBe(file("before"));
  };

  test("boots, answers, edits, quits, and leaves the terminal as it was", async () => {
    const before = await modes();
    await start();
    const text = await waitFor(/Ctrl\+\] quits/);
    expect(text).toMatch(/^MiniOS /m);
    await type("help");
    await key("Enter");
    await waitFor(/^ +shutdown +\S/m);
    await type(`echo "Hi, it's {7}"`);
    await key("Enter");
    await waitFor(/^Hi, it's \{7\}$/m);
    // The line before, with another end: Up, Backspace, and typed on.
    await key("Up");
    await waitFor(/^minios> echo "Hi, it's \{7\}"$/m);
    await key("BSpace", "BSpace", "BSpace");
    await type('8}"');
    await key("Enter");
    await waitFor(/^Hi, it's \{8\}$/m);
    await key("C-]");
    await backInShell(before);
    expect(file("status")).toBe("status 0\n");
  });

  test("leaves it as it was when it is ended by a signal", async () => {
    const before = await modes();
    await start();
    const { stdout } = await run("ps", [
      "-o",
      "pid=",
      "--ppid",
      (await tmux("display-message", "-p", "#{pane_pid}")).trim(),
    ]);
    process.kill(Number(stdout.trim()), "SIGTERM");
    await backInShell(before);
    expect(file("status")).toBe("status 143\n");
  });

  test("goes on after the window has changed its size", async () => {
    await start();
    await tmux("resize-window", "-x", "60", "-y", "20");
    await type("echo in a small window");
    await key("Enter");
    await waitFor(/^in a small window/m);
    await tmux("resize-window", "-x", "100", "-y", "30");
    await waitFor(/^MiniOS /m);
    await waitFor(/^in a small window$/m);
  });
});
