// S-expressions of the WebAssembly text format: lists, words and strings. Strings keep their opening quote, to tell them from words.

export type Node = string | Node[];

export function fail(expected: string, found: string): never {
  throw new RangeError(`WebAssembly text: expected ${expected}, found ${found}`);
}

/** @throws RangeError */
export function parse(source: string): Node[] {
  const tokens = source.matchAll(/;;.*|\(;[\s\S]*?;\)|"((?:\\.|[^"\\])*)"|[()]|[^\s()";]+/g);
  const open: Node[][] = [[]];
  for (const [token, quoted] of tokens) {
    if (token.startsWith(";;") || token.startsWith("(;")) continue;
    if (token === "(") open.push([]);
    else if (token === ")") {
      const closed = open.pop();
      if (!closed || open.length === 0) fail("a parenthesis that opens", ")");
      open[open.length - 1].push(closed);
    } else open[open.length - 1].push(quoted === undefined ? token : `"${unquote(quoted)}`);
  }
  if (open.length !== 1) fail(")", "the end");
  return open[0];
}

function unquote(quoted: string): string {
  return quoted.replace(/\\([0-9a-f]{2}|.)/gi, (_, code: string) => {
    if (code.length === 2) return String.fromCharCode(Number.parseInt(code, 16));
    return { n: "\n", t: "\t", r: "\r" }[code] ?? code;
  });
}

export function list(node: Node): Node[] {
  return Array.isArray(node) ? node : fail("a list", node ?? "the end");
}

export function atom(node: Node | undefined): string {
  return typeof node === "string" ? node : fail("a word", node === undefined ? "the end" : `(${node[0]} …)`);
}

export function text(node: Node): string {
  const word = atom(node);
  return word.startsWith('"') ? word.slice(1) : fail("a string", word);
}

export function number(node: Node): number {
  const value = Number(atom(node));
  return Number.isInteger(value) ? value : fail("a number or a known name", atom(node));
}

export function isNamed(nodes: Node[], name: string): boolean {
  return nodes[0] === name;
}
