// What the machine did, as a list of events that a person looks at: port accesses, interrupts, exceptions, and the blocks that
// went to and from the disks. The list is a ring: the newest events are kept. Memory-mapped I/O is not noted: a screen being drawn would
// be all that one sees. A machine without a recorder does nothing for it (`tap.ts`).

/**
 * `in`, `out`: a port access; `interrupt`: one that the processor took from the interrupt controller; `exception`: one that an
 * instruction raised; `read`, `write`: a transfer from or to a disk.
 */
export type EventKind = "in" | "out" | "interrupt" | "exception" | "read" | "write";

export interface MachineEvent {
  /** Counts from 0 since the recorder was made. */
  sequence: number;
  /** Instructions executed before it. */
  instructions: number;
  timeNs: number;
  kind: EventKind;
  /** The port, the vector, or the first block. */
  place: number;
  /** Bytes of a port access; blocks of a disk's transfer; else 0. */
  size: number;
  /** What was read or written at a port; the disk (see `DISK_NAMES`); else 0. */
  value: number;
  /** Linear address of the instruction: the one that accessed the port or raised the exception, else the next one. */
  linear: number;
  /** How often in a row: an instruction that finds the same again and again, or a repeated one, is one event with the last value. */
  times: number;
}

/** What a transfer moves: disks by their number in `MachineEvent.value`. */
export const DISK_NAMES = ["A", "B", "hda", "hdb", "hdc", "hdd"] as const;

/** What was read and written of a disk since the recorder was made. */
export interface DiskActivity {
  disk: number;
  /** Blocks of 512 bytes on the disk. */
  blockCount: number;
  /** The disk from start to end in equal parts: CELL_READ, CELL_WRITTEN, or both. At most MOST_CELLS. */
  cells: Uint8Array;
  blocksRead: number;
  blocksWritten: number;
  /** The block after the last transfer: where the heads stand. */
  position: number;
}

export const CELL_READ = 1;
export const CELL_WRITTEN = 2;
export const MOST_CELLS = 2880;

const KINDS: readonly EventKind[] = ["in", "out", "interrupt", "exception", "read", "write"];
const DEFAULT_CAPACITY = 1 << 16;

// Words of an event in the rings.
const INSTRUCTIONS = 0;
const TIME = 1;
const PLACE = 2;
const FLOATS = 3;
const KIND = 0;
const SIZE = 1;
const VALUE = 2;
const LINEAR = 3;
const TIMES = 4;
const WORDS = 5;

export class Recorder {
  private readonly floats: Float64Array;
  private readonly words: Uint32Array;
  private readonly activities = new Map<number, DiskActivity>();
  private count = 0;

  /** @param capacity how many events are kept */
  constructor(readonly capacity = DEFAULT_CAPACITY) {
    this.floats = new Float64Array(capacity * FLOATS);
    this.words = new Uint32Array(capacity * WORDS);
  }

  /** Events since the recorder was made; those before `total - capacity` are forgotten. */
  get total(): number {
    return this.count;
  }

  /** The disks that were read or written. */
  get disks(): DiskActivity[] {
    return [...this.activities.values()].sort((a, b) => a.disk - b.disk);
  }

  add({ kind, place, size, value, linear, instructions, timeNs }: Omit<MachineEvent, "sequence" | "times">): void {
    const code = KINDS.indexOf(kind);
    if (this.isRepeated(code, place, size, value, linear, instructions)) return;
    const at = this.count++ % this.capacity;
    const { floats, words } = this;
    floats[at * FLOATS + INSTRUCTIONS] = instructions;
    floats[at * FLOATS + TIME] = timeNs;
    floats[at * FLOATS + PLACE] = place;
    words[at * WORDS + KIND] = code;
    words[at * WORDS + SIZE] = size;
    words[at * WORDS + VALUE] = value;
    words[at * WORDS + LINEAR] = linear;
    words[at * WORDS + TIMES] = 1;
  }

  /** Notes in the disk's picture what was moved; the event itself is added apart. */
  moved(disk: number, blockCount: number, first: number, count: number, isWrite: boolean): void {
    let activity = this.activities.get(disk);
    // Another disk may be in the drive.
    if (activity?.blockCount !== blockCount) {
      const cells = new Uint8Array(Math.min(blockCount, MOST_CELLS));
      activity = { disk, blockCount, cells, blocksRead: 0, blocksWritten: 0, position: 0 };
      this.activities.set(disk, activity);
    }
    const { cells } = activity;
    const cellOf = (block: number) => Math.floor((block * cells.length) / blockCount);
    const mark = isWrite ? CELL_WRITTEN : CELL_READ;
    for (let cell = cellOf(first); cell <= cellOf(first + count - 1); cell++) cells[cell] |= mark;
    if (isWrite) activity.blocksWritten += count;
    else activity.blocksRead += count;
    activity.position = first + count;
  }

  /**
   * Events from number `from` on, oldest first; of more than `most` the newest.
   * The last one may still grow (`times`): who asks again begins with it.
   */
  events(from: number, most = this.capacity): MachineEvent[] {
    const first = Math.max(from, this.count - Math.min(most, this.capacity), 0);
    const events: MachineEvent[] = [];
    for (let sequence = first; sequence < this.count; sequence++) events.push(this.eventAt(sequence));
    return events;
  }

  private eventAt(sequence: number): MachineEvent {
    const at = sequence % this.capacity;
    const { floats, words } = this;
    return {
      sequence,
      instructions: floats[at * FLOATS + INSTRUCTIONS],
      timeNs: floats[at * FLOATS + TIME],
      kind: KINDS[words[at * WORDS + KIND]],
      place: floats[at * FLOATS + PLACE],
      size: words[at * WORDS + SIZE],
      value: words[at * WORDS + VALUE],
      linear: words[at * WORDS + LINEAR],
      times: words[at * WORDS + TIMES],
    };
  }

  /** Is it the port access before once more: the same value, or the next round of the same string instruction? Then it is counted. */
  private isRepeated(
    kind: number,
    place: number,
    size: number,
    value: number,
    linear: number,
    instructions: number,
  ): boolean {
    if (this.count === 0 || kind > 1) return false;
    const { floats, words } = this;
    const at = (this.count - 1) % this.capacity;
    const word = at * WORDS;
    if (words[word + KIND] !== kind || words[word + SIZE] !== size || words[word + LINEAR] !== linear) return false;
    if (floats[at * FLOATS + PLACE] !== place) return false;
    if (words[word + VALUE] !== value >>> 0 && instructions !== floats[at * FLOATS + INSTRUCTIONS]) return false;
    words[word + VALUE] = value;
    words[word + TIMES]++;
    return true;
  }
}
