// Where the browser keeps a person's edits: IndexedDB, which holds more than a page's other storage. A browser that keeps nothing
// (private windows, embeds) is no error: the edits live as long as the page.

import type { Edits } from "../toolchain/files.ts";

const DATABASE = "minios";
const STORE = "edits";

/** What was kept, empty when there is nothing. */
export async function loadEdits(): Promise<Edits> {
  try {
    const database = await open();
    const store = database.transaction(STORE).objectStore(STORE);
    const [paths, texts] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
    database.close();
    const edits = new Map<string, string | null>();
    paths.forEach((path, at) => {
      const text: unknown = texts[at];
      if (typeof path === "string" && (typeof text === "string" || text === null)) edits.set(path, text);
    });
    return edits;
  } catch {
    return new Map();
  }
}

/** @returns false when the browser does not keep them */
export async function saveEdits(edits: Edits): Promise<boolean> {
  try {
    const database = await open();
    const transaction = database.transaction(STORE, "readwrite");
    const store = transaction.objectStore(STORE);
    store.clear();
    for (const [path, text] of edits) store.put(text, path);
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    database.close();
    return true;
  } catch {
    return false;
  }
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return done(request);
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
