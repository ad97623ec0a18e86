// Finds the contracts of the kernel and the user library in their sources, and writes each with a switch: `isBroken(n)`, true while
// contract n is taken out, and asked only where the contract would hold somebody up. So a whole source, with all its switches, is
// compiled once, and whoever sets a switch breaks one contract.
//
//   assert(c, "…"), check(c, …)      assert((c) ? true : isBroken(n), "…"); each part of c && c is a contract
//   if (c) return -EINVAL            if ((c) ? !isBroken(n) : false) return -EINVAL; each part of c || c is one
//   any other -EINVAL as a result    (isBroken(n) ? 0 : -EINVAL)
//
// A part that tests for null can't be wrapped, because the compiler learns from it that what follows is not null: there the
// refusal's result becomes 0.

import type {
  BinaryExpression,
  BlockStatement,
  CallExpression,
  IfStatement,
  Node,
  ParenthesizedExpression,
  ReturnStatement,
  UnaryPrefixExpression,
} from "assemblyscript";
import * as assemblyscript from "assemblyscript";

// Its types declare these as constants that a compiler must put in, but they are there.
const { NodeKind, Token } = assemblyscript as unknown as Record<"NodeKind" | "Token", Record<string, number>>;
const { newOptions, newProgram, parse } = assemblyscript;

export interface Contract {
  /** From the repository's root. */
  file: string;
  line: number;
  /** The condition that must hold, or that is refused, or the error number. */
  text: string;
  kind: "assertion" | "refusal";
}

/** The file that declares `isBroken`, from the repository's root. */
export const SWITCH_FILE = "kernel/contract-switch.ts";
const SWITCH = "isBroken";
/** Functions whose first argument must hold. */
const ASSERTIONS = new Set(["assert", "check"]);
const ERROR_NUMBER = /^-E[A-Z0-9]{2,}$/;
const COMPARISONS = new Set([
  Token.Equals_Equals,
  Token.Equals_Equals_Equals,
  Token.Exclamation_Equals,
  Token.Exclamation_Equals_Equals,
]);

/** Rewrites the source of `file`; its contracts get numbers from `first` on, in the order of the result. */
export function addSwitches(file: string, source: string, first: number): { text: string; contracts: Contract[] } {
  const contracts: Contract[] = [];
  const edits: { at: number; text: string; order: number }[] = [];
  const textOf = (node: Node) => source.slice(node.range.start, node.range.end);

  const add = (node: Node, text: string, kind: Contract["kind"]): number => {
    const line = source.slice(0, node.range.start).split("\n").length;
    contracts.push({ file, line, text: text.replace(/\s+/g, " "), kind });
    return first + contracts.length - 1;
  };
  // Of two that start at the same place the outer comes first, and ends last.
  const wrap = (node: Node, before: string, after: string) => {
    edits.push({ at: node.range.start, text: before, order: edits.length });
    edits.push({ at: node.range.end, text: after, order: -edits.length });
  };
  const testsNull = (node: Node) => /[!=]== null\b/.test(textOf(node));

  /** The operands of a chain of `&&` or `||`. */
  const partsOf = (condition: Node, operator: number): Node[] => {
    const inner = isKind<ParenthesizedExpression>(condition, NodeKind.Parenthesized) ? condition.expression : condition;
    if (isKind<BinaryExpression>(inner, NodeKind.Binary) && inner.operator === operator)
      return [...partsOf(inner.left, operator), ...partsOf(inner.right, operator)];
    return [condition];
  };
  const isErrorNumber = (node: Node) =>
    isKind<UnaryPrefixExpression>(node, NodeKind.UnaryPrefix) && ERROR_NUMBER.test(textOf(node));
  /** Whether a statement does nothing but return an error number, whatever is called with it on the way. */
  const isOneRefusal = (statement: Node): boolean => {
    if (isKind<BlockStatement>(statement, NodeKind.Block))
      return statement.statements.length === 1 && isOneRefusal(statement.statements[0]);
    if (!isKind<ReturnStatement>(statement, NodeKind.Return) || !statement.value) return false;
    if (isErrorNumber(statement.value)) return true;
    return isKind<CallExpression>(statement.value, NodeKind.Call) && statement.value.args.some(isErrorNumber);
  };

  const visit = (node: Node): void => {
    if (isKind<CallExpression>(node, NodeKind.Call) && ASSERTIONS.has(textOf(node.expression))) {
      const [condition] = node.args;
      if (/^["']/.test(textOf(condition))) return; // a function of another meaning, whose first argument is a name
      const all = partsOf(condition, Token.Ampersand_Ampersand);
      // One part may need what another has learned.
      for (const part of all.some(testsNull) ? [condition] : all)
        wrap(part, "((", `) ? true : ${SWITCH}(${add(part, textOf(part), "assertion")}))`);
    } else if (isKind<IfStatement>(node, NodeKind.If) && !node.ifFalse && isOneRefusal(node.ifTrue)) {
      const parts = partsOf(node.condition, Token.Bar_Bar);
      for (const part of parts) {
        if (testsNull(part)) continue;
        wrap(part, "((", `) ? !${SWITCH}(${add(part, textOf(part), "refusal")}) : false)`);
      }
      if (!parts.some(testsNull)) return;
      visit(node.ifTrue);
      return;
    } else if (isErrorNumber(node)) {
      wrap(
        node,
        `(${SWITCH}(${add(node, source.slice(lineStart(source, node), lineEnd(source, node)).trim(), "refusal")}) ? 0 : `,
        ")",
      );
    }
    const isComparison = isKind<BinaryExpression>(node, NodeKind.Binary) && COMPARISONS.has(node.operator);
    for (const child of childrenOf(node)) if (!isComparison || !isErrorNumber(child)) visit(child);
  };

  const program = newProgram(newOptions());
  parse(program, source, file, true);
  const root = program.sources.find(({ normalizedPath }) => normalizedPath === file);
  if (root === undefined || program.diagnostics.length > 0) throw new SyntaxError(`${file} can't be parsed`);
  visit(root);

  let text = source;
  for (const { at, text: added } of edits.sort((a, b) => b.at - a.at || b.order - a.order))
    text = text.slice(0, at) + added + text.slice(at);
  if (contracts.length > 0) text = `import { ${SWITCH} } from "${pathTo(file)}"; ${text}`;
  return { text, contracts };
}

/** The source of SWITCH_FILE: `address` has a word with the broken contract's number + 1, and then a byte for each that was asked for. */
export function switchSource(address: number): string {
  return `export function ${SWITCH}(number: u32): bool {
  store<u8>(${address + 4} + number, 1);
  return load<u32>(${address}) == number + 1;
}
`;
}

const lineStart = (source: string, { range }: Node) => source.lastIndexOf("\n", range.start) + 1;
const lineEnd = (source: string, { range }: Node) => source.indexOf("\n", range.end);

function pathTo(file: string): string {
  return "../".repeat(file.split("/").length - 1) + SWITCH_FILE;
}

function isKind<T extends Node>(node: Node, kind: number): node is T {
  return node.kind === kind;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "kind" in value && "range" in value;
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flat().filter(isNode);
}
