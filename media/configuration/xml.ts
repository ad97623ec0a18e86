// XML for configuration files: elements, attributes, text. Strict: what is not well-formed is an error with its place. Document
// type declarations, and so entities of one's own, are refused: no configuration file has them, and they can grow without bound.
// Source: Extensible Markup Language (XML) 1.0, fifth edition.

import { type Offset, quoted, type SourceText } from "./source.ts";

export interface XmlElement {
  name: string;
  offset: Offset;
  attributes: ReadonlyMap<string, XmlValue>;
  children: XmlElement[];
  /** The text directly in it, without white space around it. */
  text: string;
}

export interface XmlValue {
  value: string;
  offset: Offset;
}

const MOST_DEPTH = 100;
const NAME = /[\p{L}_:][\p{L}\p{N}_:.-]*/uy;
const SPACE = /[ \t\r\n]*/y;
const PREDEFINED: ReadonlyMap<string, string> = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);

/**
 * The root element of a document.
 * @throws ConfigurationError
 */
export function parseXml(source: SourceText): XmlElement {
  return new Reader(source).document();
}

/** The children of that name. */
export function childrenOf(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** The first element that is reached by going down those names. */
export function descend(element: XmlElement | undefined, ...path: string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>((at, name) => childrenOf(at, name)[0], element);
}

/** All elements of that name below, in the order of the document. */
export function allBelow(element: XmlElement, name: string): XmlElement[] {
  return element.children.flatMap((child) => [...(child.name === name ? [child] : []), ...allBelow(child, name)]);
}

class Reader {
  private at = 0;
  private readonly text: string;

  constructor(private readonly source: SourceText) {
    this.text = source.text;
  }

  document(): XmlElement {
    if (this.text.startsWith("\ufeff")) this.at = 1;
    this.skipMisc();
    const root = this.element(0);
    this.skipMisc();
    if (this.at < this.text.length) throw this.expected("the end of the file");
    return root;
  }

  private element(depth: number): XmlElement {
    const offset = this.at;
    if (depth === MOST_DEPTH) {
      throw this.source.error(offset, `expected at most ${MOST_DEPTH} elements in each other, found more`);
    }
    this.take("<", "an element");
    const name = this.name("the element's name");
    const attributes = this.attributes();
    const element: XmlElement = { name, offset, attributes, children: [], text: "" };
    if (this.accept("/>")) return element;
    this.take(">", 'an attribute, ">" or "/>"');
    for (;;) {
      element.text += this.characters();
      if (this.at >= this.text.length) {
        const { line } = this.source.place(offset);
        throw this.expected(`</${name}> for the element of line ${line}`);
      }
      if (this.skipComment() || this.skipInstruction()) continue;
      if (this.accept("<![CDATA[")) element.text += this.upTo("]]>", "the end of the CDATA section");
      else if (this.accept("</")) break;
      else element.children.push(this.element(depth + 1));
    }
    const end = this.at;
    const closing = this.name("the element's name");
    if (closing !== name) throw this.source.error(end, `expected </${name}>, found </${closing}>`);
    this.match(SPACE);
    this.take(">", '">"');
    element.text = element.text.trim();
    return element;
  }

  private attributes(): Map<string, XmlValue> {
    const attributes = new Map<string, XmlValue>();
    for (;;) {
      const before = this.at;
      this.match(SPACE);
      if (this.at === before || this.at >= this.text.length || "/>".includes(this.text[this.at])) return attributes;
      const nameOffset = this.at;
      const name = this.name('an attribute, ">" or "/>"');
      if (attributes.has(name))
        throw this.source.error(nameOffset, `expected each attribute once, found ${name} again`);
      this.match(SPACE);
      this.take("=", '"="');
      this.match(SPACE);
      const quote = this.text[this.at];
      if (quote !== '"' && quote !== "'") throw this.expected("a value in quotes");
      const offset = ++this.at;
      const end = this.text.indexOf(quote, offset);
      if (end < 0) throw this.source.error(offset, `expected a value that ends in ${quote}, found the end of the file`);
      const raw = this.text.slice(offset, end);
      if (raw.includes("<")) throw this.source.error(offset + raw.indexOf("<"), 'expected "&lt;", found "<"');
      attributes.set(name, { value: this.unescape(raw, offset), offset });
      this.at = end + 1;
    }
  }

  /** Text up to the next markup. */
  private characters(): string {
    const from = this.at;
    const next = this.text.indexOf("<", from);
    this.at = next < 0 ? this.text.length : next;
    return this.unescape(this.text.slice(from, this.at), from);
  }

  private unescape(raw: string, offset: Offset): string {
    return raw.replace(/&([^;&]{0,12};)?/g, (whole, body: string | undefined, at: number) => {
      const name = body?.slice(0, -1) ?? "";
      const number = /^#(\d+)$/.exec(name)?.[1] ?? /^#(x[0-9a-fA-F]+)$/.exec(name)?.[1].replace("x", "0x");
      if (number !== undefined && Number(number) > 0 && Number(number) <= 0x10ffff) {
        return String.fromCodePoint(Number(number));
      }
      const character = PREDEFINED.get(name);
      if (character !== undefined) return character;
      const found = quoted(body === undefined ? raw.slice(at, at + 10) : whole);
      throw this.source.error(offset + at, `expected "&amp;" or another character reference, found ${found}`);
    });
  }

  /** What may stand before and after the root. */
  private skipMisc(): void {
    do this.match(SPACE);
    while (this.skipComment() || this.skipInstruction());
    if (this.text.startsWith("<!", this.at)) throw this.expected("no document type declaration");
  }

  private skipComment(): boolean {
    if (!this.accept("<!--")) return false;
    this.upTo("-->", "the end of the comment");
    return true;
  }

  private skipInstruction(): boolean {
    if (!this.accept("<?")) return false;
    this.upTo("?>", "the end of the processing instruction");
    return true;
  }

  private upTo(mark: string, what: string): string {
    const from = this.at;
    const end = this.text.indexOf(mark, from);
    if (end < 0) throw this.source.error(from, `expected ${what} (${mark}), found the end of the file`);
    this.at = end + mark.length;
    return this.text.slice(from, end);
  }

  private name(what: string): string {
    const name = this.match(NAME);
    if (name === "") throw this.expected(what);
    return name;
  }

  private accept(mark: string): boolean {
    if (!this.text.startsWith(mark, this.at)) return false;
    this.at += mark.length;
    return true;
  }

  private take(mark: string, what: string): void {
    if (!this.accept(mark)) throw this.expected(what);
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }

  private expected(what: string): Error {
    const rest = this.text.slice(this.at, this.at + 20).split(/[\r\n]/)[0];
    const found =
      this.at >= this.text.length ? "the end of the file" : rest === "" ? "the end of the line" : quoted(rest);
    return this.source.error(this.at, `expected ${what}, found ${found}`);
  }
}
