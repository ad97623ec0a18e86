// Files dropped anywhere on the page are opened, folders with what is in them.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Machines } from "../state/machines.ts";
import { word } from "../words/words.ts";
import type { NamedBlob } from "./collection.ts";

export function DropTarget({ machines }: { machines: Machines }) {
  const over = useSignal(false);
  useEffect(() => {
    let depth = 0;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth++;
      over.value = true;
    };
    const leave = (event: DragEvent) => {
      if (hasFiles(event) && --depth <= 0) over.value = false;
    };
    const move = (event: DragEvent) => {
      if (hasFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      over.value = false;
      if (!event.dataTransfer || !hasFiles(event)) return;
      event.preventDefault();
      void filesOf(event.dataTransfer).then((files) => machines.open(files));
    };
    const listeners = { dragenter: enter, dragleave: leave, dragover: move, drop };
    for (const [name, listener] of Object.entries(listeners))
      document.addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) {
        document.removeEventListener(name, listener as EventListener);
      }
    };
  }, [machines]);
  if (!over.value) return null;
  return (
    <div class="drop">
      <p class="drop-words">{word("dropHere")}</p>
    </div>
  );
}

/** All files, those of folders with their paths. Entries must be asked for before anything is waited for. */
async function filesOf(transfer: DataTransfer): Promise<NamedBlob[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const lists = await Promise.all(
    entries.map((entry) => {
      if (entry === null) return [];
      return entry instanceof File ? [{ name: entry.name, blob: entry }] : filesOfEntry(entry);
    }),
  );
  return lists.flat();
}

async function filesOfEntry(entry: FileSystemEntry): Promise<NamedBlob[]> {
  const name = entry.fullPath.replace(/^\//, "");
  if (isFile(entry)) {
    const blob = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ name, blob }];
  }
  if (!isFolder(entry)) return [];
  const reader = entry.createReader();
  const found: NamedBlob[] = [];
  // A reader gives a hundred entries at a time.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return found;
    found.push(...(await Promise.all(some.map(filesOfEntry))).flat());
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
