// Page tables as a map of two levels: 1024 squares of 4 MB, and for the chosen one its 1024 pages. A square says by its shade and its
// border what may be done there; its text says all.

import { useSignal } from "@preact/signals";
import type { Session } from "../state/session.ts";
import { word } from "../words/words.ts";
import { hex, useLook } from "./look.ts";
import { directoryOf, type PageEntry, tableOf } from "./page-map.ts";

const PG = 0x8000_0000;
const PSE = 0x10;
const PAE = 0x20;
const TABLE_BYTES = 4096;

export function Pages({ session }: { session: Session }) {
  const chosen = useSignal<number | undefined>(undefined);
  const page = useSignal<PageEntry | undefined>(undefined);
  const look = useLook(session, async () => {
    const registers = await session.client.call("registers");
    const cr3 = (registers["cr3"] ?? 0) & 0xffff_f000;
    const cr4 = registers["cr4"] ?? 0;
    const isOn = ((registers["cr0"] ?? 0) & PG) !== 0;
    if (!isOn || (cr4 & PAE) !== 0) return { isOn, isPae: (cr4 & PAE) !== 0, directory: [], table: [] };
    const directory = directoryOf(await session.client.call("readMemory", cr3 >>> 0, TABLE_BYTES), (cr4 & PSE) !== 0);
    const entry = chosen.value === undefined ? undefined : directory[chosen.value];
    const table =
      entry?.isPresent && !entry.isLarge
        ? tableOf(await session.client.call("readMemory", entry.physical, TABLE_BYTES), entry.linear)
        : [];
    return { isOn, isPae: false, directory, table };
  }, [chosen.value]);
  if (!look) return null;
  if (!look.isOn) return <p class="inspect-empty">{word("pagingOff")}</p>;
  if (look.isPae) return <p class="inspect-empty">{word("pagingPae")}</p>;
  const entry = chosen.value === undefined ? undefined : look.directory[chosen.value];
  return (
    <div class="pages">
      <figure class="page-figure">
        <figcaption>{word("directory")}</figcaption>
        <Grid
          entries={look.directory}
          chosen={chosen.value}
          choose={(one) => {
            chosen.value = one.index;
            page.value = one;
          }}
        />
      </figure>
      <figure class="page-figure">
        <figcaption>{entry ? word("tableOf", { address: hex(entry.linear) }) : word("chooseSquare")}</figcaption>
        {look.table.length > 0 && (
          <Grid
            entries={look.table}
            chosen={undefined}
            choose={(one) => {
              page.value = one;
            }}
          />
        )}
      </figure>
      <p class="inspect-note figure">{page.value ? describe(page.value) : word("pageLegend")}</p>
    </div>
  );
}

interface GridProps {
  entries: readonly PageEntry[];
  chosen: number | undefined;
  choose(entry: PageEntry): void;
}

function Grid({ entries, chosen, choose }: GridProps) {
  return (
    <div class="page-grid">
      {entries.map((entry) => (
        <button
          key={entry.index}
          type="button"
          class="page-square"
          tabIndex={entry.isPresent ? 0 : -1}
          data-kind={kindOf(entry)}
          data-accessed={entry.wasAccessed}
          data-chosen={entry.index === chosen}
          title={describe(entry)}
          aria-label={describe(entry)}
          onClick={() => choose(entry)}
        />
      ))}
    </div>
  );
}

function kindOf({ isPresent, isUser, isWritable }: PageEntry): string {
  if (!isPresent) return "none";
  return `${isUser ? "user" : "kernel"}-${isWritable ? "write" : "read"}`;
}

function describe({
  linear,
  isPresent,
  isLarge,
  isUser,
  isWritable,
  wasAccessed,
  wasWritten,
  physical,
}: PageEntry): string {
  if (!isPresent) return word("pageAbsent", { address: hex(linear) });
  const rights = `${isUser ? "U" : "S"} ${isWritable ? "RW" : "R"}${wasAccessed ? " A" : ""}${wasWritten ? " D" : ""}`;
  return word("pagePresent", {
    address: hex(linear),
    physical: hex(physical),
    rights: `${rights}${isLarge ? " 4 MB" : ""}`,
  });
}
