// One workspace and one debugging for the page: what the editor, the shortcuts and the other views share.

import { effect, untracked } from "@preact/signals";
import sourcesUrl from "../../dist/page/sources.zip?url";
import { Debugging } from "../debug/debugging.ts";
import { plansOf } from "../files/open.ts";
import type { BootPlan } from "../machine/plan.ts";
import { decodeShared } from "../project/share.ts";
import type { Session } from "../state/session.ts";
import type { BuildResult } from "../toolchain/builder.ts";
import { KERNEL_FILE } from "../toolchain/files.ts";
import { Workspace } from "./workspace.ts";

let workspace: Workspace | undefined;
let debugging: Debugging | undefined;

export function workspaceOf(): Workspace {
  if (workspace) return workspace;
  const made = new Workspace(sourcesUrl);
  workspace = made;
  const link = /[#&]share=([\w-]+)/.exec(location.hash)?.[1];
  void made.open(link === undefined ? undefined : decodeShared(link)).then(() => made.warm());
  return made;
}

export function debuggingOf(session: Session): Debugging {
  if (debugging) return debugging;
  const made = new Debugging(session);
  debugging = made;
  // Where the machine stops, there the person looks: at a breakpoint or after a step, not at a pause in the middle of nowhere.
  effect(() => {
    const place = made.stopped.value;
    const { stop } = session.status.value;
    if (place && stop !== undefined && stop !== "pause") untracked(() => workspaceOf().show(place.path, place.line));
  });
  // What the page boots first is the kernel that it ships.
  const stop = workspaceOf().files.subscribe((files) => {
    const elf = files?.get(KERNEL_FILE);
    if (!elf) return;
    made.setExecutable(elf, KERNEL_FILE);
    queueMicrotask(() => stop());
  });
  return made;
}

/** Builds the chosen project as it is now and boots what came of it. */
export async function buildAndBoot(session: Session): Promise<void> {
  const result = await workspaceOf().run();
  if (!result) return;
  await session.boot(await planOf(result));
  debuggingOf(session).setExecutable(result.elf, `${result.name}.elf`);
}

/** A floppy boots; a kernel alone boots as one that a person opens together with the project's machine descriptions. */
async function planOf({ name, elf, floppy }: Extract<BuildResult, { built: true }>): Promise<BootPlan> {
  if (floppy) return { kind: "pc", name, floppyA: floppy };
  const { project, paths } = workspaceOf();
  const descriptions = paths.value.filter(
    (path) => path.startsWith(`${project.value}/`) && /\.cfg$|bochsrc/.test(path),
  );
  const files = [
    { name: `${name}.elf`, blob: new Blob([elf as BlobPart]) },
    ...descriptions.map((path) => ({ name: path, blob: new Blob([workspaceOf().textOf(path) ?? ""]) })),
  ];
  const [plan] = await plansOf(files);
  return plan ?? { kind: "pc", name, kernel: { image: elf, commandLine: name, modules: [] } };
}
