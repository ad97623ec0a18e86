// Memory as bytes: a page of it by linear or physical address, with what changed marked, and a search.

import "./inspect.css";
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { debuggingOf } from "../editor/desk.ts";
import type { Session } from "../state/session.ts";
import { word } from "../words/words.ts";
import { hex, useLook } from "./look.ts";

const COLUMNS = 16;
const ROWS = 24;
const PAGE = COLUMNS * ROWS;
/** Where kernels are, mostly. */
const KERNEL_START = 0x10_0000;
const SEARCH_PIECE = 1 << 20;
const SEARCH_END = 64 << 20;

export function Memory({ session }: { session: Session }) {
  const address = useSignal(KERNEL_START);
  const isPhysical = useSignal(false);
  const query = useSignal("");
  const found = useSignal("");
  const bytes = useLook(
    session,
    () => session.client.call(isPhysical.value ? "readMemory" : "readLinear", address.value, PAGE),
    [address.value, isPhysical.value],
  );
  const before = useRef<{ address: number; bytes: Uint8Array } | undefined>(undefined);
  const compared = before.current?.address === address.value ? before.current.bytes : undefined;
  if (bytes && before.current?.bytes !== bytes)
    queueMicrotask(() => (before.current = { address: address.value, bytes }));
  const go = async (text: string) => {
    const value = await addressOf(text.trim(), session);
    if (value === undefined) found.value = word("noSuchAddress");
    else {
      found.value = "";
      address.value = Math.max(0, value - (value % COLUMNS));
    }
  };
  const search = async () => {
    const pattern = patternOf(query.value);
    if (!pattern) return;
    found.value = word("searching");
    const at = await searchMemory(session, pattern, address.value + 1, isPhysical.value);
    found.value = at === undefined ? word("notFound") : word("foundAt", { address: hex(at) });
    if (at !== undefined) address.value = at - (at % COLUMNS);
  };
  return (
    <div class="inspect memory">
      <form
        class="memory-bar"
        onSubmit={(event) => {
          event.preventDefault();
          void go(String(new FormData(event.currentTarget).get("address") ?? ""));
        }}
      >
        <label>
          {word("address")}
          <input class="field field-short" name="address" placeholder="100000 · eip · esp" spellcheck={false} />
        </label>
        <label class="memory-check">
          <input
            type="checkbox"
            checked={isPhysical.value}
            onChange={(event) => {
              isPhysical.value = event.currentTarget.checked;
            }}
          />
          {word("physical")}
        </label>
        <label>
          {word("searchFor")}
          <input
            class="field field-short"
            placeholder='"MiniOS" · 55 aa'
            spellcheck={false}
            value={query.value}
            onInput={(event) => {
              query.value = event.currentTarget.value;
            }}
            onKeyDown={(event) => {
              if (event.key !== "Enter") return;
              event.preventDefault();
              void search();
            }}
          />
        </label>
        <output>{found.value}</output>
      </form>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys and wheel scroll through memory as through a text */}
      <div
        class="memory-bytes"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys need a place
        tabIndex={0}
        onWheel={(event) => {
          address.value = Math.max(0, address.value + Math.sign(event.deltaY) * COLUMNS * 3);
        }}
        onKeyDown={(event) => {
          const step = { PageDown: PAGE, PageUp: -PAGE, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
          if (step === undefined) return;
          event.preventDefault();
          address.value = Math.max(0, address.value + step);
        }}
      >
        {bytes &&
          Array.from({ length: ROWS }, (_, row) => {
            const at = row * COLUMNS;
            const line = bytes.subarray(at, at + COLUMNS);
            return (
              <div key={at} class="memory-row">
                <span class="memory-address">{hex(address.value + at)}</span>
                <span>
                  {[...line].map((byte, i) => (
                    <span key={i} class="byte" data-changed={compared !== undefined && compared[at + i] !== byte}>
                      {hex(byte, 2)}
                    </span>
                  ))}
                </span>
                <span class="memory-text">{textOf(line)}</span>
              </div>
            );
          })}
      </div>
    </div>
  );
}

/** A hexadecimal number, a register's name, a function's or a variable's. */
async function addressOf(name: string, session: Session): Promise<number | undefined> {
  const registers = await session.client.call("registers");
  if (Object.hasOwn(registers, name)) return registers[name];
  if (/^(0x)?[\da-f]{1,8}$/i.test(name)) return Number.parseInt(name, 16);
  const lines = debuggingOf(session).lines.value;
  return lines?.addressOfFunction(name) ?? lines?.addressOfData(name);
}

function textOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
}

/** Bytes in hexadecimal, or text between quotes or not. */
export function patternOf(query: string): Uint8Array | undefined {
  const text = query.trim();
  if (text === "") return undefined;
  if (/^([\da-f]{2}\s*)+$/i.test(text))
    return Uint8Array.from(text.match(/[\da-f]{2}/gi) ?? [], (two) => Number.parseInt(two, 16));
  return new TextEncoder().encode(text.replace(/^"(.*)"$/, "$1"));
}

async function searchMemory(
  { client }: Session,
  pattern: Uint8Array,
  from: number,
  isPhysical: boolean,
): Promise<number | undefined> {
  for (let base = from; base < SEARCH_END; base += SEARCH_PIECE) {
    const piece = await client.call(isPhysical ? "readMemory" : "readLinear", base, SEARCH_PIECE + pattern.length - 1);
    const at = indexOf(piece, pattern);
    if (at >= 0) return base + at;
  }
  return undefined;
}

function indexOf(bytes: Uint8Array, pattern: Uint8Array): number {
  const [first = 0] = pattern;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (pattern.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}
