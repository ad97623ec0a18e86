// CodeMirror as the page uses it: one editor that shows one of many files, each with its own history of undo; complaints at their
// place; breakpoints in the margin and the line that the machine stands at; the shipped file beside it on request.

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { unifiedMergeView } from "@codemirror/merge";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import {
  crosshairCursor,
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  hoverTooltip,
  keymap,
  lineNumbers,
  rectangularSelection,
} from "@codemirror/view";
import type { Hover, TextChange } from "../language/service.ts";
import type { Problem } from "../toolchain/problems.ts";
import { breakpointGutter, setBreakpoints, setStoppedLine, stoppedLine } from "./breakpoints.ts";
import { languageOf } from "./languages/index.ts";
import { colours, look } from "./look.ts";

export interface EditorEvents {
  /** The person changed the text of the file. */
  onChange(path: string, text: string): void;
  /** A click in the margin, or F9. Lines count from 1. Without it there are no breakpoints. */
  onBreakpoint?(path: string, line: number): void;
  /** F12, or a click with Ctrl: where is this defined? */
  onDefinition(path: string, offset: number): void;
  /** What is this? */
  hover(path: string, offset: number): Promise<Hover | undefined>;
  /** Shift+Alt+F. */
  onFormat(path: string): void;
}

interface OpenFile {
  state: EditorState;
  scrollTop: number;
}

export class SourceEditor {
  private readonly view: EditorView;
  private readonly open = new Map<string, OpenFile>();
  private readonly comparison = new Compartment();
  private path: string | undefined;
  private original: string | undefined;

  constructor(
    parent: HTMLElement,
    private readonly events: EditorEvents,
    private readonly phrases: Record<string, string>,
  ) {
    this.view = new EditorView({ parent, state: EditorState.create() });
    // What scrolls must be reached by the keyboard, also when nothing in it can be edited.
    this.view.scrollDOM.tabIndex = 0;
  }

  /**
   * Shows a file. A file shown before has its history and its place again.
   * @param original the text as shipped, to compare with; undefined when there is none
   */
  show(path: string, text: string, original: string | undefined): void {
    this.leave();
    this.path = path;
    this.original = original;
    const before = this.open.get(path);
    const known = before?.state.doc.toString() === text ? before : undefined;
    this.view.setState(known?.state ?? this.stateOf(path, text));
    this.view.scrollDOM.scrollTop = known?.scrollTop ?? 0;
  }

  /** The text changed by another hand (format, back to original): one step of undo. */
  apply(changes: readonly TextChange[]): void {
    this.view.dispatch({
      changes: changes.map(({ from, to, text }) => ({ from, to, insert: text })),
      userEvent: "input.format",
    });
  }

  /** The file's text is this now; nothing happens when it is already. */
  sync(text: string): void {
    if (this.view.state.doc.toString() === text) return;
    this.view.dispatch({
      changes: { from: 0, to: this.view.state.doc.length, insert: text },
      userEvent: "input.replace",
    });
  }

  /** Marks the complaints about the file that is shown. */
  setProblems(problems: readonly Problem[]): void {
    const { doc } = this.view.state;
    const diagnostics = problems
      .filter(({ file }) => file === this.path)
      .map(({ line = 1, column, length, message, severity }): Diagnostic => {
        const { from, to } = doc.line(Math.min(Math.max(line, 1), doc.lines));
        // Without a column the whole line is meant, without its indent.
        const start =
          column === undefined ? from + (/^\s*/.exec(doc.sliceString(from, to))?.[0].length ?? 0) : from + column - 1;
        const at = Math.min(start, to);
        return { from: at, to: column === undefined ? to : Math.min(at + length, to), severity, message };
      })
      .sort((a, b) => a.from - b.from);
    this.view.dispatch(setDiagnostics(this.view.state, diagnostics));
  }

  /** @param lines count from 1 */
  setBreakpoints(lines: readonly number[]): void {
    this.view.dispatch({ effects: setBreakpoints.of(lines) });
  }

  /** The line that the machine stopped at; undefined: it runs, or stands elsewhere. */
  setStopped(line: number | undefined): void {
    this.view.dispatch({ effects: setStoppedLine.of(line) });
  }

  /** Shows what differs from the shipped file, with a way back for each place. */
  setComparing(on: boolean): void {
    this.view.dispatch({
      effects: this.comparison.reconfigure(on && this.original !== undefined ? this.compare() : []),
    });
  }

  /** Puts the cursor there and scrolls it into the middle. Both count from 1. */
  reveal(line: number, column = 1): void {
    const { doc } = this.view.state;
    const { from, to } = doc.line(Math.min(Math.max(line, 1), doc.lines));
    const at = Math.min(from + column - 1, to);
    this.view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
  }

  focus(): void {
    this.view.focus();
  }

  destroy(): void {
    this.view.destroy();
  }

  private leave(): void {
    if (this.path !== undefined) {
      this.open.set(this.path, { state: this.view.state, scrollTop: this.view.scrollDOM.scrollTop });
    }
  }

  private compare(): Extension {
    return unifiedMergeView({
      original: this.original ?? "",
      mergeControls: true,
      gutter: true,
      syntaxHighlightDeletions: true,
    });
  }

  private stateOf(path: string, text: string): EditorState {
    return EditorState.create({ doc: text, extensions: this.extensionsOf(path) });
  }

  private extensionsOf(path: string): Extension {
    const { events } = this;
    const offset = () => this.view.state.selection.main.head;
    const line = () => this.view.state.doc.lineAt(offset()).number;
    return [
      EditorState.phrases.of(this.phrases),
      events.onBreakpoint ? breakpointGutter((at) => events.onBreakpoint?.(path, at)) : [],
      stoppedLine,
      lineNumbers(),
      lintGutter(),
      foldGutter(),
      history(),
      drawSelection(),
      dropCursor(),
      EditorState.allowMultipleSelections.of(true),
      indentOnInput(),
      indentUnit.of("  "),
      bracketMatching(),
      closeBrackets(),
      rectangularSelection(),
      crosshairCursor(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      highlightSelectionMatches(),
      search({ top: true }),
      syntaxHighlighting(colours),
      look,
      languageOf(path) ?? [],
      this.comparison.of([]),
      keymap.of([
        { key: "F9", run: handled(() => events.onBreakpoint?.(path, line())) },
        { key: "F12", run: handled(() => events.onDefinition(path, offset())) },
        { key: "Shift-Alt-f", run: handled(() => events.onFormat(path)) },
        ...closeBracketsKeymap,
        // The page builds by Ctrl+Enter.
        ...defaultKeymap.filter(({ key }) => key !== "Mod-Enter"),
        ...searchKeymap,
        ...historyKeymap,
        ...foldKeymap,
        ...lintKeymap,
        indentWithTab,
      ]),
      hoverTooltip(async (view, at) => {
        const hover = /\.ts$/.test(path) ? await events.hover(path, at) : undefined;
        if (!hover || hover.from > view.state.doc.length) return null;
        return { pos: hover.from, end: hover.to, above: true, create: () => ({ dom: hoverCard(hover) }) };
      }),
      EditorView.domEventHandlers({
        mousedown: (event, view) => {
          if (!(event.ctrlKey || event.metaKey) || event.button !== 0) return false;
          const at = view.posAtCoords(event);
          if (at === null) return false;
          event.preventDefault();
          events.onDefinition(path, at);
          return true;
        },
      }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) events.onChange(path, update.state.doc.toString());
      }),
      EditorView.contentAttributes.of({ "aria-label": path, spellcheck: "false" }),
    ];
  }
}

/** A key's action that is always the last word on the key. */
function handled(act: () => void): () => true {
  return () => {
    act();
    return true;
  };
}

function hoverCard({ signature, documentation }: Hover): HTMLElement {
  const card = document.createElement("div");
  card.className = "hover-card";
  const head = document.createElement("code");
  head.textContent = signature;
  card.append(head);
  if (documentation) {
    const body = document.createElement("p");
    body.textContent = documentation;
    card.append(body);
  }
  return card;
}
