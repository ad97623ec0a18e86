// What one boots: a sheet with the page's own systems, a person's files, and states of the machine.

import { signal, useSignalEffect } from "@preact/signals";
import { Download, FileUp, X } from "lucide-preact";
import { useRef } from "preact/hooks";
import type { Machines } from "../state/machines.ts";
import { word } from "../words/words.ts";
import { type Example, examples } from "./examples.ts";
import { fetchFile } from "./fetch.ts";
import { miniosPlan } from "./shipped.ts";
import { packState } from "./state-file.ts";
import "./files.css";

export const openDialog = signal(false);

export function OpenDialog({ machines }: { machines: Machines }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useSignalEffect(() => {
    if (openDialog.value) dialog.current?.showModal();
    else dialog.current?.close();
  });
  const close = () => {
    openDialog.value = false;
  };
  const session = machines.front.value;
  const save = async () => {
    close();
    const plan = session.plan.value;
    if (plan) download(await packState(plan, await session.client.call("save")), `${plan.name}.state`);
  };
  return (
    <dialog ref={dialog} class="sheet" aria-labelledby="open-title" onClose={close}>
      <div class="sheet-head">
        <h2 id="open-title">{word("openTitle")}</h2>
        <button type="button" class="button button-icon" aria-label={word("close")} onClick={close}>
          <X aria-hidden="true" />
        </button>
      </div>
      <div class="open-actions">
        <button type="button" class="button button-line" onClick={() => input.current?.click()}>
          <FileUp aria-hidden="true" />
          {word("openFromDisk")}
        </button>
        <button
          type="button"
          class="button button-line"
          disabled={session.status.value.state === "empty"}
          onClick={save}
        >
          <Download aria-hidden="true" />
          {word("saveState")}
        </button>
        <input
          ref={input}
          type="file"
          data-open-files=""
          multiple
          hidden
          onChange={(event) => {
            const files = [...(event.currentTarget.files ?? [])];
            event.currentTarget.value = "";
            close();
            if (files.length > 0) void machines.open(files.map((file) => ({ name: file.name, blob: file })));
          }}
        />
      </div>
      <p class="open-hint">{word("openHint")}</p>
      <ul class="open-list">
        <li>
          <button
            type="button"
            class="open-item"
            onClick={() => {
              close();
              void machines.boot([miniosPlan()]);
            }}
          >
            <span class="open-name">MiniOS</span>
            <span class="open-what">{word("exampleMinios")}</span>
          </button>
        </li>
        {examples.map((example) => (
          <li key={example.name}>
            <button
              type="button"
              class="open-item"
              onClick={() => {
                close();
                void openExample(machines, example);
              }}
            >
              <span class="open-name">{example.name}</span>
              <span class="open-what">{word(example.title)}</span>
            </button>
          </li>
        ))}
      </ul>
    </dialog>
  );
}

export async function openExample(machines: Machines, { name, url }: Example): Promise<void> {
  await machines.openFetched(async () => [await fetchFile(url, `${name}.zip`)]);
}

function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
