// What a person watches, one row each; what changed since the look before is marked.

import "./inspect.css";
import { X } from "lucide-preact";
import { useEffect, useRef } from "preact/hooks";
import { debuggingOf, workspaceOf } from "../editor/desk.ts";
import type { Session } from "../state/session.ts";
import { kept } from "../state/storage.ts";
import { word } from "../words/words.ts";
import { hex, useLook } from "./look.ts";
import { GuestReader } from "./reader.ts";
import { readWatch, Sources, type Watched } from "./watch.ts";

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

const expressions = kept("watch", ["switches", "scheduler/current"], areTexts);

export function Watch({ session }: { session: Session }) {
  const lines = debuggingOf(session).lines.value;
  const look = useLook(session, async () => {
    const registers = await session.client.call("registers");
    const reader = new GuestReader(session.client);
    const workspace = workspaceOf();
    const sources = new Sources(workspace.paths.value, (path) => workspace.textOf(path));
    return Promise.all(expressions.value.map((one) => readWatch(one, registers, reader, lines, sources)));
  }, [expressions.value, lines]);
  const before = useRef(new Map<string, number>());
  const last = useRef<readonly Watched[] | undefined>(undefined);
  useEffect(() => {
    if (!look || look === last.current) return;
    before.current = valuesOf(last.current ?? look);
    last.current = look;
  }, [look]);
  const compared = look === last.current ? before.current : valuesOf(last.current ?? []);
  return (
    <div class="inspect watch">
      <form
        class="memory-bar"
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          const text = String(new FormData(form).get("expression") ?? "").trim();
          if (text !== "" && !expressions.value.includes(text)) expressions.value = [...expressions.value, text];
          form.reset();
        }}
      >
        <input
          class="field"
          name="expression"
          aria-label={word("watchHint")}
          title={word("watchHint")}
          spellcheck={false}
        />
        <button type="submit" class="button">
          {word("watchAdd")}
        </button>
      </form>
      <table class="list">
        <tbody>
          {(look ?? []).map((one) => (
            <Row key={one.expression} watched={one} compared={compared} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ watched, compared }: { watched: Watched; compared: ReadonlyMap<string, number> }) {
  const { expression, value, variable, type, fields } = watched;
  const isChanged = (name: string, now: number) => compared.has(name) && compared.get(name) !== now;
  return (
    <tr class="list-row">
      <td class="mono" title={variable}>
        {expression}
        {type !== undefined && <span class="watch-type"> {type}</span>}
      </td>
      <td class="mono watch-value">
        {value === undefined ? (
          word("watchUnknown")
        ) : (
          <span class="byte-word" data-changed={isChanged(expression, value)}>
            {hex(value)} · {value}
          </span>
        )}
        {fields.length > 0 && (
          <span class="watch-fields">
            {fields.map(({ name, value: now }) => (
              <span key={name} class="byte-word" data-changed={isChanged(`${expression}.${name}`, now)}>
                <span class="watch-name">{name}</span> {now < 0x10000 ? now : hex(now)}
              </span>
            ))}
          </span>
        )}
      </td>
      <td>
        <button
          type="button"
          class="button button-icon"
          aria-label={word("watchRemove", { name: expression })}
          onClick={() => {
            expressions.value = expressions.value.filter((one) => one !== expression);
          }}
        >
          <X aria-hidden="true" />
        </button>
      </td>
    </tr>
  );
}

function valuesOf(watched: readonly Watched[]): Map<string, number> {
  const values = new Map<string, number>();
  for (const { expression, value, fields } of watched) {
    if (value !== undefined) values.set(expression, value);
    for (const field of fields) values.set(`${expression}.${field.name}`, field.value);
  }
  return values;
}
