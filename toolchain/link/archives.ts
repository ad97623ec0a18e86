// Which members of archives take part: those that define a name that is still missing when the archive's turn comes, and what
// those need in turn. A group of archives is searched until it gives nothing more.

import * as elf from "../../formats/elf32.ts";
import type { ElfObject } from "../../formats/elf32-object.ts";
import type { LinkInput } from "./resolve.ts";

/** Something to link, in the order of the command line. */
export type LinkItem =
  | { kind: "object"; input: LinkInput }
  | { kind: "archive"; archive: LinkArchive; whole: boolean }
  | { kind: "group"; items: LinkItem[] };

export interface LinkArchive {
  name: string;
  members: LinkMember[];
}

export interface LinkMember {
  name: string;
  /** What the archive's symbol table says that it defines; undefined when there is no such table. */
  defines?: readonly string[];
  /** Reads the member when it is first wanted; undefined when it is no object. */
  object(): ElfObject | undefined;
}

/**
 * The objects that are linked, in the order in which they come in.
 * @param wanted names that are missing from the start: the entry, -u, what the script refers to
 */
export function selectInputs(items: readonly LinkItem[], wanted: Iterable<string>): LinkInput[] {
  const selection = new Selection(wanted);
  for (const item of items) selection.add(item);
  return selection.inputs;
}

class Selection {
  readonly inputs: LinkInput[] = [];
  private readonly missing: Set<string>;
  private readonly defined = new Set<string>();
  private readonly taken = new Set<LinkMember>();
  /** The names that each member defines, read once. */
  private readonly definitions = new Map<LinkMember, readonly string[]>();

  constructor(wanted: Iterable<string>) {
    this.missing = new Set(wanted);
  }

  /** @returns whether a member of an archive was taken */
  add(item: LinkItem): boolean {
    switch (item.kind) {
      case "object":
        if (!this.inputs.includes(item.input)) this.take(item.input);
        return false;
      case "archive":
        return this.search(item.archive, item.whole);
      case "group": {
        let any = false;
        for (let more = true; more; ) {
          more = false;
          for (const inner of item.items) if (this.add(inner)) more = true;
          any ||= more;
        }
        return any;
      }
    }
  }

  private search(archive: LinkArchive, whole: boolean): boolean {
    let any = false;
    for (let more = true; more; ) {
      more = false;
      for (const member of archive.members) {
        if (this.taken.has(member) || !(whole || this.isWanted(member))) continue;
        const object = member.object();
        this.taken.add(member);
        if (!object) continue;
        this.take({ name: `${archive.name}(${member.name})`, object, archive: archive.name, member: member.name });
        more = true;
        any = true;
      }
    }
    return any;
  }

  private isWanted(member: LinkMember): boolean {
    if (this.missing.size === 0) return false;
    let names = member.defines ?? this.definitions.get(member);
    if (!names) {
      // A common symbol defines nothing that an archive would be searched for.
      names = (member.object()?.symbols ?? [])
        .filter(({ binding, section }) => binding !== elf.STB_LOCAL && section !== "undefined" && section !== "common")
        .map(({ name }) => name);
      this.definitions.set(member, names);
    }
    return names.some((name) => this.missing.has(name));
  }

  private take(input: LinkInput): void {
    this.inputs.push(input);
    for (const { name, binding, section } of input.object.symbols) {
      if (binding === elf.STB_LOCAL) continue;
      if (section !== "undefined") {
        this.defined.add(name);
        this.missing.delete(name);
      } else if (binding !== elf.STB_WEAK && !this.defined.has(name)) this.missing.add(name);
    }
  }
}
