// The tree of files. Folders open and close; what the person changed is marked; arrow keys walk it.

import { useSignal } from "@preact/signals";
import { ChevronDown, ChevronRight } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { word } from "../words/words.ts";
import type { Workspace } from "./workspace.ts";

interface Row {
  path: string;
  name: string;
  depth: number;
  /** Undefined: a file. */
  open?: boolean;
}

/** The rows that are seen: folders before files, each level sorted. */
export function rowsOf(paths: readonly string[], openFolders: ReadonlySet<string>): Row[] {
  const rows: Row[] = [];
  const walk = (prefix: string, depth: number) => {
    const folders = new Set<string>();
    const files: string[] = [];
    for (const path of paths) {
      if (!path.startsWith(prefix)) continue;
      const [name = "", more] = path.slice(prefix.length).split("/");
      if (more === undefined) files.push(name);
      else folders.add(name);
    }
    for (const name of [...folders].sort()) {
      const path = prefix + name;
      const open = openFolders.has(path);
      rows.push({ path, name, depth, open });
      if (open) walk(`${path}/`, depth + 1);
    }
    for (const name of files.sort()) rows.push({ path: prefix + name, name, depth });
  };
  walk("", 0);
  return rows;
}

export function Tree({ workspace }: { workspace: Workspace }) {
  const openFolders = useSignal<ReadonlySet<string>>(new Set());
  const active = workspace.active.value;
  // The file that is open can be seen.
  useEffect(() => {
    if (active === undefined) return;
    const parts = active.split("/").slice(0, -1);
    const above = parts.map((_, at) => parts.slice(0, at + 1).join("/"));
    openFolders.value = new Set([...openFolders.value, ...above]);
  }, [active]);
  const toggle = (path: string) => {
    const next = new Set(openFolders.value);
    if (!next.delete(path)) next.add(path);
    openFolders.value = next;
  };
  const onKeyDown = (event: JSX.TargetedKeyboardEvent<HTMLDivElement>) => {
    const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=treeitem]")];
    const at = document.activeElement instanceof HTMLElement ? items.indexOf(document.activeElement) : -1;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      items[at + step]?.focus();
    } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      const item = items[at];
      const isOpen = item?.getAttribute("aria-expanded");
      if (isOpen === (event.key === "ArrowRight" ? "false" : "true")) item?.click();
    }
  };
  const rows = rowsOf(workspace.paths.value, openFolders.value);
  return (
    <div class="tree" role="tree" aria-label={word("files")} onKeyDown={onKeyDown} tabIndex={-1}>
      {rows.map(({ path, name, depth, open }) => (
        <button
          key={path}
          type="button"
          role="treeitem"
          class="tree-row"
          data-path={path}
          aria-expanded={open}
          aria-selected={path === active}
          aria-level={depth + 1}
          tabIndex={path === active || (active === undefined && depth === 0) ? 0 : -1}
          style={{ paddingInlineStart: `${8 + depth * 12}px` }}
          onClick={() => (open === undefined ? workspace.show(path) : toggle(path))}
        >
          {open === undefined ? null : open ? <ChevronDown aria-hidden="true" /> : <ChevronRight aria-hidden="true" />}
          <span class="tree-name">{name}</span>
          {workspace.edits.value.has(path) && <span class="tree-mark">{word("changedMark")}</span>}
        </button>
      ))}
    </div>
  );
}
