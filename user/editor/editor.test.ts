import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Random } from "../../kernel/testing.ts";
import { compile, TestUser } from "../testing.ts";

const SOURCE = `
import { Document } from "../user/editor/document.ts";
import { loadDocument, saveDocument } from "../user/editor/storage.ts";
import { Direction, HEIGHT, Snake, WIDTH } from "../user/games/snake.ts";
import { fromBytes } from "../user/library/text.ts";
import { print, printf } from "../user/library/stdio.ts";

const document = new Document();
export function insert(text: usize): void { document.insert(fromBytes(text)); }
export function move(row: i32, at: i32): void { document.moveTo(row, at); }
export function key(name: i32): void {
  if (name == 0x4c) document.left();
  else if (name == 0x52) document.right();
  else if (name == 0x55) document.vertical(-1);
  else if (name == 0x44) document.vertical(1);
  else if (name == 0x48) document.home();
  else if (name == 0x45) document.end();
  else if (name == 0x0a) document.breakLine();
  else if (name == 0x08) document.removeBefore();
  else if (name == 0x7f) document.remove();
}
export function show(): void { printf("%s@%d,%d%s", document.lines.join("/"), document.row, document.at, document.isChanged ? "*" : ""); }
export function find(text: usize): void { printf("%d", document.find(fromBytes(text)) ? 1 : 0); }
export function shown(): void { print(Document.shown(document.line)); }
export function load_(path: usize): void { printf("%d", loadDocument(document, fromBytes(path))); }
export function save(path: usize): void { printf("%d", saveDocument(document, fromBytes(path))); }

let snake = new Snake(0);
export function newSnake(random: u32): void { snake = new Snake(random); printf("%d %d %d %d", snake.length, snake.partAt(snake.length - 1), snake.food, WIDTH * HEIGHT); }
export function turn(direction: i32): void { snake.turn(direction as Direction); }
export function step(random: u32): void { printf("%d %d %d %d %d %d", snake.step(random), snake.added, snake.removed, snake.food, snake.length, snake.score); }
`;

let module: WebAssembly.Module;
let user: TestUser;
beforeAll(async () => {
  module = await compile(SOURCE);
});
beforeEach(() => {
  user = new TestUser(module);
});

/** Keys by letter: Left Right Up Down Home End, "\n", "\b", "\x7f" (Delete); other characters are typed. */
function press(keys: string): string {
  for (const key of keys) {
    if (/[LRUDHE\n\b\x7f]/.test(key)) user.run("key", key.charCodeAt(0));
    else user.run("insert", key);
  }
  return user.run("show");
}

describe("the editor's text", () => {
  it.each<[string, string]>([
    ["abc", "abc@0,3*"],
    ["abcLLx", "axbc@0,2*"],
    ["ab\ncd", "ab/cd@1,2*"],
    ["abcdLL\n", "ab/cd@1,0*"],
    ["ab\ncdH\b", "abcd@0,2*"],
    ["ab\ncdUE\x7f", "abcd@0,2*"],
    ["\b\x7fLU", "@0,0"],
    ["abH\b", "ab@0,0*"],
    ["ab\x7f", "ab@0,2*"],
    ["abcd\nx\nefghUU", "abcd/x/efgh@0,4*"],
    ["abcd\nx\nefghU", "abcd/x/efgh@1,1*"],
    ["ab\ncdHL", "ab/cd@0,2*"],
    ["ab\ncdUER", "ab/cd@1,0*"],
    ["a\nb\ncUU\n", "a//b/c@1,0*"],
  ])("%j", (keys, expected) => {
    expect(press(keys)).toBe(expected);
  });

  it("is what a plain model says after any keys", () => {
    const random = new Random(11);
    let text = "";
    let at = 0;
    for (let i = 0; i < 1500; i++) {
      const key = random.pick(["a", "b", "L", "R", "\n", "\b", "\x7f", "H"]);
      if (key === "L") at = Math.max(at - 1, 0);
      else if (key === "R") at = Math.min(at + 1, text.length);
      else if (key === "H") at = text.slice(0, at).lastIndexOf("\n") + 1;
      else if (key === "\b") {
        text = text.slice(0, Math.max(at - 1, 0)) + text.slice(at);
        at = Math.max(at - 1, 0);
      } else if (key === "\x7f") text = text.slice(0, at) + text.slice(at + 1);
      else {
        text = text.slice(0, at) + key + text.slice(at);
        at++;
      }
      const before = text.slice(0, at).split("\n");
      const expected = `${text.replaceAll("\n", "/")}@${before.length - 1},${before.at(-1)?.length}`;
      expect(press(key).replace("*", "")).toBe(expected);
    }
  });

  it("is found from the cursor on, and around the end", () => {
    press("one two\ntwo\nthree");
    user.run("move", 0, 0);
    expect(user.run("find", "two")).toBe("1");
    expect(press("")).toContain("@0,4");
    user.run("find", "two");
    expect(press("")).toContain("@1,0");
    user.run("find", "two");
    expect(press("")).toContain("@0,4");
    expect(user.run("find", "four")).toBe("0");
  });

  it("shows tabs as blanks and strange bytes as question marks", () => {
    press("a\tb\x01");
    expect(user.run("shown")).toBe("a       b?");
  });
});

describe("the editor's files", () => {
  it.each(["", "one\n", "one\ntwo\n", "\n\n", "bytes \xff\x01\r\n", `${"long ".repeat(2000)}\nend\n`])(
    "come out as they went in: %j",
    (content) => {
      user.files.set("/f", content);
      expect(user.run("load_", "/f")).toBe("0");
      expect(user.run("save", "/g")).toBe(String(content.length));
      expect(user.files.get("/g")).toBe(content);
    },
  );

  it("get an end for their last line; one that is not there is empty", () => {
    user.files.set("/f", "no end");
    user.run("load_", "/f");
    user.run("save", "/f");
    expect(user.files.get("/f")).toBe("no end\n");
    expect(user.run("load_", "/none")).toBe("0");
    user.files.set("/large", "x".repeat(300_000));
    expect(user.run("load_", "/large")).toBe("-27");
  });
});

describe("snake", () => {
  const [UP, RIGHT, DOWN, LEFT] = [0, 1, 2, 3];
  const [MOVED, ATE, DIED] = [0, 1, 2];
  const step = (random = 0): number[] => user.run("step", random).split(" ").map(Number);

  it("moves, eats, grows, and dies at the border", () => {
    const [length = 0, head = 0, , places = 0] = user.run("newSnake", 0).split(" ").map(Number);
    expect(length).toBe(4);
    // The food lies two places before its head.
    user.run("newSnake", head + 2);
    expect(step()).toEqual([MOVED, head + 1, head - 3, head + 2, 4, 0]);
    expect(step(places + 5)).toEqual([ATE, head + 2, -1, 5, 5, 1]);
    let last = MOVED;
    for (let i = 0; i < 100 && last === MOVED; i++) last = step()[0] ?? -1;
    expect(last).toBe(DIED);
  });

  it("does not turn back into itself, but dies when it bites itself", () => {
    const [, head = 0] = user.run("newSnake", 0).split(" ").map(Number);
    user.run("turn", LEFT);
    expect(step()[1]).toBe(head + 1);
    // Food on the way makes it five long: long enough to bite itself in a circle.
    user.run("newSnake", head + 1);
    expect(step()[0]).toBe(ATE);
    const turns = [DOWN, LEFT, UP].map((direction) => {
      user.run("turn", direction);
      return step()[0];
    });
    expect(turns).toEqual([MOVED, MOVED, DIED]);
    user.run("turn", RIGHT);
  });
});
