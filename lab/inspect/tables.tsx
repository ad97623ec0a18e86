// The processor's tables: GDT and IDT as rows whose targets one can follow, the TSS, and the page tables as a map.

import "./inspect.css";
import { useSignal } from "@preact/signals";
import { debuggingOf, workspaceOf } from "../editor/desk.ts";
import type { Session } from "../state/session.ts";
import { type WordKey, word } from "../words/words.ts";
import { type Descriptor, descriptorsOf } from "./descriptors.ts";
import { hex, useLook } from "./look.ts";
import { Pages } from "./pages.tsx";

const KINDS = ["gdt", "idt", "tss", "pages"] as const;
type Kind = (typeof KINDS)[number];
const KIND_WORDS: Record<Kind, WordKey> = { gdt: "gdt", idt: "idt", tss: "tss", pages: "pageMap" };
/** What a machine that never loaded its table says; more than a real kernel has. */
const MOST_BYTES = 0x1000;
const TSS_BYTES = 104;
/** Of the 32-bit TSS: offset and name of what a kernel of one task uses. */
const TSS_FIELDS: readonly [offset: number, name: string][] = [
  [4, "esp0"],
  [8, "ss0"],
  [28, "cr3"],
  [32, "eip"],
  [36, "eflags"],
  [56, "esp"],
  [100, "trap, iomap"],
];

export function Tables({ session }: { session: Session }) {
  const kind = useSignal<Kind>("gdt");
  return (
    <div class="inspect tables">
      <div class="tables-bar" role="toolbar" aria-label={word("tables")}>
        {KINDS.map((one) => (
          <button
            key={one}
            type="button"
            class="chip"
            aria-pressed={one === kind.value}
            onClick={() => {
              kind.value = one;
            }}
          >
            {word(KIND_WORDS[one])}
          </button>
        ))}
      </div>
      {kind.value === "pages" ? (
        <Pages session={session} />
      ) : kind.value === "tss" ? (
        <Tss session={session} />
      ) : (
        <Rows key={kind.value} session={session} name={kind.value} />
      )}
    </div>
  );
}

function Rows({ session, name }: { session: Session; name: "gdt" | "idt" }) {
  const look = useLook(session, async () => {
    const registers = await session.client.call("registers");
    const base = registers[`${name}r.base`] ?? 0;
    const limit = registers[`${name}r.limit`] ?? 0;
    const isReal = ((registers["cr0"] ?? 0) & 1) === 0;
    const bytes = isReal
      ? new Uint8Array()
      : await session.client.call("readLinear", base, Math.min(limit + 1, MOST_BYTES));
    return { base, limit, isReal, rows: descriptorsOf(bytes) };
  });
  if (!look) return null;
  if (look.isReal) return <p class="inspect-empty">{word("noTablesYet")}</p>;
  return (
    <>
      <p class="inspect-note figure">{word("tableAt", { base: hex(look.base), limit: hex(look.limit, 4) })}</p>
      <table class="list">
        <tbody>
          {look.rows.map((row) => (
            <Entry key={row.index} session={session} row={row} isVector={name === "idt"} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function Entry({ session, row, isVector }: { session: Session; row: Descriptor; isVector: boolean }) {
  const lines = debuggingOf(session).lines.value;
  const { index, type, isPresent, dpl, base, limit, selector, offset } = row;
  const place = offset === undefined ? undefined : lines?.placeOf(offset);
  const name = offset === undefined ? undefined : lines?.functionOf(offset)?.name;
  return (
    <tr class="list-row" data-faint={!isPresent}>
      <td class="figure mono">{isVector ? hex(index, 2) : hex(index * 8, 4)}</td>
      <td>{isPresent ? type : word("notPresent", { type })}</td>
      <td class="figure">{word("ring", { ring: dpl })}</td>
      <td class="mono">
        {offset === undefined
          ? `${hex(base ?? 0)} – ${hex((base ?? 0) + (limit ?? 0))}`
          : `${hex(selector ?? 0, 4)}:${hex(offset)}`}{" "}
        {place ? (
          <button type="button" class="link" onClick={() => workspaceOf().show(place.path, place.line, place.column)}>
            {name ?? `${place.path}:${place.line}`}
          </button>
        ) : (
          name
        )}
      </td>
    </tr>
  );
}

function Tss({ session }: { session: Session }) {
  const look = useLook(session, async () => {
    const registers = await session.client.call("registers");
    const selector = registers["tr"] ?? 0;
    const base = registers["tr.base"] ?? 0;
    return { selector, base, bytes: await session.client.call("readLinear", base, TSS_BYTES) };
  });
  if (!look) return null;
  if (look.selector === 0) return <p class="inspect-empty">{word("noTss")}</p>;
  const view = new DataView(look.bytes.buffer, look.bytes.byteOffset, look.bytes.byteLength);
  return (
    <>
      <p class="inspect-note figure">{word("tssAt", { selector: hex(look.selector, 4), base: hex(look.base) })}</p>
      <dl class="registers">
        {TSS_FIELDS.map(([offset, name]) => (
          <div key={offset} class="register">
            <dt>{name}</dt>
            <dd>{hex(view.getUint32(offset, true))}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
