// What `minios cc -S` writes: GNU as and our assembler make the compiler's own object of it again.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { STB_LOCAL, STT_FILE, STT_SECTION } from "../../formats/elf32.ts";
import { type ElfObject, readObject, writeObject } from "../../formats/elf32-object.ts";
import { isInstalled, scratchDirectory } from "../../test/support.ts";
import { assemble } from "../asm/index.ts";
import { assemblyText } from "./assembly.ts";
import { algorithmsSource, CORPUS_BASE, compileAssemblyScript } from "./fixtures.ts";
import { compileWasm } from "./index.ts";
import { applying, floatOpcodes } from "./testing/float-cases.ts";
import { buildModule } from "./testing/wasm-builder.ts";

const scratch = scratchDirectory("assembly");
afterAll(scratch.remove);

const assemblers: Record<string, (text: string) => ElfObject> = {
  "our assembler": (text) => readObject(writeObject(assemble(text, { file: "text.s", lines: false }).object), "ours"),
};
if (isInstalled("as"))
  assemblers["GNU as"] = (text) => {
    const [source, output] = [join(scratch.path, "text.s"), join(scratch.path, "text.o")];
    writeFileSync(source, text);
    const { status, stderr } = spawnSync("as", ["--32", source, "-o", output], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return readObject(new Uint8Array(readFileSync(output)), "GNU's");
  };

/** Contents, relocations and symbols, in an order of their own. A name that a global and a local symbol share is the global's. */
function contentsOf(object: ElfObject): unknown {
  const placeOf = (section: ElfObject["symbols"][number]["section"]) =>
    typeof section === "string" ? section : section.name;
  const globals = new Set(object.symbols.filter((s) => s.binding !== STB_LOCAL).map(({ name }) => name));
  const symbols = object.symbols.filter(
    ({ type, binding, name }) =>
      type !== STT_SECTION && type !== STT_FILE && (binding !== STB_LOCAL || !globals.has(name)),
  );
  return {
    sections: object.sections
      .filter(({ data }) => (data instanceof Uint8Array ? data.length : data.size) > 0)
      .map(({ name, type, flags, data, relocations }) => ({
        ...{ name, type, flags, data: data instanceof Uint8Array ? Buffer.from(data).toString("hex") : data.size },
        relocations: relocations
          .map(
            (r) => `${r.offset} ${r.type} ${r.symbol.type === STT_SECTION ? placeOf(r.symbol.section) : r.symbol.name}`,
          )
          .sort(),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    symbols: symbols.map((s) => [s.name, s.binding, s.type, placeOf(s.section), s.value, s.size].join(" ")).sort(),
  };
}

describe.each(Object.entries(assemblers))(
  "%s makes of the text the object that it was written from",
  (_, assembler) => {
    it.each(["i386", "i686"] as const)("for the algorithms and %s, with debugging information", async (target) => {
      const { wasm, sourceMap } = await compileAssemblyScript("algorithms.ts", algorithmsSource());
      const { object } = compileWasm(wasm, { name: "algorithms.ts", memoryBase: CORPUS_BASE, target, sourceMap });
      const again = contentsOf(assembler(assemblyText(object, "algorithms.ts")));
      expect(again).toEqual(contentsOf(readObject(writeObject(object), "compiled")));
    });

    it("for floating point", () => {
      const data = [{ offset: CORPUS_BASE, bytes: [1, 2, 3] }];
      const functions = floatOpcodes().map(applying);
      const wasm = buildModule({ functions, globals: [{ type: "f64", value: 5n }], data, memoryPages: 33 });
      const { object } = compileWasm(wasm, { name: "floats", memoryBase: CORPUS_BASE });
      const again = contentsOf(assembler(assemblyText(object, "floats")));
      expect(again).toEqual(contentsOf(readObject(writeObject(object), "compiled")));
    });
  },
);
