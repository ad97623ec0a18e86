// The log of ports, interrupts, exceptions and disk transfers: newest first, with what one asks for.

import "../inspect/inspect.css";
import "./devices.css";
import { useSignal } from "@preact/signals";
import type { EventKind, MachineEvent } from "../../pc/recorder.ts";
import { debuggingOf, workspaceOf } from "../editor/desk.ts";
import { hex, useLook } from "../inspect/look.ts";
import type { Session } from "../state/session.ts";
import { type WordKey, word } from "../words/words.ts";
import { exportLine, matches, textOf } from "./event-text.ts";
import { DEVICES, type DeviceName } from "./ports.ts";
import { RecordButton } from "./record-button.tsx";
import { recordingOf } from "./recording.ts";

/** More rows than anybody reads at once. */
const ROWS = 200;
const KIND_WORDS: Record<EventKind, WordKey> = {
  in: "kindIn",
  out: "kindOut",
  interrupt: "kindInterrupt",
  exception: "kindException",
  read: "kindRead",
  write: "kindWrite",
};
const KIND_MARKS: Record<EventKind, string> = {
  in: "←",
  out: "→",
  interrupt: "↯",
  exception: "!",
  read: "◁",
  write: "▶",
};
/** The kinds as one chooses them. */
const CHOICES: readonly [title: WordKey, kinds: readonly EventKind[]][] = [
  ["kindIn", ["in"]],
  ["kindOut", ["out"]],
  ["kindInterrupt", ["interrupt"]],
  ["kindException", ["exception"]],
  ["kindDisk", ["read", "write"]],
];
const ALL_KINDS: ReadonlySet<EventKind> = new Set(CHOICES.flatMap(([, kinds]) => kinds));

export function Events({ session }: { session: Session }) {
  const recording = recordingOf(session);
  const device = useSignal<DeviceName | "">("");
  const kinds = useSignal(ALL_KINDS);
  const text = useSignal("");
  const isOn = recording.isOn.value;
  useLook(session, () => recording.look(), [isOn]);
  const sourceOf = useSources(session);
  const events = recording.events.value;
  const filter = { device: device.value, kinds: kinds.value, text: text.value };
  const found = events.filter((event) => matches(event, filter, text.value === "" ? "" : sourceOf(event.linear).text));
  const save = () => {
    const lines = found.map((event) => exportLine(event, sourceOf(event.linear).text));
    const url = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "text/plain" }));
    Object.assign(document.createElement("a"), { href: url, download: "io.txt" }).click();
    URL.revokeObjectURL(url);
  };
  return (
    <div class="inspect events">
      <div class="events-bar" role="toolbar" aria-label={word("events")}>
        <RecordButton recording={recording} />
        <button type="button" class="chip" disabled={events.length === 0} onClick={() => void recording.clear()}>
          {word("clearEvents")}
        </button>
        <button type="button" class="chip" disabled={found.length === 0} onClick={save}>
          {word("exportEvents")}
        </button>
        <select
          class="field"
          aria-label={word("device")}
          value={device.value}
          onChange={({ currentTarget }) => {
            device.value = DEVICES.find((name) => name === currentTarget.value) ?? "";
          }}
        >
          <option value="">{word("allDevices")}</option>
          {DEVICES.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <input
          class="field events-filter"
          type="search"
          aria-label={word("filterText")}
          placeholder={word("filterText")}
          value={text.value}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
          }}
        />
        <fieldset class="events-kinds" aria-label={word("kindsShown")}>
          {CHOICES.map(([title, choice]) => (
            <button
              key={title}
              type="button"
              class="chip"
              aria-pressed={choice.every((kind) => kinds.value.has(kind))}
              onClick={() => {
                kinds.value = toggled(kinds.value, choice);
              }}
            >
              {word(title)}
            </button>
          ))}
        </fieldset>
      </div>
      <Rows events={found} total={events.length} isOn={isOn} sourceOf={sourceOf} />
    </div>
  );
}

function toggled(kinds: ReadonlySet<EventKind>, choice: readonly EventKind[]): ReadonlySet<EventKind> {
  const isOn = choice.every((kind) => kinds.has(kind));
  const rest = [...kinds].filter((kind) => !choice.includes(kind));
  return new Set(isOn ? rest : [...rest, ...choice]);
}

interface Source {
  /** "scheduler.ts:88", a function's name, or "". */
  text: string;
  open: (() => void) | undefined;
}

/** The source of an address, as far as it is known. */
function useSources(session: Session): (linear: number) => Source {
  const lines = debuggingOf(session).lines.value;
  return (linear) => {
    const place = lines?.placeOf(linear);
    if (!place) return { text: lines?.functionOf(linear)?.name ?? "", open: undefined };
    const text = `${place.path.slice(place.path.lastIndexOf("/") + 1)}:${place.line}`;
    return { text, open: () => workspaceOf().show(place.path, place.line, place.column) };
  };
}

interface RowsProps {
  /** Oldest first. */
  events: readonly MachineEvent[];
  /** Before they were filtered. */
  total: number;
  isOn: boolean;
  sourceOf: (linear: number) => Source;
}

function Rows({ events, total, isOn, sourceOf }: RowsProps) {
  if (total === 0) return <p class="inspect-empty">{word(isOn ? "nothingYet" : "notRecording")}</p>;
  if (events.length === 0) return <p class="inspect-empty">{word("nothingMatches", { count: total })}</p>;
  const shown = events.slice(-ROWS).reverse();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <div class="events-rows" tabIndex={0}>
      <table class="list events-list" aria-label={word("events")}>
        <thead>
          <tr>
            <th class="right">{word("eventTime")}</th>
            <th>{word("eventKind")}</th>
            <th>{word("eventPlace")}</th>
            <th>{word("eventValue")}</th>
            <th class="right">{word("eventTimes")}</th>
            <th>{word("eventSource")}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((event) => (
            <Row key={event.sequence} event={event} source={sourceOf(event.linear)} />
          ))}
        </tbody>
      </table>
      {events.length > shown.length && (
        <p class="inspect-note">{word("eventsShown", { shown: shown.length, matching: events.length })}</p>
      )}
    </div>
  );
}

function Row({ event, source }: { event: MachineEvent; source: Source }) {
  const { kind, linear, timeNs, times, instructions } = event;
  const { place, value } = textOf(event);
  return (
    <tr class="list-row">
      <td class="right figure" title={`${instructions}`}>
        {(timeNs / 1e6).toFixed(3)}
      </td>
      <td>
        <span class="event-mark" data-kind={kind} aria-hidden="true">
          {KIND_MARKS[kind]}
        </span>{" "}
        {word(KIND_WORDS[kind])}
      </td>
      <td class="mono">{place}</td>
      <td class="mono">{value}</td>
      <td class="right figure">{times > 1 ? `×${times}` : ""}</td>
      <td class="mono">
        {source.open ? (
          <button type="button" class="link" onClick={source.open}>
            {source.text}
          </button>
        ) : (
          source.text || hex(linear)
        )}
      </td>
    </tr>
  );
}
