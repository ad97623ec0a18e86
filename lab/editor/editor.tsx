// The source side of the page: project and build above, tree and editor, and below them what is to be mended.

import "./editor.css";
import { useSignal } from "@preact/signals";
import { ArrowDownToLine, FolderTree, GitCompare, Hammer, X } from "lucide-preact";
import { useEffect } from "preact/hooks";
import { addShortcuts } from "../frame/shortcuts.ts";
import { Split } from "../frame/split.tsx";
import { treeOpen, treeShare } from "../state/layout.ts";
import type { Session } from "../state/session.ts";
import { word } from "../words/words.ts";
import { Code } from "./code.tsx";
import { buildAndBoot, debuggingOf, workspaceOf } from "./desk.ts";
import { Menu } from "./menu.tsx";
import { PanicNote } from "./panic-note.tsx";
import { Problems } from "./problems.tsx";
import { Tree } from "./tree.tsx";
import type { Workspace } from "./workspace.ts";

const SAID_MS = 4000;

addShortcuts(
  {
    keys: "Ctrl+Enter",
    title: "shortcutBuild",
    matches: (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey),
    act: (session) => void buildAndBoot(session),
  },
  { keys: "F9", title: "shortcutBreakpoint" },
  {
    keys: "F10",
    title: "stepLineHint",
    matches: (event) => event.key === "F10",
    act: (session) => debuggingOf(session).stepLine(),
  },
  { keys: "F12", title: "shortcutDefinition" },
  { keys: "Shift+Alt+F", title: "shortcutFormat" },
  { keys: "Ctrl+F", title: "shortcutFind" },
);

export function Editor({ session }: { session: Session }) {
  const workspace = workspaceOf();
  const debugging = debuggingOf(session);
  const isComparing = useSignal(false);
  const said = useSignal("");
  useEffect(() => {
    if (said.value === "") return;
    const timer = setTimeout(() => {
      said.value = "";
    }, SAID_MS);
    return () => clearTimeout(timer);
  }, [said.value]);

  if (workspace.failure.value !== undefined) {
    return <p class="editor-empty">{word("sourcesFailed", { message: workspace.failure.value })}</p>;
  }
  if (!workspace.files.value) return <p class="editor-empty">{word("sourcesLoading")}</p>;
  const code = (
    <div class="editor-code">
      <OpenFiles workspace={workspace} />
      {workspace.active.value === undefined && <p class="editor-empty">{word("noFile")}</p>}
      <Code workspace={workspace} debugging={debugging} isComparing={isComparing.value} />
    </div>
  );
  return (
    <section class="editor" aria-label={word("editor")}>
      <div class="editor-bar">
        <button
          type="button"
          class="button button-icon"
          aria-label={word("showFiles")}
          aria-pressed={treeOpen.value}
          onClick={() => {
            treeOpen.value = !treeOpen.value;
          }}
        >
          <FolderTree aria-hidden="true" />
        </button>
        <Projects workspace={workspace} />
        <button
          type="button"
          class="button button-build"
          data-command="build"
          title={word("buildHint")}
          disabled={workspace.build.value.kind === "building"}
          onClick={() => buildAndBoot(session)}
        >
          <Hammer aria-hidden="true" />
          {word("build")}
        </button>
        <BuildState workspace={workspace} />
        <span class="editor-bar-end">
          <button
            type="button"
            class="button button-icon"
            data-command="step-line"
            aria-label={word("stepLineHint")}
            title={`${word("stepLineHint")} (F10)`}
            disabled={session.status.value.state !== "paused"}
            onClick={() => debugging.stepLine()}
          >
            <ArrowDownToLine aria-hidden="true" />
          </button>
          <button
            type="button"
            class="button button-icon"
            aria-label={word("compareHint")}
            title={word("compareHint")}
            aria-pressed={isComparing.value}
            onClick={() => {
              isComparing.value = !isComparing.value;
            }}
          >
            <GitCompare aria-hidden="true" />
          </button>
          <Menu
            workspace={workspace}
            say={(text) => {
              said.value = text;
            }}
          />
        </span>
      </div>
      <div class="editor-body">
        {treeOpen.value ? (
          <Split direction="row" share={treeShare} first={<Tree workspace={workspace} />} second={code} />
        ) : (
          code
        )}
      </div>
      {!workspace.isKept.value && <p class="editor-note">{word("notKept")}</p>}
      <PanicNote session={session} workspace={workspace} />
      <Problems workspace={workspace} />
      {said.value !== "" && (
        <output class="editor-said" aria-live="polite">
          {said.value}
        </output>
      )}
    </section>
  );
}

function Projects({ workspace }: { workspace: Workspace }) {
  return (
    <label class="editor-project">
      <span class="unseen">{word("project")}</span>
      <select value={workspace.project.value} onChange={(event) => workspace.choose(event.currentTarget.value)}>
        {workspace.projects.value.map((folder) => (
          <option key={folder} value={folder}>
            {folder}
          </option>
        ))}
      </select>
    </label>
  );
}

function BuildState({ workspace }: { workspace: Workspace }) {
  const build = workspace.build.value;
  const text = () => {
    switch (build.kind) {
      case "none":
      case "broken":
        return "";
      case "building":
        return build.stage === "" ? word("building") : word("buildingStage", { stage: build.stage });
      case "built":
        return word("builtIn", { seconds: (build.milliseconds / 1000).toFixed(1) });
      case "failed":
        return word("buildFailed", { count: build.count });
    }
  };
  return (
    <output class="editor-state figure" data-build={build.kind}>
      {text()}
    </output>
  );
}

function OpenFiles({ workspace }: { workspace: Workspace }) {
  return (
    <nav class="open-files" aria-label={word("openFiles")}>
      {workspace.tabs.value.map((path) => (
        <span key={path} class="open-file" data-active={path === workspace.active.value}>
          <button
            type="button"
            class="open-file-name"
            aria-current={path === workspace.active.value}
            title={path}
            onClick={() => workspace.show(path)}
          >
            {path.slice(path.lastIndexOf("/") + 1)}
            {workspace.edits.value.has(path) && (
              <span class="open-file-mark" role="img" aria-label={word("changedMark")} />
            )}
          </button>
          <button
            type="button"
            class="open-file-close"
            aria-label={word("closeFile", { path })}
            onClick={() => workspace.close(path)}
          >
            <X aria-hidden="true" />
          </button>
        </span>
      ))}
    </nav>
  );
}
