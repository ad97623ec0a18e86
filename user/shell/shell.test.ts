import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compile, TestUser } from "../testing.ts";

const SOURCE = `
import { complete } from "../user/shell/completion.ts";
import { History } from "../user/shell/history.ts";
import { matches } from "../user/shell/pattern.ts";
import { parseLine, syntaxError, When } from "../user/shell/syntax.ts";
import { assignedName, setVariable } from "../user/shell/variables.ts";
import { BUILTINS } from "../user/shell/builtinNames.ts";
import { fromBytes } from "../user/library/text.ts";
import { print, printf } from "../user/library/stdio.ts";

export function set(name: usize, value: usize): void { setVariable(fromBytes(name), fromBytes(value)); }
export function assigned(word: usize): void { print(assignedName(fromBytes(word))); }
export function match(text: usize, pattern: usize): void { printf("%d", matches(fromBytes(text), fromBytes(pattern)) ? 1 : 0); }
export function builtins(): void { print(BUILTINS.join(" ")); }
export function parse(line: usize): void {
  const pipelines = parseLine(fromBytes(line));
  if (pipelines === null) {
    print("error: " + syntaxError);
    return;
  }
  for (let i = 0; i < pipelines.length; i++) {
    const pipeline = pipelines[i];
    print(pipeline.when === When.AfterSuccess ? "&& " : pipeline.when === When.AfterFailure ? "|| " : "");
    for (let k = 0; k < pipeline.commands.length; k++) {
      const command = pipeline.commands[k].expanded();
      if (command === null) {
        print("error: " + syntaxError);
        return;
      }
      if (k > 0) print(" | ");
      print("[" + command.words.join("][") + "]");
      if (command.input != "") print("<" + command.input);
      if (command.output != "") print((command.isAppended ? ">>" : ">") + command.output);
      if (command.error != "") print("2>" + command.error);
      if (command.joinsError) print("2>&1");
    }
    print(pipeline.isBackground ? " &\\n" : "\\n");
  }
}
export function completion(before: usize): void {
  const found = complete(fromBytes(before));
  print("+" + found.added + "+" + found.choices.join(","));
}
const history = new History();
export function add(line: usize): void { history.add(fromBytes(line)); }
export function start(): void { history.rewind(); }
export function up(shown: usize): void { print(history.previous(fromBytes(shown))); }
export function down(shown: usize): void { print(history.next(fromBytes(shown))); }
export function count(): void { printf("%d", history.lines.length); }
`;

let module: WebAssembly.Module;
let user: TestUser;
beforeAll(async () => {
  module = await compile(SOURCE);
});
beforeEach(() => {
  user = new TestUser(module);
});

const parsed = (line: string): string => user.run("parse", line).trimEnd();

describe("a line", () => {
  it.each<[string, string]>([
    ["", ""],
    ["  # all comment", ""],
    ["ls", "[ls]"],
    ["ls -l  a", "[ls][-l][a]"],
    ["a;b", "[a]\n[b]"],
    ["a;", "[a]"],
    ["a & b", "[a] &\n[b]"],
    ["a && b || c", "[a]\n&& [b]\n|| [c]"],
    ["a|b | c", "[a] | [b] | [c]"],
    ["a <i >o 2>e", "[a]<i>o2>e"],
    ["a>>o", "[a]>>o"],
    ["a > o 2>&1", "[a]>o2>&1"],
    ["a2>b", "[a2]>b"],
    ["echo a#b # c", "[echo][a#b]"],
    ["'a b'\"c d\"e\\ f", "[a bc de f]"],
    ["echo '' \"\"", "[echo][][]"],
    ["echo 'a;b|c&d>e'", "[echo][a;b|c&d>e]"],
    ["echo \"it's\" '\"'", "[echo][it's][\"]"],
    ["echo \\", "[echo]"],
  ])("%j", (line, expected) => {
    expect(parsed(line)).toBe(expected);
  });

  it.each<[string, string]>([
    ["echo 'a", "a quote has no end"],
    ['echo "a\\"', "a quote has no end"],
    ["| a", "no command beside |"],
    ["a |", "no command beside |"],
    ["a | ; b", "no command beside |"],
    ["&& a", "no command before &&"],
    ["& a", "no command before &"],
    ["a &&", "no command at the end"],
    ["a || ; b", "no command at the end"],
    ["a >", "no file after >"],
    ["a < | b", "no file after <"],
    ["> a", "a redirection without a command"],
  ])("refuses %j", (line, message) => {
    expect(parsed(line)).toBe(`error: ${message}`);
  });
});

describe("words", () => {
  it("have the values of variables", () => {
    user.run("set", "A", "one two");
    user.run("set", "?", "7");
    expect(parsed("echo $A \"$A\" '$A' \\$A x$A.y $ $B z$B")).toBe(
      "[echo][one two][one two][$A][$A][xone two.y][$][z]",
    );
    expect(parsed("echo $? $A_ $1")).toBe("[echo][7]");
  });

  it("become the files that they match, in order", () => {
    for (const path of ["b.txt", "a.txt", ".hidden", "dir/c.txt", "star*"]) user.files.set(path, "");
    expect(parsed("ls *.txt")).toBe("[ls][a.txt][b.txt]");
    expect(parsed("ls *")).toBe("[ls][a.txt][b.txt][dir][star*]");
    expect(parsed("ls .h*")).toBe("[ls][.hidden]");
    expect(parsed("ls dir/?.txt")).toBe("[ls][dir/c.txt]");
    expect(parsed("ls star\\*")).toBe("[ls][star*]");
    expect(parsed("ls '*' \"?\" nothing*")).toBe("[ls][*][?][nothing*]");
    expect(parsed("ls > *.txt")).toBe("error: *.txt: not the name of one file");
    expect(parsed("ls > dir/*")).toBe("[ls]>dir/c.txt");
  });

  it.each<[string, string]>([
    ["A=1", "A"],
    ["a_1=x=y", "a_1"],
    ["1a=x", ""],
    ["=x", ""],
    ["a-b=x", ""],
    ["plain", ""],
  ])("%j assigns to %j", (word, name) => {
    expect(user.run("assigned", word)).toBe(name);
  });
});

it.each<[string, string, boolean]>([
  ["abc", "abc", true],
  ["abc", "ab", false],
  ["abc", "a*c", true],
  ["abc", "*", true],
  ["", "*", true],
  ["", "?", false],
  ["abc", "???", true],
  ["abcbc", "a*bc", true],
  ["aXbYc", "a*b*c", true],
  ["abc", "a*d", false],
  ["a*c", "a\\*c", true],
  ["abc", "a\\*c", false],
])("%j matches %j: %s", (text, pattern, expected) => {
  expect(user.run("match", text, pattern)).toBe(expected ? "1" : "0");
});

describe("Tab", () => {
  beforeEach(() => {
    for (const name of ["cat", "clear", "cp", "echo"]) user.files.set(`/bin/${name}`, "");
    for (const name of ["notes.txt", "notebook", "work/deep/file", ".profile"]) user.files.set(name, "");
  });

  it.each<[string, string]>([
    ["ec", "+ho +echo"],
    ["c", "++cat,cd,clear,cp"],
    ["ca", "+t +cat"],
    ["zz", "++"],
    ["cat not", "+e+notebook,notes.txt"],
    ["cat notes", "+.txt +notes.txt"],
    ["cat wo", "+rk/+work"],
    ["cat work/d", "+eep/+deep"],
    ["cat work/deep/", "+file +file"],
    ["ls | ec", "+ho +echo"],
    ["ls; ec", "+ho +echo"],
    ["ls > noteb", "+ook +notebook"],
    ["cat .p", "+rofile +.profile"],
  ])("after %j", (before, expected) => {
    expect(user.run("completion", before)).toBe(expected);
  });
});

it("the history keeps a hundred lines, not twice the same, and the line being written", () => {
  for (const line of ["one", "two", "two", "", "three"]) user.run("add", line);
  expect(user.run("count")).toBe("3");
  user.run("start");
  expect(user.run("up", "draft")).toBe("three");
  expect(user.run("up", "three")).toBe("two");
  expect(user.run("up", "two")).toBe("one");
  expect(user.run("up", "one")).toBe("one");
  expect(user.run("down", "one")).toBe("two");
  expect(user.run("down", "two")).toBe("three");
  expect(user.run("down", "three")).toBe("draft");
  expect(user.run("down", "draft")).toBe("draft");
  for (let i = 0; i < 150; i++) user.run("add", `line ${i}`);
  expect(user.run("count")).toBe("100");
});

it("/etc/help has a line for every program and every command of the shell's own, and no others", () => {
  const folder = join(import.meta.dirname, "..");
  const programs = readdirSync(join(folder, "programs"))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => name.slice(0, -3));
  const described = readFileSync(join(folder, "root/etc/help"), "utf8")
    .split("\n")
    .filter((line) => line.includes(" | "))
    .map((line) => line.split(" | ", 1)[0]);
  expect([...described].sort()).toEqual([...programs, ...user.run("builtins").split(" ")].sort());
});
