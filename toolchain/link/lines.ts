// Where in the source an offset of an object's section comes from.

import type { ObjectSection } from "../../formats/elf32-object.ts";
import type { LinkInput } from "./resolve.ts";

export class SourceLines {
  /** "file:line" for an offset in a section of an object, or undefined when the object doesn't say. */
  find(_input: LinkInput, _section: ObjectSection, _offset: number): string | undefined {
    return undefined;
  }
}
