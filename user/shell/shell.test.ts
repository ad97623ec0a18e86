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
import { Kind, parseStatements, Statement, statementError } from "../user/shell/statements.ts";
import { evaluate } from "../user/shell/conditions.ts";
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
export function statements(line: usize): void {
  const pipelines = parseLine(fromBytes(line));
  const list = parseStatements(pipelines === null ? [] : pipelines);
  if (list === null) print(statementError == "" ? "unfinished" : "error: " + statementError);
  else print(treeOf(list));
}
function treeOf(list: Statement[]): string {
  const texts: string[] = [];
  for (let i = 0; i < list.length; i++) {
    const statement = list[i];
    const pipeline = statement.pipeline;
    let text = statement.when === When.AfterSuccess ? "&& " : statement.when === When.AfterFailure ? "|| " : "";
    if (pipeline !== null) {
      const commands: string[] = [];
      for (let k = 0; k < pipeline.commands.length; k++) {
        const command = pipeline.commands[k];
        commands.push(command.words.join(" ") + (command.output != "" ? ">" + command.output : ""));
      }
      text += commands.join("|") + (pipeline.isBackground ? "&" : "");
    } else {
      text += statement.kind === Kind.If ? "if" : statement.kind === Kind.While ? "while" : "for " + statement.name + "=" + statement.words.join(",");
      for (let k = 0; k < statement.lists.length; k++) text += "(" + treeOf(statement.lists[k]) + ")";
    }
    texts.push(text);
  }
  return texts.join("; ");
}
export function test(words: usize): void {
  const text = fromBytes(words);
  printf("%d", evaluate(text == "" ? [] : text.split(" ")));
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
    ["echo 'a", "a quote or $(( has no end"],
    ['echo "a\\"', "a quote or $(( has no end"],
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

describe("statements", () => {
  it.each<[string, string]>([
    ["a; b && c", "a; b; && c"],
    ["if a; then b; fi", "if(a)(b)"],
    ["if a && b; then c; d; else e | f; fi || g", "if(a; && b)(c; d)(e|f); || g"],
    ["if a; then b; elif c; then d; elif e; then f; else g; fi", "if(a)(b)(c)(d)(e)(f)(g)"],
    ["while a > o; do b & c; done; d", "while(a>o)(b&; c); d"],
    ["for x in 1 '2 3' *; do a $x; done", "for x=1,'2 3',*(a $x)"],
    ["for x in; do a; done", "for x=(a)"],
    ["if if a; then b; fi; then while c; do d; done; fi", "if(if(a)(b))(while(c)(d))"],
    ["false && if a; then b; fi", "false; && if(a)(b)"],
    ["echo if then 'fi'; 'if' a; done=1", "echo if then 'fi'; 'if' a; done=1"],
    ["if a;", "unfinished"],
    ["if a; then b; else", "unfinished"],
    ["while a; do if b; then c; fi", "unfinished"],
    ["for x in a b", "unfinished"],
    ["while", "unfinished"],
    ["fi", "error: fi without its beginning"],
    ["if a; do b; fi", "error: do without its beginning"],
    ["if a; then fi", "error: no command before fi"],
    ["while; do a; done", "error: no command before do"],
    ["if a; then b; fi c", "error: fi stands alone"],
    ["if a; then b; fi | c", "error: fi stands alone"],
    ["while a; do b; done > o", "error: done stands alone"],
    ["while a; do b; done &", "error: done stands alone"],
    ["if > o; then a; fi", "error: if stands alone"],
    ["for 1 in a; do b; done", "error: for NAME in WORD..."],
    ["for x of a; do b; done", "error: for NAME in WORD..."],
    ["for x in a | b; do c; done", "error: for NAME in WORD..."],
    ["for x in a; b; done", "error: no do after for"],
  ])("%j", (line, expected) => {
    expect(user.run("statements", line)).toBe(expected);
  });
});

it.each<[string, number]>([
  ["", 1],
  ["x", 0],
  ["! x", 1],
  ["-n x", 0],
  ["-z x", 1],
  ["! -z x", 0],
  ["a = a", 0],
  ["a = b", 1],
  ["a != b", 0],
  ["2 -lt 10", 0],
  ["10 -lt 2", 1],
  ["-3 -le -3", 0],
  ["-3 -gt -2", 1],
  ["4 -ge 4", 0],
  ["4 -eq 4", 0],
  ["4 -ne 4", 1],
  ["a -eq 4", 2],
  ["a ~ b", 2],
  ["-q a", 2],
  ["a = b c", 2],
  ["-e notes", 0],
  ["-f notes", 0],
  ["-d notes", 1],
  ["-d work", 0],
  ["-f work", 1],
  ["-s notes", 0],
  ["-s empty", 1],
  ["-e nothing", 1],
])("test %j gives %d", (words, status) => {
  user.files.set("notes", "x");
  user.files.set("empty", "");
  user.files.set("work/file", "");
  expect(user.run("test", words)).toBe(String(status));
});

it.each<[string, string]>([
  ["1+2*3", "7"],
  ["(1 + 2) * 3", "9"],
  ["10 / 3 - 10 % 3", "2"],
  ["8 - 3 - 2", "3"],
  ["-2 * -(3 - 5)", "-4"],
  ["N + $N", "10"],
  ["NONE + 1", "1"],
  ["1 < 2", "1"],
  ["2 <= 1", "0"],
  ["1 + 1 == 2", "1"],
  ["!(3 != 3)", "1"],
  ["4294967296 * 2", "8589934592"],
  ["(0-9223372036854775807-1) / -1", "-9223372036854775808"],
])("$((%s)) is %s", (text, value) => {
  user.run("set", "N", "5");
  expect(parsed(`echo $((${text})) "<$((${text}))>"`)).toBe(`[echo][${value}][<${value}>]`);
});

it.each<[string, string]>([
  ["echo $((1 / 0))", "division by zero"],
  ["echo $((1 +))", "$((1 +)): no number at the end"],
  ["echo $((1 2))", "$((1 2)): no operator at 2"],
  ["echo $((1 + * 2))", "$((1 + * 2)): no number at * 2"],
  ["echo $((W))", "five: not a number"],
  ["echo > $((1 % 0))", "$((1 % 0)): not the name of one file"],
  ["echo $((1 + (2)", "a quote or $(( has no end"],
  ["echo $((1)", "a quote or $(( has no end"],
])("%j is refused", (line, message) => {
  user.run("set", "W", "five");
  expect(parsed(line)).toBe(`error: ${message}`);
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
