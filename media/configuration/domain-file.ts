// A domain file of xl or xm: which kernel a domain runs, in how much memory, and what becomes of it when it ends.
// Source: xl.cfg(5), xmdomain.cfg(5).

import { type Assignment, kindOf, parseAssignments, type Value } from "./python.ts";
import { type NamedFile, quoted, SourceText } from "./source.ts";

export type EndAction = "destroy" | "restart" | "preserve";
const END_ACTIONS: readonly EndAction[] = ["destroy", "restart", "preserve"];
/** Actions of Xen's that come down to one of ours: there are no core files here, and no domain to keep under another name. */
const NEAR_ACTIONS: Record<string, EndAction> = {
  "coredump-destroy": "destroy",
  "coredump-restart": "restart",
  "rename-restart": "restart",
};

export interface DomainFile {
  kernel: NamedFile;
  ramdisk?: NamedFile;
  name: string;
  memoryMib: number;
  commandLine: string;
  onPoweroff: EndAction;
  onReboot: EndAction;
  onCrash: EndAction;
  /** Lines about what was passed over. */
  notes: string[];
}

const DEFAULT_MEMORY_MIB = 32;
const LEAST_MEMORY_MIB = 1;
const MOST_MEMORY_MIB = 2040;
const KNOWN = [
  "kernel",
  "ramdisk",
  "name",
  "memory",
  "vcpus",
  "root",
  "extra",
  "cmdline",
  "on_poweroff",
  "on_reboot",
  "on_crash",
  "type",
  "builder",
];

/**
 * @param file as the person named it
 * @throws ConfigurationError
 */
export function parseDomainFile(file: string, text: string): DomainFile {
  const source = new SourceText(file, text);
  const fields = new Fields(source, parseAssignments(source));
  fields.checkType();
  const kernel = fields.file("kernel");
  if (kernel === undefined) throw source.error(0, 'expected kernel = "FILE", found none');
  const vcpus = fields.number("vcpus", 1, 1, Number.POSITIVE_INFINITY);
  const ramdisk = fields.file("ramdisk");
  const root = fields.text("root");
  const rest = [root ? `root=${root}` : "", fields.text("extra")].filter((part) => part !== "").join(" ");
  const result: DomainFile = {
    kernel,
    ...(ramdisk !== undefined && { ramdisk }),
    name: fields.text("name") || "domain",
    memoryMib: fields.number("memory", DEFAULT_MEMORY_MIB, LEAST_MEMORY_MIB, MOST_MEMORY_MIB),
    // As xl: one that is whole wins.
    commandLine: fields.text("cmdline") || rest,
    onPoweroff: fields.action("on_poweroff", "destroy"),
    onReboot: fields.action("on_reboot", "restart"),
    onCrash: fields.action("on_crash", "destroy"),
    notes: fields.notes,
  };
  fields.noteUnknown();
  if (vcpus > 1) fields.notes.push(fields.note("vcpus", `${vcpus} processors: the domain gets one`));
  return result;
}

/** The assignments by name; of several the last counts, as in Python. */
class Fields {
  /** What has been passed over or taken for something else. */
  readonly notes: string[] = [];
  private readonly byName: ReadonlyMap<string, Assignment>;

  constructor(
    private readonly source: SourceText,
    assignments: readonly Assignment[],
  ) {
    this.byName = new Map(assignments.map((assignment) => [assignment.name, assignment]));
  }

  private wrong({ name, valueOffset, value }: Assignment, expected: string): Error {
    const found = typeof value === "string" ? quoted(value) : typeof value === "number" ? String(value) : kindOf(value);
    return this.source.error(valueOffset, `${name}: expected ${expected}, found ${found}`);
  }

  text(name: string): string {
    const assignment = this.byName.get(name);
    if (!assignment || assignment.value === null) return "";
    // xm takes a list for "extra", and puts the words together.
    const { value } = assignment;
    const words: Value[] = Array.isArray(value) && name === "extra" ? value : [value];
    if (!words.every((word) => typeof word === "string")) throw this.wrong(assignment, "a string");
    if (words.some((word) => word.includes("\0"))) throw this.wrong(assignment, "a string without zero bytes");
    return words.join(" ");
  }

  /** Relative to the domain file's folder. */
  file(name: string): NamedFile | undefined {
    const named = this.text(name);
    if (named === "") return undefined;
    return this.source.named(this.byName.get(name)?.valueOffset ?? 0, name, named);
  }

  /** A number, or a string that is one. */
  number(name: string, missing: number, least: number, most: number): number {
    const assignment = this.byName.get(name);
    if (!assignment) return missing;
    const { value } = assignment;
    const number = typeof value === "string" && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && number >= least && number <= most) return number;
    const range = most === Number.POSITIVE_INFINITY ? `a number from ${least} on` : `a number from ${least} to ${most}`;
    throw this.wrong(assignment, range);
  }

  action(name: string, missing: EndAction): EndAction {
    const assignment = this.byName.get(name);
    if (!assignment) return missing;
    const { value } = assignment;
    const near = typeof value === "string" && Object.hasOwn(NEAR_ACTIONS, value) ? NEAR_ACTIONS[value] : undefined;
    if (near) this.notes.push(this.note(name, `${quoted(String(value))} is ${quoted(near)} here`));
    const action = near ?? END_ACTIONS.find((each) => each === value);
    if (!action) throw this.wrong(assignment, '"destroy", "restart" or "preserve"');
    return action;
  }

  /** Only paravirtual guests run here. */
  checkType(): void {
    const type = this.byName.get("type");
    if (type && type.value !== "pv") throw this.wrong(type, '"pv" (a paravirtual guest)');
    const builder = this.byName.get("builder");
    if (builder && builder.value !== "linux" && builder.value !== "generic") {
      throw this.wrong(builder, '"linux" or "generic" (a paravirtual guest)');
    }
  }

  note(name: string, text: string): string {
    return this.source.note(this.byName.get(name)?.offset ?? 0, text);
  }

  /** A note for each name that means nothing here. */
  noteUnknown(): void {
    for (const name of this.byName.keys()) {
      if (KNOWN.includes(name)) continue;
      this.notes.push(this.note(name, `${quoted(name)} is passed over: a domain has no such thing here`));
    }
  }
}
