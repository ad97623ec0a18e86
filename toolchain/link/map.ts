// The map file: what ended up where, in the spirit of GNU ld's.

import * as elf from "../../formats/elf32.ts";
import type { ObjectSymbol } from "../../formats/elf32-object.ts";
import type { OutputSection } from "./placement.ts";
import type { InputSection, Resolution } from "./resolve.ts";

const NAME_WIDTH = 16;

export function makeMap(outputs: readonly OutputSection[], resolution: Resolution): string {
  const symbols = symbolsBySection(resolution);
  const lines: string[] = [];
  const discarded = resolution.sections.filter((input) => input.discarded && input.size > 0);
  if (discarded.length > 0) {
    lines.push("Discarded input sections", "");
    for (const input of discarded) lines.push(row(` ${input.section.name}`, 0, input.size, input.input.name));
    lines.push("");
  }
  lines.push("Memory map", "");
  for (const output of outputs) {
    const load = output.loadAddress !== output.address ? `load address ${address(output.loadAddress)}` : "";
    lines.push(row(output.name, output.address, output.size, load));
    for (const piece of output.pieces) {
      const at = output.address + piece.offset;
      if (piece.kind === "input" && piece.input.size > 0) {
        const { input } = piece;
        lines.push(row(` ${input.section.name}`, at, input.size, input.input.name));
        for (const { name, value } of symbols.get(input) ?? []) lines.push(symbolRow(at + value, name));
      } else if (piece.kind === "data") lines.push(row(" (data)", at, piece.size, ""));
      else if (piece.kind === "assignment" && piece.assignment.name !== ".") {
        const value = resolution.globals.get(piece.assignment.name)?.script?.address;
        if (value !== undefined) lines.push(symbolRow(value, `${piece.assignment.name} = .`));
      }
    }
    lines.push("");
  }
  const outside = [...resolution.globals.values()].filter((symbol) => symbol.script && !symbol.script.output);
  if (outside.length > 0) {
    lines.push("Symbols of the script", "");
    for (const symbol of outside) if (symbol.script) lines.push(symbolRow(symbol.script.address, symbol.name));
    lines.push("");
  }
  return lines.join("\n");
}

/** Global symbols, and local functions and objects: in a compiled program most functions are local. */
function symbolsBySection(resolution: Resolution): Map<InputSection, { name: string; value: number }[]> {
  const found = new Map<InputSection, { name: string; value: number }[]>();
  const add = ({ name, section, value }: ObjectSymbol) => {
    const input = typeof section === "string" ? undefined : resolution.inputSection(section);
    if (!input) return;
    const list = found.get(input) ?? [];
    list.push({ name, value });
    found.set(input, list);
  };
  for (const { definition, script } of resolution.globals.values()) if (definition && !script) add(definition.symbol);
  for (const { object } of resolution.inputs) {
    for (const symbol of object.symbols) {
      const isNamed = symbol.type === elf.STT_FUNC || symbol.type === elf.STT_OBJECT;
      if (symbol.binding === elf.STB_LOCAL && isNamed && symbol.name !== "") add(symbol);
    }
  }
  for (const list of found.values()) list.sort((a, b) => a.value - b.value);
  return found;
}

function row(name: string, at: number, size: number, rest: string): string {
  const start = name.length >= NAME_WIDTH ? `${name}\n${" ".repeat(NAME_WIDTH)}` : name.padEnd(NAME_WIDTH);
  return `${start}${address(at)} ${elf.hex(size).padStart(10)} ${rest}`.trimEnd();
}

function symbolRow(at: number, name: string): string {
  return `${" ".repeat(NAME_WIDTH)}${address(at)}            ${name}`;
}

function address(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, "0")}`;
}
