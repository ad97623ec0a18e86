// What one does seldom with files, behind one button: new, remove, back to the original, zip, link.

import { useSignal } from "@preact/signals";
import { Ellipsis } from "lucide-preact";
import { useEffect, useRef } from "preact/hooks";
import { ArchiveError, exportZip, importZip } from "../project/archive.ts";
import { pathProblem } from "../project/edits.ts";
import { encodeShared } from "../project/share.ts";
import { type WordKey, word } from "../words/words.ts";
import type { Workspace } from "./workspace.ts";

export interface MenuProps {
  workspace: Workspace;
  /** Tells the person something that passes. */
  say(text: string): void;
}

export function Menu({ workspace, say }: MenuProps) {
  const open = useSignal(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open.value) return;
    const close = (event: Event) => {
      if (event instanceof KeyboardEvent ? event.key === "Escape" : !box.current?.contains(event.target as Node)) {
        open.value = false;
      }
    };
    document.addEventListener("pointerdown", close);
    document.addEventListener("keydown", close);
    return () => {
      document.removeEventListener("pointerdown", close);
      document.removeEventListener("keydown", close);
    };
  }, [open.value]);
  const active = workspace.active.value;
  const changed = workspace.edits.value.size;
  const item = (key: WordKey, act: () => void, isPossible = true) => (
    <button
      type="button"
      role="menuitem"
      class="menu-item"
      disabled={!isPossible}
      onClick={() => {
        open.value = false;
        act();
      }}
    >
      {word(key)}
    </button>
  );
  return (
    <div class="menu" ref={box}>
      <button
        type="button"
        class="button button-icon"
        aria-label={word("more")}
        aria-haspopup="menu"
        aria-expanded={open.value}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <Ellipsis aria-hidden="true" />
      </button>
      {open.value && (
        <div class="menu-list" role="menu">
          {item("newFile", () => newFile(workspace, say))}
          {item("removeFile", () => removeFile(workspace), active !== undefined)}
          {item(
            "revert",
            () => active && workspace.revert(active),
            active !== undefined && workspace.edits.value.has(active),
          )}
          {item("revertAll", () => revertAll(workspace), changed > 0)}
          <hr class="menu-line" />
          {item("exportZip", () => download(workspace))}
          {item("importZip", () => upload(workspace, say))}
          {item("share", () => share(workspace, say))}
        </div>
      )}
    </div>
  );
}

function newFile(workspace: Workspace, say: (text: string) => void): void {
  const folder = workspace.active.value?.replace(/[^/]*$/, "") ?? `${workspace.project.value}/`;
  const path = prompt(word("newFileAsk"), folder)?.trim();
  if (!path) return;
  if (pathProblem(path)) say(word("newFileBad"));
  else if (workspace.textOf(path) !== undefined) say(word("newFileTaken", { path }));
  else {
    workspace.setText(path, "");
    workspace.show(path);
  }
}

function removeFile(workspace: Workspace): void {
  const path = workspace.active.value;
  if (path !== undefined && confirm(word("removeFileAsk", { path }))) workspace.remove(path);
}

function revertAll(workspace: Workspace): void {
  if (confirm(word("revertAllAsk", { count: workspace.edits.value.size }))) workspace.revertAll();
}

function download(workspace: Workspace): void {
  const files = workspace.files.value;
  if (!files) return;
  const zip = exportZip(files, workspace.edits.value);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([zip as BlobPart], { type: "application/zip" }));
  link.download = "minios.zip";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function upload(workspace: Workspace, say: (text: string) => void): void {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = ".zip";
  input.onchange = async () => {
    const [file] = input.files ?? [];
    const files = workspace.files.value;
    if (!file || !files) return;
    try {
      workspace.merge(importZip(files, new Uint8Array(await file.arrayBuffer())));
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      say(`${file.name}: ${error.message}`);
    }
  };
  input.click();
}

async function share(workspace: Workspace, say: (text: string) => void): Promise<void> {
  const file = workspace.active.value;
  const edits = workspace.edits.value;
  const text = encodeShared({ folder: workspace.project.value, ...(file !== undefined && { file }), edits });
  const url = new URL(location.href);
  url.hash = `share=${text}`;
  history.replaceState(null, "", url);
  try {
    await navigator.clipboard.writeText(url.href);
    say(word("shared"));
  } catch {
    // Not every page may write there; the address is in the bar.
    say(word("sharedShown"));
  }
}
