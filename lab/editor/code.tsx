// The CodeMirror editor as a component: shows the workspace's active file, and what the build and the machine say of it.

import { effect, untracked } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Debugging } from "../debug/debugging.ts";
import { word } from "../words/words.ts";
import { SourceEditor } from "./source-editor.ts";
import type { Workspace } from "./workspace.ts";

export interface CodeProps {
  workspace: Workspace;
  debugging: Debugging;
  isComparing: boolean;
}

export function Code({ workspace, debugging, isComparing }: CodeProps) {
  const box = useRef<HTMLDivElement>(null);
  const editor = useRef<SourceEditor>();

  useEffect(() => {
    if (!box.current) return;
    const made = new SourceEditor(
      box.current,
      eventsOf(workspace, debugging, () => editor.current),
      phrases(),
    );
    editor.current = made;
    const stops = [
      effect(() => {
        const path = workspace.active.value;
        if (path === undefined || !workspace.files.value) return;
        // The file's text changes with every key; it is shown anew only when it is another file.
        untracked(() => {
          const text = workspace.textOf(path);
          if (text !== undefined) made.show(path, text, workspace.originalOf(path));
        });
      }),
      effect(() => {
        // Another hand changed the text: back to the original, an import.
        workspace.edits.value;
        const path = workspace.active.peek();
        const text = path === undefined ? undefined : workspace.textOf(path);
        if (text !== undefined) made.sync(text);
      }),
      effect(() => {
        workspace.active.value;
        made.setProblems(workspace.problems.value);
      }),
      effect(() => {
        const path = workspace.active.value;
        made.setBreakpoints(path === undefined ? [] : debugging.linesOf(path));
      }),
      effect(() => {
        const stopped = debugging.stopped.value;
        made.setStopped(stopped && stopped.path === workspace.active.value ? stopped.line : undefined);
      }),
      effect(() => {
        const target = workspace.target.value;
        if (!target || target.path !== workspace.active.value) return;
        made.reveal(target.line, target.column);
        made.focus();
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      made.destroy();
    };
  }, [workspace, debugging]);

  useEffect(() => {
    editor.current?.setComparing(isComparing);
  }, [isComparing, workspace.active.value]);

  return <div ref={box} class="code" />;
}

function eventsOf(workspace: Workspace, debugging: Debugging, editor: () => SourceEditor | undefined) {
  return {
    onChange: (path: string, text: string) => workspace.setText(path, text),
    onBreakpoint: (path: string, line: number) => debugging.toggle(path, line),
    onDefinition: (path: string, offset: number) => void workspace.goToDefinition(path, offset),
    hover: (path: string, offset: number) => workspace.hover(path, offset),
    onFormat: async (path: string) => editor()?.apply(await workspace.format(path)),
  };
}

/** CodeMirror's own words, in the person's language. */
function phrases(): Record<string, string> {
  return {
    Find: word("find"),
    Replace: word("replace"),
    next: word("findNext"),
    previous: word("findPrevious"),
    all: word("findAll"),
    "match case": word("findCase"),
    regexp: word("findPattern"),
    "by word": word("findWord"),
    replace: word("replace"),
    "replace all": word("replaceAll"),
    close: word("close"),
    Diagnostics: word("problemsTitle"),
    "No diagnostics": word("noProblems"),
  };
}
