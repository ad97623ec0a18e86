// `size`: how many bytes of code, data and zeros a program takes, as GNU size 2.40 prints it.

import { viewElf } from "../../formats/elf32-view.ts";
import { type InputFile, type Item, itemName, itemsOf } from "./report.ts";
import { type LookSection, lookSections } from "./sections.ts";

export interface SizeOptions {
  /** "sysv" (-A) has a line for each section, "berkeley" one for each file. */
  format: "sysv" | "berkeley";
  /** -d, -o, -x. */
  radix: 8 | 10 | 16;
  /** -t, Berkeley only. */
  totals: boolean;
}

/** @throws Elf32Error or ArchiveError when a file is neither an object nor an archive */
export class Sizes {
  private readonly total = { text: 0, data: 0, bss: 0 };

  constructor(private readonly options: SizeOptions) {}

  /** What stands above the files. */
  heading(): string {
    if (this.options.format === "sysv") return "";
    return `   text\t   data\t    bss\t    ${this.options.radix === 8 ? "oct" : "dec"}\t    hex\tfilename\n`;
  }

  file(file: InputFile): string {
    return itemsOf(file)
      .map((item) => {
        const sections = lookSections(viewElf(item.bytes, itemName(item)));
        return this.options.format === "sysv" ? this.sysv(item, sections) : this.berkeley(item, sections);
      })
      .join("");
  }

  /** What stands below them. */
  closing(): string {
    if (this.options.format === "sysv" || !this.options.totals) return "";
    return this.berkeleyLine(this.total, "(TOTALS)");
  }

  private berkeley(item: Item, sections: LookSection[]): string {
    const sizes = { text: 0, data: 0, bss: 0 };
    for (const section of sections) {
      if (!section.allocated) continue;
      if (section.code || section.readOnly) sizes.text += section.size;
      else if (section.hasContents) sizes.data += section.size;
      else sizes.bss += section.size;
    }
    this.total.text += sizes.text;
    this.total.data += sizes.data;
    this.total.bss += sizes.bss;
    return this.berkeleyLine(sizes, item.archive === undefined ? item.name : `${item.name} (ex ${item.archive})`);
  }

  private berkeleyLine({ text, data, bss }: { text: number; data: number; bss: number }, name: string): string {
    const total = text + data + bss;
    const columns = [text, data, bss].map((size) => this.number(size));
    columns.push(total.toString(this.options.radix === 8 ? 8 : 10), total.toString(16));
    return `${columns.map((column) => column.padStart(7)).join("\t")}\t${name}\n`;
  }

  private sysv(item: Item, sections: LookSection[]): string {
    const total = sections.reduce((sum, section) => sum + section.size, 0);
    const highest = sections.reduce((most, section) => Math.max(most, section.address), 0);
    const nameWidth = sections.reduce((most, section) => Math.max(most, section.name.length), 0);
    const sizeWidth = Math.max(4, this.number(total).length);
    const addressWidth = Math.max(4, this.number(highest).length);
    const row = (name: string, size: string, address: string) =>
      `${name.padEnd(nameWidth)}   ${size.padStart(sizeWidth)}   ${address.padStart(addressWidth)}\n`;
    let text = `${item.name}  ${item.archive === undefined ? "" : ` (ex ${item.archive})`}:\n`;
    text += row("section", "size", "addr");
    for (const { name, size, address } of sections) text += row(name, this.number(size), this.number(address));
    return `${text}${"Total".padEnd(nameWidth)}   ${this.number(total).padStart(sizeWidth)}\n\n\n`;
  }

  private number(value: number): string {
    const prefix = { 8: "0", 10: "", 16: "0x" }[this.options.radix];
    return prefix + value.toString(this.options.radix);
  }
}
