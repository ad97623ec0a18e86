// What an editor asks about TypeScript: where a name is defined, what it is, how the file is laid out. By TypeScript's own language
// service, with AssemblyScript's types in place of a browser's: that is how the repository's editors see the kernel.

import ts from "typescript-language-service";
import { EditedTree, type Edits, type Files } from "../toolchain/files.ts";
import { TYPES_FILE } from "./types-file.ts";

/** A place in a file of the tree. Offsets count UTF-16 units from 0; line and column count from 1. */
export interface Definition {
  path: string;
  from: number;
  to: number;
  line: number;
  column: number;
}

export interface Hover {
  from: number;
  to: number;
  /** The declaration, as TypeScript writes it. */
  signature: string;
  documentation: string;
}

/** Replace what is from `from` to `to` by `text`. */
export interface TextChange {
  from: number;
  to: number;
  text: string;
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
  strictPropertyInitialization: false,
  noLib: true,
  types: [],
  allowJs: false,
  experimentalDecorators: true,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
};

/** The project's own style: biome.json. */
const FORMAT: ts.FormatCodeSettings = {
  ...ts.getDefaultFormatCodeSettings("\n"),
  indentSize: 2,
  convertTabsToSpaces: true,
  semicolons: ts.SemicolonPreference.Insert,
};

/** The service names a file from the root. */
const ROOT = "/";

export class TypeScriptService {
  private tree: EditedTree;
  private edits: Edits = new Map();
  /** By path: counts the texts it has had. */
  private readonly versions = new Map<string, { text: string | undefined; version: number }>();
  private readonly open = new Set<string>([TYPES_FILE]);
  private readonly service: ts.LanguageService;

  constructor(private readonly files: Files) {
    this.tree = new EditedTree(files, this.edits);
    this.service = ts.createLanguageService(this.host());
  }

  /** From now on the person's files are these. */
  update(edits: Edits): void {
    this.edits = edits;
    this.tree = new EditedTree(this.files, edits);
  }

  /** Where the name at `offset` is defined; more than one place for an overloaded or merged name. */
  definitions(path: string, offset: number): Definition[] {
    const found = this.opened(path)?.getDefinitionAtPosition(ROOT + path, offset) ?? [];
    return found.map(({ fileName, textSpan }) => this.place(fileName.slice(ROOT.length), textSpan));
  }

  hover(path: string, offset: number): Hover | undefined {
    const info = this.opened(path)?.getQuickInfoAtPosition(ROOT + path, offset);
    if (!info) return undefined;
    return {
      from: info.textSpan.start,
      to: info.textSpan.start + info.textSpan.length,
      signature: ts.displayPartsToString(info.displayParts),
      documentation: ts.displayPartsToString(info.documentation),
    };
  }

  /** What lays the file out anew, to be applied all at once; empty when it is well laid out. */
  format(path: string): TextChange[] {
    const edits = this.opened(path)?.getFormattingEditsForDocument(ROOT + path, FORMAT) ?? [];
    return edits.map(({ span, newText }) => ({ from: span.start, to: span.start + span.length, text: newText }));
  }

  /** The service, which now knows the file; undefined when there is no such file. */
  private opened(path: string): ts.LanguageService | undefined {
    if (this.tree.readText(path) === undefined) return undefined;
    this.open.add(path);
    return this.service;
  }

  private place(path: string, { start, length }: ts.TextSpan): Definition {
    const before = (this.tree.readText(path) ?? "").slice(0, start).split("\n");
    return { path, from: start, to: start + length, line: before.length, column: (before.at(-1) ?? "").length + 1 };
  }

  private host(): ts.LanguageServiceHost {
    const textOf = (name: string) => this.tree.readText(name.slice(ROOT.length));
    return {
      getCompilationSettings: () => OPTIONS,
      getCurrentDirectory: () => ROOT,
      getDefaultLibFileName: () => ROOT + TYPES_FILE,
      getScriptFileNames: () => [...this.open].map((path) => ROOT + path).filter((name) => textOf(name) !== undefined),
      getScriptVersion: (name) => `${this.versionOf(name, textOf(name))}`,
      getScriptSnapshot: (name) => {
        const text = textOf(name);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      fileExists: (name) => textOf(name) !== undefined,
      readFile: textOf,
      directoryExists: (name) => this.tree.list(name.slice(ROOT.length)) !== undefined,
    };
  }

  private versionOf(name: string, text: string | undefined): number {
    const known = this.versions.get(name);
    if (known && known.text === text) return known.version;
    const version = (known?.version ?? 0) + 1;
    this.versions.set(name, { text, version });
    return version;
  }
}
