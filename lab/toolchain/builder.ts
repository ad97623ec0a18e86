// What the toolchain worker does: builds a project of the page's tree. The programs that MiniOS's images carry come ready made with
// the page; those whose sources the person changed are built again first.

import { buildProject } from "../../toolchain/build/kernel.ts";
import { buildProgram, readPrograms } from "../../toolchain/build/programs.ts";
import { readProject } from "../../toolchain/build/project.ts";
import { BuildError } from "../../toolchain/build/source-tree.ts";
import { EditedTree, type Edits, type Files, normalise } from "./files.ts";
import { type Problem, problemsOf } from "./problems.ts";

/** The folder of MiniOS's programs, and where its project takes them from. */
const PROGRAMS_FOLDER = "user";
const PROGRAMS_BUILT = "build/bin";

/** What the page ships. */
export interface Shipped {
  /** Sources, and the programs ready made below `build/bin`. */
  files: Files;
  /** By program: the paths of the sources that it was made of. */
  programSources: ReadonlyMap<string, readonly string[]>;
}

export type BuildResult =
  | { built: true; name: string; elf: Uint8Array; map: string; floppy?: Uint8Array; milliseconds: number }
  | { built: false; problems: Problem[] };

/** A program that was built here, and what it was made of. */
interface Remade {
  program: Uint8Array;
  /** Text of every source that was asked for; undefined for what was not there. */
  sources: Map<string, string | undefined>;
}

export class Builder {
  private readonly remade = new Map<string, Remade>();

  constructor(
    private readonly shipped: Shipped,
    /** Milliseconds, from any start. */
    private readonly now: () => number,
  ) {}

  /**
   * Builds the project in `folder`.
   * @param progress is told the name of each stage as it starts
   */
  async build(folder: string, edits: Edits, progress: (stage: string) => void): Promise<BuildResult> {
    const start = this.now();
    try {
      const project = readProject(new EditedTree(this.shipped.files, edits), folder);
      const files = new Map(this.shipped.files);
      if (project.format === "elf" && [...project.files.values()].some((path) => normalise(path) === PROGRAMS_BUILT)) {
        for (const [name, program] of await this.programs(edits, progress))
          files.set(`${PROGRAMS_BUILT}/${name}`, program);
      }
      const { elf, map, floppy } = await buildProject(new EditedTree(files, edits), project, progress);
      const milliseconds = this.now() - start;
      return { built: true, name: project.name, elf, map, ...(floppy && { floppy }), milliseconds };
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      return { built: false, problems: problemsOf(error.message) };
    }
  }

  /** The programs that are not as they were shipped. */
  private async programs(edits: Edits, progress: (stage: string) => void): Promise<Map<string, Uint8Array>> {
    const built = new Map<string, Uint8Array>();
    const problems: string[] = [];
    for (const name of this.stale(edits)) {
      const before = this.remade.get(name);
      if (before && this.isSame(before, edits)) {
        built.set(name, before.program);
        continue;
      }
      progress(name);
      const tree = new EditedTree(this.shipped.files, edits);
      try {
        const program = await buildProgram(tree, readPrograms(tree, PROGRAMS_FOLDER), name);
        const sources = new Map([...tree.asked].map((path) => [path, tree.readText(path)]));
        this.remade.set(name, { program, sources });
        built.set(name, program);
      } catch (error) {
        if (!(error instanceof BuildError)) throw error;
        problems.push(error.message);
      }
    }
    // One library, many programs: its mistake is said once.
    if (problems.length > 0) throw new BuildError([...new Set(problems.flatMap(splitProblems))].join("\n"));
    return built;
  }

  private stale(edits: Edits): string[] {
    const names = new Set<string>();
    for (const [name, sources] of this.shipped.programSources) {
      if (sources.some((path) => edits.has(path))) names.add(name);
    }
    const { programs } = readPrograms(new EditedTree(this.shipped.files, edits), PROGRAMS_FOLDER);
    for (const [path, text] of edits) {
      const [, name] = path.startsWith(`${programs}/`)
        ? (/^([^/]+)\.ts$/.exec(path.slice(programs.length + 1)) ?? [])
        : [];
      if (name !== undefined && text !== null && !/\.(test|external)$/.test(name)) names.add(name);
    }
    return [...names].sort();
  }

  private isSame({ sources }: Remade, edits: Edits): boolean {
    const tree = new EditedTree(this.shipped.files, edits);
    return [...sources].every(([path, text]) => tree.readText(path) === text);
  }
}

/** Complaints with their source lines and carets, one each. */
function splitProblems(text: string): string[] {
  return text.split(/\n(?=\S+:\d+:\d+: )/);
}
