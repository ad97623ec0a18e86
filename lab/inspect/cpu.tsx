// The processor: registers with what changed since the last stop, flags by name, and the code around EIP with its source lines.

import "./inspect.css";
import { useEffect, useRef } from "preact/hooks";
import { disassemble } from "../../isa/disassemble.ts";
import { debuggingOf, workspaceOf } from "../editor/desk.ts";
import type { Session } from "../state/session.ts";
import { word } from "../words/words.ts";
import { hex, useLook } from "./look.ts";

const GENERAL = ["eax", "ebx", "ecx", "edx", "esi", "edi", "ebp", "esp"];
const SEGMENTS = ["cs", "ss", "ds", "es", "fs", "gs", "tr", "ldtr"];
const CONTROL = ["cr0", "cr2", "cr3", "cr4"];
const FLAGS: readonly [bit: number, name: string][] = [
  [0, "CF"],
  [2, "PF"],
  [4, "AF"],
  [6, "ZF"],
  [7, "SF"],
  [8, "TF"],
  [9, "IF"],
  [10, "DF"],
  [11, "OF"],
  [14, "NT"],
  [16, "RF"],
  [17, "VM"],
  [18, "AC"],
];
const PE = 1;
const VM = 1 << 17;
/** D in a segment's attributes: 32-bit code. */
const DEFAULT_32 = 1 << 14;
const BEFORE = 48;
const AFTER = 112;
const ROWS_BEFORE = 8;
const ROWS = 28;

type Registers = Record<string, number>;

interface Look {
  registers: Registers;
  /** Where `code` starts. */
  start: number;
  code: Uint8Array;
  /** Linear address of the next instruction. */
  now: number;
}

export function Cpu({ session }: { session: Session }) {
  const look = useLook(session, async (): Promise<Look> => {
    const registers = await session.client.call("registers");
    const now = (register(registers, "cs.base") + register(registers, "eip")) >>> 0;
    const start = Math.max(0, now - BEFORE);
    return { registers, now, start, code: await session.client.call("readLinear", start, now - start + AFTER) };
  });
  const before = useRef<Registers>({});
  const last = useRef<Registers>({});
  useEffect(() => {
    if (!look || look.registers === last.current) return;
    before.current = last.current;
    last.current = look.registers;
  }, [look]);
  if (!look) return <p class="inspect-empty">{word("noMachineYet")}</p>;
  const { registers } = look;
  const compared = look.registers === last.current ? before.current : last.current;
  const cell = (name: string, digits = 8) => (
    <Register key={name} name={name} value={register(registers, name)} before={compared[name]} digits={digits} />
  );
  const flags = register(registers, "eflags");
  return (
    <div class="inspect cpu">
      <div class="cpu-registers">
        <dl class="registers">{GENERAL.map((name) => cell(name))}</dl>
        <dl class="registers">
          {cell("eip")}
          {cell("eflags")}
        </dl>
        <p class="flags">
          {FLAGS.map(([bit, name]) => (
            <span key={name} class="flag" data-set={((flags >>> bit) & 1) === 1}>
              {name}
            </span>
          ))}
          <span class="flag" data-set={true}>
            IOPL {(flags >>> 12) & 3}
          </span>
        </p>
        <dl class="registers registers-short">{SEGMENTS.map((name) => cell(name, 4))}</dl>
        <dl class="registers">{CONTROL.map((name) => cell(name))}</dl>
        <p class="cpu-mode">{word("cpuMode", { mode: modeOf(registers), ring: register(registers, "cpl") })}</p>
      </div>
      <Code session={session} look={look} />
    </div>
  );
}

function register(registers: Registers, name: string): number {
  return registers[name] ?? 0;
}

function modeOf(registers: Registers): string {
  if ((register(registers, "cr0") & PE) === 0) return word("modeReal");
  if ((register(registers, "eflags") & VM) !== 0) return word("modeVirtual");
  return word(is32(registers) ? "modeProtected32" : "modeProtected16");
}

function is32(registers: Registers): boolean {
  const isProtected = (register(registers, "cr0") & PE) !== 0 && (register(registers, "eflags") & VM) === 0;
  return isProtected && (register(registers, "cs.attributes") & DEFAULT_32) !== 0;
}

interface RegisterProps {
  name: string;
  value: number;
  before: number | undefined;
  digits: number;
}

function Register({ name, value, before, digits }: RegisterProps) {
  const isChanged = before !== undefined && before !== value;
  return (
    <div class="register" data-changed={isChanged}>
      <dt>{name}</dt>
      <dd title={isChanged ? word("was", { value: hex(before ?? 0, digits) }) : `${value >>> 0}`}>
        {hex(value, digits)}
      </dd>
    </div>
  );
}

interface Row {
  address: number;
  bytes: string;
  text: string;
}

function Code({ session, look }: { session: Session; look: Look }) {
  const debugging = debuggingOf(session);
  const lines = debugging.lines.value;
  const symbolize = (address: number) => {
    const found = lines?.functionOf(address >>> 0);
    return found && (found.offset === 0 ? found.name : `${found.name}+0x${found.offset.toString(16)}`);
  };
  const rows = rowsOf(look, symbolize);
  let place = "";
  return (
    <table class="code-table" aria-label={word("disassembly")}>
      <tbody>
        {rows.map(({ address, bytes, text }) => {
          const found = lines?.placeOf(address);
          const here = found ? `${found.path}:${found.line}` : "";
          const isNew = here !== place && here !== "";
          place = here;
          return (
            <>
              {isNew && found && (
                <tr key={`line-${address}`} class="code-source">
                  <td colSpan={3}>
                    <button
                      type="button"
                      class="code-line"
                      onClick={() => workspaceOf().show(found.path, found.line, found.column)}
                    >
                      <span class="code-place">{`${found.path.slice(found.path.lastIndexOf("/") + 1)}:${found.line}`}</span>
                      <span class="code-text">{sourceLine(found.path, found.line)}</span>
                    </button>
                  </td>
                </tr>
              )}
              <tr key={address} class="code-row" data-now={address === look.now}>
                <td class="code-address">
                  {address === look.now && <span class="unseen">{word("nextInstruction")}</span>}
                  <button
                    type="button"
                    class="code-stop"
                    aria-pressed={debugging.isBreakpoint(address)}
                    title={word("breakpointHere")}
                    onClick={() => debugging.toggleInstruction(address)}
                  >
                    <span class="code-dot" aria-hidden="true" />
                    {hex(address)}
                  </button>
                </td>
                <td class="code-bytes">{bytes}</td>
                <td>{text}</td>
              </tr>
            </>
          );
        })}
      </tbody>
    </table>
  );
}

function sourceLine(path: string, line: number): string {
  return workspaceOf().textOf(path)?.split("\n")[line - 1]?.trim() ?? "";
}

/** Instructions from a little before the next one. Where to start among bytes is a guess: the one that meets the next instruction. */
export function rowsOf(
  { registers, start, code, now }: Look,
  symbolize: (address: number) => string | undefined,
): Row[] {
  const bits = is32(registers) ? 32 : 16;
  const from = (first: number) => {
    const rows: Row[] = [];
    for (let at = first; at < code.length && rows.length < ROWS + ROWS_BEFORE; ) {
      const address = (start + at) >>> 0;
      const { text, length } = disassemble(code, at, bits, { syntax: "intel", address, symbolize });
      const bytes = [...code.subarray(at, at + length)].map((byte) => hex(byte, 2)).join(" ");
      rows.push({ address, bytes, text });
      at += length;
    }
    return rows;
  };
  for (let first = 0; first < now - start; first++) {
    const rows = from(first);
    const at = rows.findIndex(({ address }) => address === now);
    if (at >= 0) return rows.slice(Math.max(0, at - ROWS_BEFORE)).slice(0, ROWS);
  }
  return from(now - start).slice(0, ROWS);
}
