/// <reference types="vite/client" />

/** A worker's way to read a file without waiting; the DOM's types leave it out because a page has none. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}
