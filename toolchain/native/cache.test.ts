import { expect, test } from "vitest";
import { writeObject } from "../../formats/elf32-object.ts";
import { FunctionCache } from "./cache.ts";
import { compileWasm } from "./index.ts";
import { Random, randomModule } from "./testing/random.ts";
import { buildModule, type FunctionText, i32, type ModuleText, op } from "./testing/wasm-builder.ts";

/** A change that somebody might make between two compilations. */
function changed(module: ModuleText, random: Random): ModuleText {
  const functions = [...module.functions];
  const at = random.below(functions.length);
  const f: FunctionText = functions[at];
  switch (random.below(4)) {
    case 0: // longer, so that all behind it moves
      functions[at] = { ...f, body: [...i32(random.below(1000)), ...op("drop"), ...f.body] };
      break;
    case 1: // called from outside now: its arguments come another way
      functions[at] = { ...f, isInternal: !f.isInternal };
      break;
    case 2: // an index and a type more
      functions.push({ ...f, name: `${f.name}_again` });
      break;
    case 3:
      functions[at] = { ...f, locals: [...f.locals, "i32"] };
  }
  return { ...module, functions };
}

/** Every four bytes of a module are a line more of the source. */
const SOURCE_MAP = JSON.stringify({
  version: 3,
  sources: ["test.ts"],
  names: [],
  mappings: `AAAA,${Array.from({ length: 5000 }, () => "IACA").join()}`,
});

test.each([1, 2, 3, 4, 5, 6])("what was kept makes no difference (seed %i)", (seed) => {
  const random = new Random(seed);
  const cache = new FunctionCache();
  const options = { name: "test", memoryBase: 0x1000, sourceMap: SOURCE_MAP };
  let module = randomModule({ seed, functions: 12, base: 0x1000, floats: seed % 2 === 0 });
  for (let step = 0; step < 12; step++) {
    const wasm = buildModule(module);
    const [cached, fresh] = [{ ...options, cache }, options].map((o) => writeObject(compileWasm(wasm, o).object));
    expect(Buffer.from(cached).equals(Buffer.from(fresh))).toBe(true);
    module = changed(module, random);
  }
});
