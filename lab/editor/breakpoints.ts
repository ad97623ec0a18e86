// Breakpoints in the editor's margin, and the line at which the machine stands.

import { type Extension, RangeSet, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, GutterMarker, gutter } from "@codemirror/view";

/** The lines with a breakpoint, counted from 1. */
export const setBreakpoints = StateEffect.define<readonly number[]>();

/** The line at which the machine stands, counted from 1. */
export const setStoppedLine = StateEffect.define<number | undefined>();

class Dot extends GutterMarker {
  override toDOM(): Node {
    const dot = document.createElement("span");
    dot.className = "breakpoint-dot";
    return dot;
  }
}

const DOT = new Dot();

const breakpoints = StateField.define<RangeSet<GutterMarker>>({
  create: () => RangeSet.empty,
  update(set, transaction) {
    let now = set.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setBreakpoints)) continue;
      const { doc } = transaction.state;
      const lines = [...new Set(effect.value)].filter((line) => line >= 1 && line <= doc.lines).sort((a, b) => a - b);
      now = RangeSet.of(lines.map((line) => DOT.range(doc.line(line).from)));
    }
    return now;
  },
});

/** @param toggle a person wants one at this line, or wants it away */
export function breakpointGutter(toggle: (line: number) => void): Extension {
  return [
    breakpoints,
    gutter({
      class: "breakpoint-gutter",
      markers: (view) => view.state.field(breakpoints),
      initialSpacer: () => DOT,
      domEventHandlers: {
        mousedown: (view, line) => {
          toggle(view.state.doc.lineAt(line.from).number);
          return true;
        },
      },
    }),
  ];
}

const STOPPED = Decoration.line({ class: "stopped-line" });

export const stoppedLine = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(set, transaction) {
    let now = set.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setStoppedLine)) continue;
      const { doc } = transaction.state;
      const builder = new RangeSetBuilder<Decoration>();
      if (effect.value !== undefined && effect.value >= 1 && effect.value <= doc.lines) {
        const { from } = doc.line(effect.value);
        builder.add(from, from, STOPPED);
      }
      now = builder.finish();
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});
