// A machine's state as a file: a line that says of which machine it is, and the snapshot, packed by gzip. It holds no images: it goes on in
// a machine made of the same ones.

import { InputError } from "../../media/errors.ts";
import type { BootPlan } from "../machine/plan.ts";

const FORMAT = "minios-lab-state";
const VERSION = 1;
const GZIP = [0x1f, 0x8b];
const LINE_END = 0x0a;
const LONGEST_LINE = 4096;

/** Of which machine a state is. */
export interface StateHead {
  name: string;
  kind: BootPlan["kind"];
}

export async function packState({ name, kind }: BootPlan, snapshot: Uint8Array): Promise<Blob> {
  const line = `${JSON.stringify({ format: FORMAT, version: VERSION, name, kind })}\n`;
  const stream = new Blob([line, new Uint8Array(snapshot)]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(stream).blob();
}

/**
 * @returns undefined for a file that is something else
 * @throws InputError for a state that is damaged or of another version
 */
export async function unpackState(
  name: string,
  blob: Blob,
): Promise<{ head: StateHead; snapshot: Uint8Array } | undefined> {
  const mark = new Uint8Array(await blob.slice(0, GZIP.length).arrayBuffer());
  if (!GZIP.every((byte, i) => mark[i] === byte)) return undefined;
  const bytes = await unpacked(blob);
  const end = bytes?.subarray(0, LONGEST_LINE).indexOf(LINE_END) ?? -1;
  if (!bytes || end < 0) return undefined;
  const head = headOf(new TextDecoder().decode(bytes.subarray(0, end)));
  if (!head) return undefined;
  if (head.version !== VERSION) {
    const found = `version ${String(head.version)}`;
    throw new InputError({ file: name, expected: `a state of version ${VERSION}`, found });
  }
  return { head, snapshot: bytes.subarray(end + 1) };
}

/** Undefined when it is damaged: then nobody can say what it was. */
async function unpacked(blob: Blob): Promise<Uint8Array | undefined> {
  try {
    const stream = blob.stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    return undefined;
  }
}

function headOf(line: string): (StateHead & { version: unknown }) | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || !("format" in value) || value.format !== FORMAT)
      return undefined;
    const name = "name" in value ? String(value.name) : "";
    const kind = "kind" in value && value.kind === "domain" ? "domain" : "pc";
    return { name, kind, version: "version" in value ? value.version : undefined };
  } catch {
    return undefined;
  }
}
